# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Sources of labels and translations for the images of recordings."""

import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import numpy as np
import torch

from thermal_depth_ros.base.contract import UNLABELLED
from thermal_depth_ros.bundles.label_mapping import LabelMapping
from thermal_depth_ros.evaluation.errors import EvaluationError
from thermal_depth_ros.evaluation.scale_fit.estimate import FittedScale, FrameSamples, fit_scale
from thermal_depth_ros.metrics.verdicts import A_CONSTANT, A_MAP, beats
from thermal_depth_ros.samples.depth_labels import DepthLabels
from thermal_depth_ros.samples.errors import SamplesError
from thermal_depth_ros.samples.recorded_frames import RecordedFrames
from thermal_depth_ros.samples.recorded_maps import RecordedMaps, resized_labels
from thermal_depth_ros.samples.semantic_labels import SemanticLabels
from thermal_depth_ros.samples.sidecar import SidecarWriter
from thermal_depth_ros.samples.translated_frames import TranslatedFrames
from thermal_depth_ros.training.labelling.annotation import Annotator
from thermal_depth_ros.training.labelling.config import CorruptionConfig
from thermal_depth_ros.training.labelling.corruption import corrupted
from thermal_depth_ros.training.labelling.depth_teachers import DepthTeacher
from thermal_depth_ros.training.labelling.known_depth import KnownDepth
from thermal_depth_ros.training.labelling.teachers import SemanticTeacher


class SemanticAnnotator(Annotator[SemanticLabels]):
    """Labels semantic classes with a network."""

    title = 'classes'

    def __init__(self, teacher: SemanticTeacher, root: Path, name: str, top: int) -> None:
        self._teacher, self._root, self._name, self._top = teacher, root, name, top

    def open(self, frames: RecordedFrames) -> SemanticLabels:
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
        self,
        labels: SemanticLabels,
        writer: SidecarWriter,
        frames: RecordedFrames,
        indices: np.ndarray,
    ) -> int:
        """Store the highest scores of every pixel."""
        scores = self._teacher.scores(_images(frames, indices)).float().cpu().numpy()
        for index, of_image in zip(indices, scores, strict=True):
            labels.write(writer, int(frames.rows[index]), of_image)
        return len(indices)


class DepthAnnotator(Annotator[DepthLabels]):
    """Labels depth with a network.

    Args:
        teacher: The network.
        root: Folder of the cache.
        name: Name of the labels.
        known: Known depth, to which a relative teacher is scaled and shifted; None leaves its
            labels relative.
        note: Called with a message about the scale of each recording.
    """

    title = 'depth'

    def __init__(
        self,
        teacher: DepthTeacher,
        root: Path,
        name: str,
        known: KnownDepth | None = None,
        note: Callable[[str], None] = lambda text: None,
    ) -> None:
        self._teacher, self._root, self._name = teacher, root, name
        self._known, self._note = known, note
        self._fit: FittedScale | None = None

    def open(self, frames: RecordedFrames) -> DepthLabels:
        """Open the labels; find scale and shift of this recording where they are wanted."""
        teacher, identity = self._teacher, self._teacher.identity
        relative = teacher.relative
        if relative and self._known is not None:
            self._fit, relative = self._scaled(frames, self._known), False
            identity += f', scaled to {self._known.topic}'
        return DepthLabels.make(
            self._root, self._name, frames.store, identity, teacher.depth_range, relative
        )

    def write(
        self,
        labels: DepthLabels,
        writer: SidecarWriter,
        frames: RecordedFrames,
        indices: np.ndarray,
    ) -> int:
        """Store the disparity of every pixel."""
        disparity = self._predicted(frames, indices)
        if self._fit is not None:
            near, far = self._teacher.depth_range
            scale, shift = np.float32(self._fit.scale), np.float32(self._fit.shift)
            disparity = (scale * disparity + shift).clip(1.0 / far, 1.0 / near)
        for index, of_image in zip(indices, disparity, strict=True):
            labels.write(writer, int(frames.rows[index]), of_image)
        return len(indices)

    def _predicted(self, frames: RecordedFrames, indices: np.ndarray) -> np.ndarray:
        predicted = self._teacher.disparity(_images(frames, indices))
        array: np.ndarray = predicted[:, 0].float().cpu().numpy()
        if self._teacher.relative:
            return array
        near, far = self._teacher.depth_range
        ratio = np.float32(self._teacher.focal_ratio(frames.camera))
        return (array / ratio).clip(1.0 / far, 1.0 / near)

    def _scaled(self, frames: RecordedFrames, known: KnownDepth) -> FittedScale:
        """Fit scale and shift to some images of a recording."""
        images = known.pixels(frames)
        samples = []
        for one in images:
            predicted = self._predicted(frames, np.array([one.index]))[0]
            pixels, shape = one.rows * predicted.shape[1] + one.columns, predicted.shape
            output = predicted[one.rows, one.columns]
            samples.append(FrameSamples(output, 1.0 / one.depth_m, pixels, shape))
        try:
            fit = fit_scale(samples, with_shift=True)
        except EvaluationError as error:
            raise SamplesError(f'{frames.path}: {known.topic}: {error}') from error
        self._note(
            f'{Path(frames.path).name}: 1 / depth = {fit.scale:.4g} x + {fit.shift:.4g} (standard '
            f'errors {fit.scale_error:.2g}, {fit.shift_error:.2g}) from {fit.pixels} pixels of '
            f'{fit.frames} images of {known.topic}; {_error_text(fit)}'
        )
        return fit


