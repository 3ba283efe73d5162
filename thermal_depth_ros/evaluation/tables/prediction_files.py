# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Predictions in folders of PNG and NPY files, one file for each frame."""

import dataclasses
from collections.abc import Set
from pathlib import Path

import numpy as np

from thermal_depth_ros.bags.cameras import find_cameras
from thermal_depth_ros.bags.errors import BagError
from thermal_depth_ros.bags.files import METADATA
from thermal_depth_ros.bags.picture_files import depth_pixels, label_pixels
from thermal_depth_ros.bags.prepared_folder import is_prepared, read_label_names
from thermal_depth_ros.bags.recording import Recording
from thermal_depth_ros.bags.trajectory_files import SUFFIXES, is_trajectory_file
from thermal_depth_ros.base.contract import UNLABELLED
from thermal_depth_ros.base.listing import list_files
from thermal_depth_ros.bundles.labels import CITYSCAPES_19, coloured_labels
from thermal_depth_ros.evaluation.errors import EvaluationError
from thermal_depth_ros.evaluation.tables.columns import CLASSES, DEPTH, MOTION
from thermal_depth_ros.evaluation.truth.labels import image_stamps_ns
from thermal_depth_ros.evaluation.truth.stamped_files import StampedFiles
from thermal_depth_ros.frames.config import CameraConfig
from thermal_depth_ros.frames.frame import CameraFrame, InferenceError, MetricScale
from thermal_depth_ros.frames.labels import LabelSet
from thermal_depth_ros.frames.plan import FramePlan
from thermal_depth_ros.inference.map_pipeline import FrameMaps, MapPipeline, MapSource

DEPTH_FOLDER, LABEL_FOLDER = 'depth', 'labels'
_SUFFIXES = {DEPTH: ('.npy', '.png'), CLASSES: ('.png',)}
_WORDS = {DEPTH: 'depth maps', CLASSES: 'label images'}
_TOLERANCE_S = 0.02
_SCALE = MetricScale(1.0, True, 'as in the files')


@dataclasses.dataclass(frozen=True)
class FoundPredictions:
    """Folder with the predictions for a recording, and whether it is a recording itself."""

    path: Path
    recorded: bool


def predictions_of_recording(
    folder: Path, condition: str, recording: Path, alone: bool, measures: Set[str]
) -> FoundPredictions:
    """Find the predictions for a recording: FOLDER/CONDITION/RECORDING or a part of this path.

    Args:
        folder: Folder of the predictions of a method, or its only trajectory file.
        condition: Name of the condition.
        recording: The recording.
        alone: Whether it is the only one of the condition; then its name may be left out.
        measures: What is measured; trajectory files (RECORDING.txt) count for MOTION.

    Raises:
        EvaluationError: There are none.
    """
    name = recording.stem if recording.is_file() else recording.name
    places = [folder / condition / name, folder / name]
    places += [folder / condition, folder] if alone else []
    for place in places:
        paths = [place, *(place.with_name(f'{place.name}{suffix}') for suffix in SUFFIXES)]
        if MOTION in measures and (found := next(filter(is_trajectory_file, paths), None)):
            return FoundPredictions(found, True)
        if (place / METADATA).is_file() or is_prepared(place):
            return FoundPredictions(place, True)
        if list_files(place, ('.mcap', '.db3', '.bag')):
            return FoundPredictions(place, True)
        if _folders(place):
            return FoundPredictions(place, False)
    raise EvaluationError(
        f'{folder}: no predictions for {recording}; looked for {places[0]} and {places[1]}, a '
        f'recording, a trajectory file for tables of motion, or a folder of files (.npy, .png; '
        f'{DEPTH_FOLDER}/ and {LABEL_FOLDER}/ for both)'
    )


