# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Compact storage of teacher class scores for the images of a recording.

The highest scores of each pixel are stored with 8 bits (an error of at most 0.002).
"""

import dataclasses
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from thermal_depth_ros.base.contract import UNLABELLED
from thermal_depth_ros.samples.errors import SamplesError
from thermal_depth_ros.samples.frame_cache import FrameStore
from thermal_depth_ros.samples.sidecar import Sidecar, SidecarWriter

TOP = 3
SUM_TOLERANCE = 1e-3
_IDS, _SCORES = 'class_ids', 'scores'
_STEPS = 255


@dataclasses.dataclass(frozen=True, eq=False)
class TopScores:
    """The highest class scores of every pixel, highest first."""

    class_ids: np.ndarray  # (k, H, W) uint8
    scores: np.ndarray  # (k, H, W) uint8, in units of 1/255


def no_scores(top: int, size: tuple[int, int]) -> TopScores:
    """Return `top` scores of each pixel of an image (H, W) of which nothing is known."""
    shape = (top, *size)
    return TopScores(np.zeros(shape, np.uint8), np.zeros(shape, np.uint8))


class SemanticLabels(Sidecar):
    """Teacher class scores for the images of a recording."""

    kind = 'semantic_labels'

    def __init__(self, folder: Path, where: str) -> None:
        super().__init__(folder, where)
        self.classes: tuple[str, ...] = tuple(self.about['classes'])
        self.normalised: bool = self.about['normalised']
        self.top: int = self.about['top']

    @classmethod
    def make(
        cls,
        root: Path,
        name: str,
        store: FrameStore,
        teacher: str,
        classes: Sequence[str],
        normalised: bool,
        top: int = TOP,
    ) -> 'SemanticLabels':
        """Open labels for writing, new or existing.

        Args:
            root: Folder of the cache.
            name: Name of the labels.
            store: The images.
            teacher: Text that identifies the teacher uniquely.
            classes: Names by class id.
            normalised: Whether scores must sum to one over the classes.
            top: Number of scores stored per pixel.

        Raises:
            SamplesError: Labels of this name exist, but were made with other settings.
        """
        top = min(top, len(classes))
        about = {
            'teacher': teacher,
            'classes': list(classes),
            'normalised': normalised,
            'top': top,
        }
        shape = (top, *store.images.shape[1:3])
        layout = {_IDS: (shape, np.uint8), _SCORES: (shape, np.uint8)}
        return cls.create(root, name, store, about, layout)

    def write(self, writer: SidecarWriter, row: int, scores: np.ndarray) -> None:
        """Store the scores (C, H, W) of an image.

        Raises:
            SamplesError: Wrong shape, values outside 0..1, or a sum that is not one.
        """
        where = f'{self.where}: image {row}'
        if scores.ndim != 3 or len(scores) != len(self.classes):
            raise SamplesError(
                f'{where}: scores of shape {scores.shape} are not ({len(self.classes)}, H, W)'
            )
        check_scores(where, scores, self.normalised)
        self._write(writer, row, top_scores(scores, self.top))

    def write_labels(
        self, writer: SidecarWriter, row: int, labels: np.ndarray, confidence: np.ndarray
    ) -> None:
        """Store one class per pixel with its score.

        Args:
            writer: Writer of these labels.
            row: Index of the image.
            labels: (H, W) class ids, 255 where there is none.
            confidence: (H, W) in [0, 1].

        Raises:
            SamplesError: Wrong shape, an unknown class, or values outside 0..1.
        """
        where = f'{self.where}: image {row}'
        known = labels != UNLABELLED
        if known.any() and labels[known].max() >= len(self.classes):
            raise SamplesError(
                f'{where}: class {labels[known].max()}, but there are {len(self.classes)} classes'
            )
        check_scores(where, confidence[None], normalised=False)
        kept = TopScores(*(np.zeros((self.top, *labels.shape), np.uint8) for _ in range(2)))
        kept.class_ids[0] = np.where(known, labels, 0)
        kept.scores[0] = np.where(known, _in_steps(confidence), 0)
        self._write(writer, row, kept)

    def read(self, row: int) -> TopScores:
        """Return the stored scores of an image.

        Raises:
            SamplesError: It has not been made.
        """
        return TopScores(self.row(_IDS, row), self.row(_SCORES, row))

    def _write(self, writer: SidecarWriter, row: int, kept: TopScores) -> None:
        writer.write(row, {_IDS: kept.class_ids, _SCORES: kept.scores})


def check_scores(where: str, scores: np.ndarray, normalised: bool) -> None:
    """Check scores (C, H, W).

    Raises:
        SamplesError: A value is not a number in 0..1, or a sum over the classes is not one.
    """
    low, high = float(scores.min()), float(scores.max())
    if not (low >= 0 and high <= 1):  # also true of NaN
        raise SamplesError(f'{where}: scores lie in {low:g}..{high:g}, not in 0..1')
    if not normalised:
        return
    sums = scores.sum(0, dtype=np.float64)
    wrong = np.abs(sums - 1) > SUM_TOLERANCE
    if wrong.any():
        v, u = np.argwhere(wrong)[0]
        raise SamplesError(
            f'{where}: scores do not sum to one in {wrong.mean():.1%} of the pixels, {sums[v, u]:g}'
            f' at row {v}, column {u}'
        )


def top_scores(scores: np.ndarray, top: int) -> TopScores:
    """Return the highest scores of (C, H, W); ties are ordered by class id."""
    rest = scores.astype(np.float32)
    kept = TopScores(*(np.empty((top, *scores.shape[1:]), np.uint8) for _ in range(2)))
    for place in range(top):
        best = rest.argmax(0)
        kept.class_ids[place] = best
        kept.scores[place] = _in_steps(np.take_along_axis(rest, best[None], 0)[0])
        np.put_along_axis(rest, best[None], -1.0, 0)
    return kept


def _in_steps(scores: np.ndarray) -> np.ndarray:
    return np.rint(scores * _STEPS).astype(np.uint8)
