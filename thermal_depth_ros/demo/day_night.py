# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Comparison of the RGB camera by day and by night."""

from collections.abc import Mapping, Sequence

from thermal_depth_ros.base import contract
from thermal_depth_ros.demo.scenarios import COMPARED
from thermal_depth_ros.evaluation.errors import EvaluationError
from thermal_depth_ros.evaluation.paired_frames import Side, read_pairs
from thermal_depth_ros.evaluation.reports.run_comparison import (
    MOMENTS,
    MetricPair,
    Palette,
    comparison_chapter,
    metric_pairs,
)
from thermal_depth_ros.evaluation.reports.run_report import Scene
from thermal_depth_ros.metrics.camera import CameraResult
from thermal_depth_ros.pages.report import UNKNOWN, Chapter

TITLE = 'RGB camera: day and night'
TEXT = (
    'The same street and the same drive by day and by night, so that both have the same ground '
    'truth. One network processes both and is not told which is which.'
)
_UNTRAINED = 'The networks are untrained, so their depth and classes are not evaluated.'


def day_and_night(scenes: Sequence[Scene], palette: Palette) -> Chapter | None:
    """Return the comparison of day and night; None if either was not played.

    Args:
        scenes: All that was played.
        palette: Colours of the classes by id.

    Raises:
        BagError: A recording cannot be read.
    """
    pair = _pair(scenes)
    if pair is None:
        return None
    day, night = map(_side, pair)
    trained = all(side.result is not None for side in (day, night))
    text = TEXT if trained else f'{TEXT} {_UNTRAINED}'
    try:
        frames = read_pairs((day, night), MOMENTS)
    except EvaluationError as error:
        frames, text = [], f'{text} No pictures: {error}.'
    return comparison_chapter(TITLE, text, (day, night), frames, palette)


def night_by_day(scenes: Sequence[Scene]) -> list[MetricPair]:
    """Return the metrics by day and by night; none unless both were evaluated."""
    pair = _pair(scenes)
    return [] if pair is None else metric_pairs(_result(pair[0]), _result(pair[1]))


def day_night_metrics(scenes: Sequence[Scene]) -> Mapping[str, Mapping[str, float | None]]:
    """Return the metrics by day and by night as plain values for JSON."""
    day, night = COMPARED
    return {
        entry.name: {day: entry.first, night: entry.second, f'{night}_by_{day}': entry.ratio}
        for entry in night_by_day(scenes)
    }


def _pair(scenes: Sequence[Scene]) -> tuple[Scene, Scene] | None:
    named = {scene.name: scene for scene in scenes}
    day, night = (named.get(name) for name in COMPARED)
    return None if day is None or night is None else (day, night)


def _result(scene: Scene) -> CameraResult | None:
    results = (camera.result for camera in scene.truth if camera.kind == contract.RGB)
    return next(results, None)


def _side(scene: Scene) -> Side:
    status = scene.metrics.cameras.get(contract.RGB)
    counts = f'{status.frames_published} of {status.frames_received}' if status else UNKNOWN
    assert scene.inputs is not None, 'a scenario plays a recording'
    return Side(
        name=scene.name,
        recording=scene.recording,
        inputs=scene.inputs,
        run=scene.run,
        names=scene.run.class_names,
        frames_processed=counts,
        result=_result(scene),
    )
