# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""What teachers say about the images of a recording: class scores and depth, compactly stored.

Of the class scores, the highest few of each pixel are kept in 8 bits (an error of at most 0.002).
Depth is kept as disparity in 16 bits on a logarithmic scale (a relative error of at most 6e-5
between depths of 0.1 and 100), because its far end would vanish in even steps.
"""

import dataclasses
import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from thermal_depth_ros.contract import UNLABELLED
from thermal_depth_ros.samples.errors import SamplesError
from thermal_depth_ros.samples.frame_results import (
    FrameResults,
    FrameWriter,
    find_results,
    make_results,
)
from thermal_depth_ros.samples.frame_store import FrameStore

SEMANTIC, DEPTH = 'semantic_labels', 'depth_labels'
TOP = 3
SUM_TOLERANCE = 1e-3
_IDS, _SCORES, _DISPARITY = 'class_ids', 'scores', 'disparity'
_SCORE_STEPS, _DISPARITY_STEPS = 255, 65535


@dataclasses.dataclass(frozen=True, eq=False)
class TopScores:
    """The highest class scores of every pixel, highest first."""

    class_ids: np.ndarray  # (k, H, W) uint8
    scores: np.ndarray  # (k, H, W) uint8, in 255ths


class SemanticLabels:
    """Class scores of a teacher for the images of a recording."""

    def __init__(self, results: FrameResults) -> None:
        self.results = results
        self.classes: tuple[str, ...] = tuple(results.about['classes'])
        self.normalised: bool = results.about['normalised']
        self.top: int = results.about['top']

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
        """Open the labels of a name for writing, new or begun earlier.

        Args:
            root: folder of the cache.
            name: of the labels.
            store: the images.
            teacher: what tells this teacher from every other.
            classes: names by class id.
            normalised: whether scores must sum to one over the classes.
            top: how many scores of a pixel are kept.

        Raises:
            SamplesError: labels of this name are there, made in another way.
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
        return cls(make_results(root, SEMANTIC, name, store, about, layout))

    @classmethod
    def find(cls, root: Path, name: str, store: FrameStore) -> 'SemanticLabels':
        """Open labels for reading.

        Raises:
            SamplesError: there are none of this name.
        """
        return cls(find_results(root, SEMANTIC, name, store))

    def write(self, writer: FrameWriter, row: int, scores: np.ndarray) -> None:
        """Keep the scores (C, H, W) of an image.

        Raises:
            SamplesError: another shape, values outside of 0..1, or a sum that is not one.
        """
        where = f'{self.results.where}: image {row}'
        if scores.ndim != 3 or len(scores) != len(self.classes):
            raise SamplesError(
                f'{where}: scores of shape {scores.shape} are not ({len(self.classes)}, H, W)'
            )
        check_scores(where, scores, self.normalised)
        self._write(writer, row, top_scores(scores, self.top))

    def write_labels(
        self, writer: FrameWriter, row: int, labels: np.ndarray, confidence: np.ndarray
    ) -> None:
        """Keep one class per pixel with its score.

        Args:
            writer: of these labels.
            row: which image.
            labels: (H, W) class ids, 255 where there is none.
            confidence: (H, W) in [0, 1].

        Raises:
            SamplesError: another shape, an unknown class, or values outside of 0..1.
        """
        where = f'{self.results.where}: image {row}'
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
        """Return what is kept of an image.

        Raises:
            SamplesError: it has not been made.
        """
        return TopScores(self.results.row(_IDS, row), self.results.row(_SCORES, row))

    def _write(self, writer: FrameWriter, row: int, kept: TopScores) -> None:
        writer.write(row, {_IDS: kept.class_ids, _SCORES: kept.scores})


class DepthLabels:
    """Disparity of a teacher for the images of a recording."""

    def __init__(self, results: FrameResults) -> None:
        self.results = results
        near, far = results.about['depth_range']
        self._low, self._span = math.log(1.0 / far), math.log(far / near)

    @classmethod
    def make(
        cls,
        root: Path,
        name: str,
        store: FrameStore,
        teacher: str,
        depth_range: tuple[float, float],
    ) -> 'DepthLabels':
        """Open the labels of a name for writing, new or begun earlier.

        Args:
            root: folder of the cache.
            name: of the labels.
            store: the images.
            teacher: what tells this teacher from every other.
            depth_range: nearest and farthest depth in the teacher's units; beyond is clipped.

        Raises:
            SamplesError: labels of this name are there, made in another way.
        """
        about = {'teacher': teacher, 'depth_range': list(depth_range)}
        layout = {_DISPARITY: (store.images.shape[1:3], np.uint16)}
        return cls(make_results(root, DEPTH, name, store, about, layout))

    @classmethod
    def find(cls, root: Path, name: str, store: FrameStore) -> 'DepthLabels':
        """Open labels for reading.

        Raises:
            SamplesError: there are none of this name.
        """
        return cls(find_results(root, DEPTH, name, store))

    def write(self, writer: FrameWriter, row: int, disparity: np.ndarray) -> None:
        """Keep 1 / depth (H, W) of an image.

        Raises:
            SamplesError: another shape, or values that are not finite and positive.
        """
        if not (np.isfinite(disparity) & (disparity > 0)).all():
            raise SamplesError(
                f'{self.results.where}: image {row}: disparity is not finite and positive '
                'everywhere'
            )
        part = (np.log(disparity.astype(np.float64)) - self._low) / self._span
        steps = np.rint(part.clip(0, 1) * _DISPARITY_STEPS).astype(np.uint16)
        writer.write(row, {_DISPARITY: steps})

    def read(self, row: int) -> np.ndarray:
        """Return 1 / depth (H, W) float32 of an image.

        Raises:
            SamplesError: it has not been made.
        """
        part = self.results.row(_DISPARITY, row).astype(np.float32) / _DISPARITY_STEPS
        return np.exp(part * np.float32(self._span) + np.float32(self._low))


def check_scores(where: str, scores: np.ndarray, normalised: bool) -> None:
    """Check scores (C, H, W).

    Raises:
        SamplesError: a value is not a number in 0..1, or a sum over the classes is not one.
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
    """Return the highest scores of (C, H, W); of equal ones the lower class id comes first."""
    rest = scores.astype(np.float32)
    kept = TopScores(*(np.empty((top, *scores.shape[1:]), np.uint8) for _ in range(2)))
    for place in range(top):
        best = rest.argmax(0)
        kept.class_ids[place] = best
        kept.scores[place] = _in_steps(np.take_along_axis(rest, best[None], 0)[0])
        np.put_along_axis(rest, best[None], -1.0, 0)
    return kept


def _in_steps(scores: np.ndarray) -> np.ndarray:
    return np.rint(scores * _SCORE_STEPS).astype(np.uint8)