def _error_text(fit: FittedScale) -> str:
    """Return the error of a fit next to those of what never looks at the image."""
    assert fit.relative_error is not None, 'depth has one'
    both = ((A_CONSTANT, fit.constant_error), (A_MAP, fit.fixed_map_error))
    blind = {name: error for name, error in both if error is not None}
    text = f'relative error {fit.relative_error:.3f}'
    text += ''.join(f', of {name} {error:.3f}' for name, error in blind.items())
    best = min(blind, key=lambda name: blind[name])
    if beats(fit.relative_error, blind[best], higher=False):
        return text
    return f'{text}: the teacher does not beat {best}'


class TruthAnnotator(Annotator[SemanticLabels]):
    """Labels true classes, corrupted like those of a teacher."""

    title = 'classes'

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

    def open(self, frames: RecordedFrames) -> SemanticLabels:
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
        self,
        labels: SemanticLabels,
        writer: SidecarWriter,
        frames: RecordedFrames,
        indices: np.ndarray,
    ) -> int:
        """Store one class per pixel; images without ground truth are skipped."""
        assert self._store is not None
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


class ImageTranslator(Protocol):
    """Translates an image (H, W, 3) uint8; `identity` tells it from all others."""

    identity: str

    def __call__(self, image: np.ndarray) -> np.ndarray:
        """Return the translation (H, W, 3) uint8."""


class TranslationAnnotator(Annotator[TranslatedFrames]):
    """Translates images to another time of day, one at a time."""

    def __init__(self, translator: ImageTranslator, root: Path, name: str) -> None:
        self._translator, self._root, self.title = translator, root, name

    def open(self, frames: RecordedFrames) -> TranslatedFrames:
        """Open the translations."""
        return TranslatedFrames.make(
            self._root, self.title, frames.store, self._translator.identity
        )

    def write(
        self,
        translated: TranslatedFrames,
        writer: SidecarWriter,
        frames: RecordedFrames,
        indices: np.ndarray,
    ) -> int:
        """Store the translation of every image."""
        for index in indices:
            image = self._translator(frames.image(int(index)))
            translated.write(writer, int(frames.rows[index]), image)
        return len(indices)


def _images(frames: RecordedFrames, indices: np.ndarray) -> torch.Tensor:
    """Return images (N, 3, H, W) in [0, 1]."""
    images = np.stack([frames.image(int(index)) for index in indices])
    return torch.from_numpy(images).permute(0, 3, 1, 2).float() / 255.0
