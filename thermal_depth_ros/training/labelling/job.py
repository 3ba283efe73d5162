# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Runs teachers over recordings, sharing unlabelled images between processes."""

import abc
import dataclasses
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import torch

from thermal_depth_ros.base.contract import UNLABELLED
from thermal_depth_ros.bundles.label_mapping import LabelMapping
from thermal_depth_ros.inference.depth_teacher import DepthTeacher
from thermal_depth_ros.inference.semantic_teacher import SemanticTeacher
from thermal_depth_ros.samples.depth_labels import DepthLabels
from thermal_depth_ros.samples.errors import SamplesError
from thermal_depth_ros.samples.recorded_frames import RecordedFrames
from thermal_depth_ros.samples.recorded_maps import RecordedMaps, resized_labels
from thermal_depth_ros.samples.semantic_labels import SemanticLabels
from thermal_depth_ros.samples.sidecar import SidecarWriter
from thermal_depth_ros.training.labelling.corruption import CorruptionConfig, corrupted

Labels = SemanticLabels | DepthLabels


class Teaching(abc.ABC):
    """A teacher and the named label store it writes."""

    what: str

    @abc.abstractmethod
    def begin(self, frames: RecordedFrames) -> Labels:
        """Open the labels of a recording, new or existing.

        Raises:
            SamplesError: Labels of this name were made with other settings.
        """

    @abc.abstractmethod
    def write(
        self, labels: Labels, writer: SidecarWriter, frames: RecordedFrames, indices: np.ndarray
    ) -> int:
        """Label a batch of images; return the number of images that got labels.

        Raises:
            SamplesError: The teacher returns invalid labels.
        """


class SemanticTeaching(Teaching):
    """Labels semantic classes with a network."""

    what = 'classes'

    def __init__(self, teacher: SemanticTeacher, root: Path, name: str, top: int) -> None:
        self._teacher, self._root, self._name, self._top = teacher, root, name, top

    def begin(self, frames: RecordedFrames) -> SemanticLabels:
        """Open the labels."""
        teacher = self._teacher
        return SemanticLabels.make(
            self._root,
            self._name,
            frames.store,
            teacher.identity,
            teacher.mapping.labels.names,
            teacher.normalised,
            self._top,
        )

    def write(
        self, labels: Labels, writer: SidecarWriter, frames: RecordedFrames, indices: np.ndarray
    ) -> int:
        """Store the highest scores of every pixel."""
        assert isinstance(labels, SemanticLabels)
        scores = self._teacher.scores(_images(frames, indices)).float().cpu().numpy()
        for index, of_image in zip(indices, scores, strict=True):
            labels.write(writer, int(frames.rows[index]), of_image)
        return len(indices)


class DepthTeaching(Teaching):
    """Labels depth with a network."""

    what = 'depth'

    def __init__(self, teacher: DepthTeacher, root: Path, name: str) -> None:
        self._teacher, self._root, self._name = teacher, root, name

    def begin(self, frames: RecordedFrames) -> DepthLabels:
        """Open the labels."""
        teacher = self._teacher
        return DepthLabels.make(
            self._root, self._name, frames.store, teacher.identity, teacher.depth_range
        )

    def write(
        self, labels: Labels, writer: SidecarWriter, frames: RecordedFrames, indices: np.ndarray
    ) -> int:
        """Store the disparity of every pixel."""
        assert isinstance(labels, DepthLabels)
        disparity = self._teacher.disparity(_images(frames, indices))[:, 0].float().cpu().numpy()
        for index, of_image in zip(indices, disparity, strict=True):
            labels.write(writer, int(frames.rows[index]), of_image)
        return len(indices)


