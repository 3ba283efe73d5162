# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Frames that the second of two evaluations does worst on, compared with the first."""

import dataclasses
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import numpy as np

from thermal_depth_ros.base import contract, screen
from thermal_depth_ros.base.errors import ThermalDepthError
from thermal_depth_ros.base.stopping import StopRequest
from thermal_depth_ros.evaluation.errors import EvaluationError
from thermal_depth_ros.evaluation.evaluator import RecordingEvaluator
from thermal_depth_ros.evaluation.job import EvaluationJob, at_network_size
from thermal_depth_ros.evaluation.notable_frames import (
    APART_NS,
    Gallery,
    NotableFrame,
    NotableFrames,
    with_images,
)
from thermal_depth_ros.evaluation.offline_evaluation import Pipelines
from thermal_depth_ros.evaluation.paired.differences import QuantityDifference
from thermal_depth_ros.evaluation.paired.figures import figures_of, with_count
from thermal_depth_ros.evaluation.paired.frame_files import Drive
from thermal_depth_ros.evaluation.paired.run_folder import EvaluatedRun
from thermal_depth_ros.evaluation.truth.topics import NONE
from thermal_depth_ros.metrics.frame_rows import CLASSES, DEPTH, METRIC, SCALED, metric_column
from thermal_depth_ros.metrics.segmentation import ALL

ReadArguments = Callable[[Sequence[str]], EvaluationJob]
FrameKey = tuple[str, Drive, int]  # quantity, drive and stamp


@dataclasses.dataclass(frozen=True)
class Regression:
    """A frame on which the second evaluation does worse than the first."""

    kind: str
    quantity: str
    drives: tuple[Drive, Drive]  # its names in the two evaluations
    stamp_ns: int
    errors: tuple[float, float]


@dataclasses.dataclass(frozen=True, eq=False)
class PicturedRegression:
    """A regression with the predictions of both."""

    regression: Regression
    frames: tuple[NotableFrame, NotableFrame]


class KeptFrames(NotableFrames):
    """Keeps every frame that is offered, by image topic and stamp."""

    def __init__(self) -> None:
        super().__init__(0)
        self.frames: dict[tuple[str, int], NotableFrame] = {}

    def offer(
        self,
        paths: tuple[Path, ...],
        topic: str,
        stamp_ns: int,
        error: float,
        make: Callable[[], NotableFrame],
    ) -> None:
        """Keep a frame."""
        self.frames[topic, stamp_ns] = make()


def worst_regressions(
    found: QuantityDifference, count: int, median_scaling: bool
) -> list[Regression]:
    """Return the frames whose error grows most from the first to the second, worst first.

    The error is abs_rel of depth, and one minus the mean IoU of the classes in the image. Frames
    of a drive are at least a second apart.
    """
    errors = _errors(found, median_scaling)
    if errors is None:
        return []
    pairs = found.frames
    chosen: list[Regression] = []
    for row in np.argsort(-(errors[1] - errors[0]), kind='stable').tolist():
        before, after = float(errors[0][row]), float(errors[1][row])
        if len(chosen) >= count or not after - before > 1e-6 * max(before, 1e-6):
            break
        drives = (
            pairs.first.drives[pairs.first.drive[row]],
            pairs.second.drives[pairs.second.drive[row]],
        )
        stamp_ns = int(pairs.first.stamps_ns[row])
        if all(r.drives != drives or abs(r.stamp_ns - stamp_ns) >= APART_NS for r in chosen):
            chosen.append(Regression(found.kind, found.quantity, drives, stamp_ns, (before, after)))
    return chosen


