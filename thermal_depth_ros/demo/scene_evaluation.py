# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Compares the outputs of the camera nodes with ground truth in the played recording."""

import dataclasses
from collections.abc import Mapping

import numpy as np

from thermal_depth_ros.bags.cameras import CameraStream
from thermal_depth_ros.bags.recording import Recording
from thermal_depth_ros.bags.transforms import RecordedTransforms
from thermal_depth_ros.base import contract
from thermal_depth_ros.demo.source import Source
from thermal_depth_ros.evaluation.comparison import CameraComparison
from thermal_depth_ros.evaluation.errors import EvaluationError
from thermal_depth_ros.evaluation.notable_frames import Gallery
from thermal_depth_ros.evaluation.offline_evaluation import evaluate_recorded
from thermal_depth_ros.evaluation.open_comparison import (
    default_options,
    open_comparison,
)
from thermal_depth_ros.evaluation.reports.evaluation_report import CameraReport
from thermal_depth_ros.evaluation.reports.run_report import Scene
from thermal_depth_ros.evaluation.truth.topics import NONE, TruthNames, find_truth
from thermal_depth_ros.geometry.frames import Frames

PICTURES = 2  # of the worst and of the best frames
Palettes = Mapping[str, Mapping[int, tuple[int, int, int]]]
_GREY = (128, 128, 128)


@dataclasses.dataclass(frozen=True, eq=False)
class SceneEvaluation:
    """Cameras compared with ground truth, and notes on those that are not."""

    cameras: tuple[CameraReport, ...] = ()
    notes: tuple[str, ...] = ()


def evaluate_scene(scene: Scene, source: Source, palettes: Palettes) -> SceneEvaluation:
    """Compare the outputs of every camera that has ground truth.

    Untrained networks are not evaluated.

    Args:
        scene: Recorded scene.
        source: Played recording.
        palettes: Colours of the classes by camera kind and class id.

    Raises:
        BagError: A recording cannot be read.
    """
    notes: list[str] = []
    with Recording(source.path) as played, Recording(scene.recording) as outputs:
        transforms = RecordedTransforms(played)
        comparisons = []
        try:
            for stream in source.cameras:
                tree = transforms.of(stream.image_topic)
                comparison = _open(played, stream, scene, source, tree, notes)
                if comparison is not None:
                    comparisons.append(comparison)
            every_frame = dict.fromkeys(comparisons)
            evaluate_recorded(outputs, every_frame, lambda: False, lambda: None)
            reports = tuple(_report(comparison, scene, palettes) for comparison in comparisons)
            notes += [f'{problem}.' for report in reports for problem in report.result.problems]
            notes += [f'{p}.' for comparison in comparisons for p in comparison.problems()]
        except EvaluationError as error:
            return SceneEvaluation((), (*notes, f'Nothing is compared with ground truth: {error}.'))
    return SceneEvaluation(reports, tuple(notes))


def _open(
    played: Recording,
    stream: CameraStream,
    scene: Scene,
    source: Source,
    tree: Frames,
    notes: list[str],
) -> CameraComparison | None:
    kind = stream.kind
    names = scene.run.class_names if kind == contract.RGB else ()
    wanted = TruthNames(labels='' if names else NONE)
    topics = find_truth(played, stream, wanted, len(source.cameras) == 1, tree)
    if not (topics.depth or topics.labels or (topics.odometry and kind == contract.THERMAL)):
        return None
    status = scene.metrics.cameras.get(kind)
    if status is None or not status.trained:
        known = status is not None and status.trained is False
        why = 'its networks are untrained' if known else 'its node did not report'
        notes.append(f'The {kind} camera is not compared: {why}.')
        return None
    gallery = Gallery(PICTURES)
    return open_comparison(
        played, stream, topics, tree, names, default_options(kind), gallery, notes.append
    )


def _report(comparison: CameraComparison, scene: Scene, palettes: Palettes) -> CameraReport:
    kind = comparison.stream.kind
    comparison.finish()
    comparison.gallery.read_images()
    palette = palettes.get(kind, {})
    colours = [palette.get(i, _GREY) for i in range(len(comparison.scores.segmentation.names))]
    result = comparison.scores.result()
    return CameraReport(
        kind=kind,
        protocol=default_options(kind).protocol,
        result=result,
        recordings=[(scene.name, result)],
        tracks=comparison.scores.tracks,
        gallery=comparison.gallery,
        colours=np.array(colours, np.uint8).reshape(-1, 3),
        median_scaling=True,
    )