class TruthTeaching(Teaching):
    """Labels true classes, corrupted like those of a teacher."""

    what = 'classes'

    def __init__(
        self,
        truth: Callable[[RecordedFrames], RecordedMaps | None],
        mapping: LabelMapping,
        corruption: CorruptionConfig,
        root: Path,
        name: str,
    ) -> None:
        self._truth, self._mapping, self._corruption = truth, mapping, corruption
        self._root, self._name = root, name
        targets = [UNLABELLED if t is None else t for t in mapping.targets]
        self._table = np.full(UNLABELLED + 1, UNLABELLED, np.uint8)
        self._table[: len(targets)] = targets
        self._store: RecordedMaps | None = None

    def begin(self, frames: RecordedFrames) -> SemanticLabels:
        """Open the labels, and the truth."""
        self._store = self._truth(frames)
        if self._store is None:
            raise SamplesError(
                f'{frames.path}: no true classes for {frames.topic}; name them with label_topic'
            )
        classes = ','.join(map(str, self._mapping.targets))
        identity = f'truth on {self._store.topic}, {self._corruption.described()}, {classes}'
        names = self._mapping.labels.names
        return SemanticLabels.make(
            self._root, self._name, frames.store, identity, names, normalised=False, top=1
        )

    def write(
        self, labels: Labels, writer: SidecarWriter, frames: RecordedFrames, indices: np.ndarray
    ) -> int:
        """Store one class per pixel; images without ground truth are skipped."""
        assert isinstance(labels, SemanticLabels) and self._store is not None
        size = frames.camera.height, frames.camera.width
        # The name of a recording does not depend on its location or its time of writing.
        recording = zlib.crc32(Path(frames.path).name.encode())
        count = 0
        for index in indices:
            truth = self._store.row(int(index))
            if truth is None:
                continue
            beyond = truth[(truth >= len(self._mapping.targets)) & (truth != UNLABELLED)]
            if beyond.size:
                raise SamplesError(
                    f'{frames.name(int(index))}: class {beyond.flat[0]} on {self._store.topic}, '
                    f'but there are {len(self._mapping.targets)} classes'
                )
            row = int(frames.rows[index])
            rng = np.random.default_rng((self._corruption.seed, recording, row))
            seen = resized_labels(self._table[truth], size)
            names = self._mapping.labels.names
            labels.write_labels(writer, row, *corrupted(seen, names, self._corruption, rng))
            count += 1
        return count


@dataclasses.dataclass(frozen=True)
class Share:
    """Images of one of several processes."""

    number: int = 0
    of: int = 1


@dataclasses.dataclass(frozen=True)
class Labelled:
    """Result for one recording in this process."""

    labels: Labels
    already: int  # images labelled before, by all processes
    made: int
    without: int  # images that got no labels


def label_recording(
    teaching: Teaching,
    frames: RecordedFrames,
    share: Share,
    batch: int,
    advance: Callable[[int, int], None],
    stopped: Callable[[], bool],
) -> Labelled:
    """Label the images of a recording that have no labels yet; finished labels are kept.

    Args:
        teaching: The teacher.
        frames: All images of the recording.
        share: Share of the images for this process.
        batch: Number of images per batch.
        advance: Called with the numbers of finished and of all images.
        stopped: Returns whether to stop after the current batch.

    Raises:
        SamplesError: The labels cannot be written, or were made with other settings.
    """
    labels = teaching.begin(frames)
    left = np.isin(frames.rows, labels.missing(share.number, share.of))
    todo = np.flatnonzero(left)
    already = int(labels.done()[frames.rows].sum())
    made = done = 0
    with labels.writer() as writer:
        for indices in _chunks(todo, batch):
            if stopped():
                break
            made += teaching.write(labels, writer, frames, indices)
            done += len(indices)
            advance(done, len(todo))
    return Labelled(labels, already, made, done - made)


def _chunks(indices: np.ndarray, size: int) -> Iterator[np.ndarray]:
    return (indices[first : first + size] for first in range(0, len(indices), size))


def _images(frames: RecordedFrames, indices: np.ndarray) -> torch.Tensor:
    """Return images (N, 3, H, W) in [0, 1]."""
    images = np.stack([frames.image(int(index)) for index in indices])
    return torch.from_numpy(images).permute(0, 3, 1, 2).float() / 255.0