def prediction_pipeline(
    config: CameraConfig, folder: Path, recording: Path, measures: frozenset[str]
) -> MapPipeline:
    """Open the files of a recording as a pipeline.

    Args:
        config: Settings of the camera.
        folder: Folder with depth/ and labels/, or with the files of one of them.
        recording: The recording, whose frames the files belong to.
        measures: What is measured, DEPTH or CLASSES; files that lie in the folder itself are this.

    Raises:
        EvaluationError: The files belong to no frames, or nothing tells what they are.
        BagError: The recording cannot be read.
    """
    folders = _folders(folder)
    if not folders:
        raise EvaluationError(f'{folder}: no predictions (.npy or .png)')
    if None in folders:
        wanted = measures & {DEPTH, CLASSES}
        if len(wanted) != 1:
            raise EvaluationError(
                f'{folder}: are its files depth or classes? The table measures both: put them '
                f'into {DEPTH_FOLDER}/ and {LABEL_FOLDER}/'
            )
        folders = {next(iter(wanted)): folder}
    stamps = _frame_stamps(recording, config.kind)
    files = {
        what: StampedFiles(path, _SUFFIXES[what], stamps, _TOLERANCE_S, _WORDS[what])
        for what, path in folders.items()
        if what is not None
    }
    labels = _labels(folder) if CLASSES in files else None
    return MapPipeline(
        config,
        MapSource(
            name=str(folder),
            maps=_Reader(files, labels),
            has_depth=DEPTH in files,
            labels=labels,
            scale=_SCALE,
        ),
    )


@dataclasses.dataclass(frozen=True, eq=False)
class _Reader:
    """Reads the files of a frame."""

    files: dict[str, StampedFiles]
    labels: LabelSet | None

    def __call__(self, frame: CameraFrame, plan: FramePlan) -> FrameMaps:
        depth_m = labels = None
        try:
            if plan.depth:
                depth_m = _valid_depth(depth_pixels(self._path(DEPTH, frame))[0])
            if plan.semantics:
                labels = self._classes(self._path(CLASSES, frame))
        except BagError as error:
            raise InferenceError(str(error)) from error
        return FrameMaps(depth_m, labels)

    def _path(self, what: str, frame: CameraFrame) -> Path:
        path = self.files[what].find(frame.stamp_ns)
        if path is None:
            raise InferenceError(f'{self.files[what].folder}: no {_WORDS[what]} at its stamp')
        return path

    def _classes(self, path: Path) -> np.ndarray:
        ids = label_pixels(path)[0]
        known = len(self.labels or ())
        beyond = ids[(ids >= known) & (ids != UNLABELLED)]
        if beyond.size:
            raise InferenceError(f'{path}: class id {beyond.flat[0]}, but there are {known}')
        return ids.astype(np.uint8)


def _valid_depth(depth_m: np.ndarray) -> np.ndarray:
    """Return depth with NaN where the file has none: zero or less."""
    return np.where(depth_m > 0, depth_m, np.float32(np.nan)).astype(np.float32)


def _folders(place: Path) -> dict[str | None, Path]:
    """Return the folders of files by what they hold; None: what lies in the folder itself."""
    inner = {DEPTH: place / DEPTH_FOLDER, CLASSES: place / LABEL_FOLDER}
    found: dict[str | None, Path] = {
        what: path for what, path in inner.items() if list_files(path, _SUFFIXES[what])
    }
    if not found and list_files(place, _SUFFIXES[DEPTH]):
        found[None] = place
    return found


def _frame_stamps(path: Path, kind: str) -> list[int]:
    """Return the stamps of the images of the camera."""
    with Recording(path) as recording:
        topics = [c.image_topic for c in find_cameras(recording) if c.kind == kind]
        if len(topics) != 1:
            raise EvaluationError(
                f'{path}: {len(topics)} {kind} cameras; files of predictions are for one'
            )
        return list(image_stamps_ns(recording, topics[0]))


def _labels(folder: Path) -> LabelSet:
    """Return the classes that the folder names, or those of Cityscapes."""
    try:
        names = read_label_names(folder)
    except BagError as error:
        raise EvaluationError(str(error)) from error
    return coloured_labels(names) if names else CITYSCAPES_19