def _errors(found: QuantityDifference, median_scaling: bool) -> tuple[np.ndarray, ...] | None:
    """Return the errors (N,) of both evaluations; None for quantities without pictures."""
    tables = found.frames.first, found.frames.second
    if found.quantity == DEPTH:
        name = metric_column(SCALED if median_scaling else METRIC, 'abs_rel')
        return tuple(table.values[:, table.column(name)] for table in tables)
    if found.quantity == CLASSES:
        (miou, *_) = figures_of(CLASSES, tables[0].columns, ALL, median_scaling)
        return tuple(1.0 - miou.statistic(with_count(table.values)) for table in tables)
    return None


def read_pictures(
    regressions: Sequence[Regression],
    runs: tuple[EvaluatedRun, EvaluatedRun],
    read_arguments: ReadArguments,
    stop: StopRequest,
) -> tuple[list[PicturedRegression], list[str]]:
    """Return the regressions with the predictions of both, and notes on those without.

    The predictions are read or computed again, with the arguments of each evaluation.

    Raises:
        KeyboardInterrupt: A signal came.
    """
    if not regressions:
        return [], []
    kept = []
    for side, run in enumerate(runs):
        try:
            kept.append(_predictions(regressions, side, run, read_arguments, stop))
        except (ThermalDepthError, OSError) as error:
            return [], [f'no pictures of the worst regressions: {run.path}: {error}']
    pictured = []
    for one in regressions:
        first, second = (
            found.get((one.quantity, one.drives[side], one.stamp_ns))
            for side, found in enumerate(kept)
        )
        if first is not None and second is not None:
            pictured.append(PicturedRegression(one, (with_images([first])[0], second)))
    missing = len(regressions) - len(pictured)
    return pictured, [f'{missing} of the worst regressions have no picture'] if missing else []


def _predictions(
    regressions: Sequence[Regression],
    side: int,
    run: EvaluatedRun,
    read_arguments: ReadArguments,
    stop: StopRequest,
) -> dict[FrameKey, NotableFrame]:
    """Return the frames of one evaluation with its predictions and the ground truth."""
    if not run.options.arguments:
        raise EvaluationError('it was not made by the command')
    if run.options.folder != str(Path.cwd()):
        raise EvaluationError(f'it was made in {run.options.folder}; compare there')
    job = _without_motion(read_arguments(run.options.arguments))
    found: dict[FrameKey, NotableFrame] = {}
    pipelines = Pipelines(job.cameras.configs, stop.interrupting, at_network_size(job))
    try:
        with screen.progress(screen.output_screen(), transient=True) as begin:
            for path, outputs in job.pairs:
                stamps: dict[str, set[int]] = {}
                for one in regressions:
                    recording, topic = one.drives[side]
                    if recording == str(path):
                        stamps.setdefault(topic, set()).add(one.stamp_ns)
                if stamps:
                    galleries = {kind: _gallery() for kind in contract.OUTPUTS}
                    only = dataclasses.replace(job, stamps=stamps)
                    evaluator = RecordingEvaluator(only, pipelines, galleries, lambda note: None)
                    evaluator.evaluate(path, outputs, lambda: stop.asked, begin)
                    found |= _kept(str(path), galleries.values())
    finally:
        pipelines.close()
    return found


def _gallery() -> Gallery:
    gallery = Gallery(0)
    gallery.depth, gallery.classes = KeptFrames(), KeptFrames()
    return gallery


def _kept(recording: str, galleries: Iterable[Gallery]) -> dict[FrameKey, NotableFrame]:
    found = {}
    for gallery in galleries:
        for quantity, kept in ((DEPTH, gallery.depth), (CLASSES, gallery.classes)):
            assert isinstance(kept, KeptFrames), 'as _gallery made it'
            for (topic, stamp_ns), frame in kept.frames.items():
                found[quantity, (recording, topic), stamp_ns] = frame
    return found


def _without_motion(job: EvaluationJob) -> EvaluationJob:
    """Return a job that compares no motion, for which all frames would have to be run."""
    truth = {k: dataclasses.replace(names, odometry=NONE) for k, names in job.truth.items()}
    return dataclasses.replace(job, truth=truth)
