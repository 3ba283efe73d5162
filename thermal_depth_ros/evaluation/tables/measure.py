# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Measures the rows of a table with the functions of `evaluate`."""

import dataclasses
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from thermal_depth_ros.bags.cameras import CameraStream, find_cameras
from thermal_depth_ros.bags.recording import Recording
from thermal_depth_ros.base import contract
from thermal_depth_ros.base.screen import Begin
from thermal_depth_ros.bundles.find import search_folders
from thermal_depth_ros.bundles.labels import CITYSCAPES_19
from thermal_depth_ros.evaluation.errors import EvaluationError
from thermal_depth_ros.evaluation.evaluator import RecordingEvaluator
from thermal_depth_ros.evaluation.job import EvaluationJob, RecordingResult
from thermal_depth_ros.evaluation.metrics_json import camera_metrics
from thermal_depth_ros.evaluation.notable_frames import Gallery
from thermal_depth_ros.evaluation.open_comparison import default_options
from thermal_depth_ros.evaluation.tables.columns import CLASSES, DEPTH, MOTION
from thermal_depth_ros.evaluation.tables.published import Condition, PublishedCrop
from thermal_depth_ros.evaluation.tables.sources import RowSource
from thermal_depth_ros.evaluation.truth.topics import (
    NONE,
    TruthNames,
    labelled_cloud,
    true_label_topics,
)
from thermal_depth_ros.frames.config import CameraConfig
from thermal_depth_ros.geometry.crop import Crop
from thermal_depth_ros.messages.labels import label_names
from thermal_depth_ros.metrics.camera import CameraAccumulator
from thermal_depth_ros.metrics.depth import PROTOCOLS
from thermal_depth_ros.offline.cameras import CameraOptions

# The depth of the networks is evaluated, not what a robot makes of it: nothing is cut off.
UNCUT: Mapping[str, Any] = {'min_depth_m': 0.0, 'max_depth_m': 10000.0}


@dataclasses.dataclass(frozen=True)
class MeasureOptions:
    """Choices of the user about all measurements.

    Attributes:
        configs: Settings by camera kind, without a bundle.
        truth: Ground truth topics that the user names.
        image_topics: Image topics of the cameras; () for all of the kind.
        label_map: File that maps true ids to classes; None takes that of the table for clouds.
        tolerance_s: Largest time between a frame and its ground truth; None for the default.
        frames: Frames of each camera.
    """

    configs: Mapping[str, CameraConfig]
    truth: TruthNames = TruthNames()
    image_topics: Sequence[str] = ()
    label_map: Path | None = None
    tolerance_s: float | None = None
    frames: slice = dataclasses.field(default_factory=lambda: slice(None))


@dataclasses.dataclass(frozen=True, eq=False)
class Measurement:
    """Scores of one recording, with messages for the user."""

    results: tuple[RecordingResult, ...]
    notes: tuple[str, ...]


@dataclasses.dataclass(frozen=True)
class Measured:
    """Figures of one row under one condition.

    Attributes:
        metrics: Metrics as in metrics.json; of several cameras together.
        images: Number of images compared.
        problems: What makes the figures incomplete.
        notes: Messages for the user.
    """

    metrics: Mapping[str, Any]
    images: int
    problems: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def measure_recording(
    source: RowSource,
    condition: Condition,
    measures: frozenset[str],
    path: Path,
    alone: bool,
    options: MeasureOptions,
    stopped: Callable[[], bool],
    begin: Begin,
) -> Measurement:
    """Compare the predictions of a source for one recording with its ground truth.

    Args:
        source: What predicts.
        condition: Condition of the table, with the protocol.
        measures: What is measured: DEPTH, CLASSES, MOTION.
        path: The recording.
        alone: Whether it is the only recording of the condition.
        options: Choices of the user.
        stopped: Asked before every message.
        begin: Begins a progress bar.

    Raises:
        ThermalDepthError: The recording, the ground truth or the predictions cannot be used.
        KeyboardInterrupt: Stopped on request.
    """
    notes: list[str] = []
    job = _job(condition, measures, path, options, notes)
    predictions = source.predictions(condition, path, alone, job.cameras.configs)
    galleries = {condition.camera: Gallery(0)}
    evaluator = RecordingEvaluator(job, predictions.pipelines, galleries, notes.append)
    results = evaluator.evaluate(path, predictions.recorded, stopped, begin)
    return Measurement(tuple(results), tuple(notes))


def combine(condition: Condition, measurements: Sequence[Measurement]) -> Measured:
    """Merge the scores of the recordings of a condition.

    Raises:
        EvaluationError: The classes of the recordings differ, or lack those of the table.
    """
    total = CameraAccumulator(condition.camera, PROTOCOLS[condition.protocol], ())
    dropped: Counter[str] = Counter()
    images = 0
    for measurement in measurements:
        for result in measurement.results:
            try:
                total.merge(result.scores)
            except ValueError as error:
                raise EvaluationError(f'{result.recording}: {error}') from error
            dropped += result.dropped
            images += max(result.scores.compared.values(), default=0)
    named = total.segmentation.names
    try:
        found = total.result(condition.classes if named else 'all')
    except ValueError as error:
        raise EvaluationError(f'{condition.title}: {error}') from error
    problems = [f'{count} frames were dropped: {reason}' for reason, count in dropped.items()]
    problems += found.problems
    if found.depth is not None and found.depth.withheld_pixels:
        share = found.depth.withheld_pixels / (found.depth.withheld_pixels + found.depth.pixels)
        problems.append(f'{share:.1%} of the true depth has no prediction and is left out')
    return Measured(camera_metrics(found), images, tuple(dict.fromkeys(problems)))


def _job(
    condition: Condition,
    measures: frozenset[str],
    path: Path,
    options: MeasureOptions,
    notes: list[str],
) -> EvaluationJob:
    """Return the job of `evaluate` for one recording."""
    kind = condition.camera
    with Recording(path) as recording:
        stream = _camera(recording, kind, options)
        crop = _crop(recording, stream, condition.crop, notes)
        truth = _truth(recording, stream, measures, options)
        label_map = options.label_map
        if label_map is None and CLASSES in measures and _has_own_ids(recording, truth.labels):
            label_map = _label_map(condition.label_map)
    config = dataclasses.replace(
        options.configs[kind], **{f'crop_{side}': getattr(crop, side) for side in ('top', 'bottom')}
    )
    evaluation = dataclasses.replace(
        default_options(kind, condition.protocol, options.tolerance_s),
        label_map=label_map,
        crop=crop,
        motion_required=MOTION in measures,
    )
    cameras = CameraOptions(
        configs={**options.configs, kind: config},
        image_topics={
            name: options.image_topics if name == kind else () for name in options.configs
        },
        info_topics=dict.fromkeys(options.configs, ()),
        wheel_topic=contract.WHEEL_ODOMETRY_TOPIC,
        assume_forward=True,
    )
    return EvaluationJob(
        recordings=[path],
        predictions=[],
        kinds=(kind,),
        cameras=cameras,
        truth={kind: truth},
        options={kind: evaluation},
        frames=options.frames,
        listed=condition.classes,
        pictures=0,
        conditions=(),
        output=Path(),
    )


def _camera(recording: Recording, kind: str, options: MeasureOptions) -> CameraStream | None:
    """Return the first camera that is evaluated; what else is wrong is said by the evaluation."""
    streams = [stream for stream in find_cameras(recording) if stream.kind == kind]
    named = [stream for stream in streams if stream.image_topic in options.image_topics]
    return next(iter(named or streams), None)


def _crop(
    recording: Recording,
    stream: CameraStream | None,
    published: PublishedCrop | None,
    notes: list[str],
) -> Crop:
    """Return the crop of the paper for whole images; images of other sizes are left as they are."""
    record = None
    if published is not None and stream is not None and stream.info_topic:
        record = recording.first(stream.info_topic)
    if published is None or record is None:
        return Crop()
    info: Any = record.message
    size = int(info.height), int(info.width)
    if size == (published.height, published.width):
        return Crop(published.top, published.bottom)
    if size != (published.height - published.top - published.bottom, published.width):
        notes.append(
            f'{recording.paths[0].name}: images of {size[1]}x{size[0]} are not cropped; the paper '
            f'takes rows {published.top} to {published.height - published.bottom - 1} of '
            f'{published.width}x{published.height}'
        )
    return Crop()


def _truth(
    recording: Recording,
    stream: CameraStream | None,
    measures: frozenset[str],
    options: MeasureOptions,
) -> TruthNames:
    """Return the names of the ground truth that a condition needs; NONE for what it does not."""
    given = options.truth
    clouds = [t for t, info in recording.topics.items() if info.type == contract.POINT_CLOUD]
    labels = given.labels
    if CLASSES in measures and not labels:
        labels = labelled_cloud(recording)
    # The poses move the points of a LiDAR to the time of the image.
    wants_poses = MOTION in measures or bool(clouds)
    return TruthNames(
        depth=given.depth if DEPTH in measures else NONE,
        labels=labels if CLASSES in measures else NONE,
        odometry=given.odometry if wants_poses else NONE,
    )


def _has_own_ids(recording: Recording, labels: str) -> bool:
    """Whether true ids are those of a data set: of points, or named otherwise than Cityscapes."""
    if labels in recording.topics and recording.topics[labels].type == contract.POINT_CLOUD:
        return True
    topics = [labels] if labels in recording.topics else true_label_topics(recording)
    for topic in topics:
        name = f'{topic.removesuffix("/compressed").rpartition("/")[0]}/label_info'
        record = recording.first(name) if name in recording.topics else None
        if record is not None:
            return not set(label_names(record.message).values()) <= set(CITYSCAPES_19.names)
    return False


def _label_map(name: str) -> Path | None:
    """Return the file of a label map of the package by its name; None for ''."""
    if not name:
        return None
    places = [folder.parent / 'config' / 'label_maps' for folder in search_folders()]
    found = [place / f'{name}.yaml' for place in places if (place / f'{name}.yaml').is_file()]
    if not found:
        raise EvaluationError(f'label map {name}.yaml is not installed; --label-map names a file')
    return found[0]
