# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Frames of two recorded runs at the same times, with ground truth."""

import dataclasses
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from thermal_depth_ros.bags.cameras import find_cameras
from thermal_depth_ros.bags.recording import Recording
from thermal_depth_ros.bags.transforms import RecordedTransforms
from thermal_depth_ros.base import contract
from thermal_depth_ros.evaluation.errors import EvaluationError
from thermal_depth_ros.evaluation.open_comparison import default_options
from thermal_depth_ros.evaluation.recorded_run import RecordedRun
from thermal_depth_ros.evaluation.snapshots import Snapshot, read_snapshots
from thermal_depth_ros.evaluation.truth.camera import CameraTruth, open_truth
from thermal_depth_ros.evaluation.truth.labels import LabelMap
from thermal_depth_ros.evaluation.truth.topics import NONE, TruthNames, find_truth
from thermal_depth_ros.metrics.accumulators import DepthAccumulator, DepthImage
from thermal_depth_ros.metrics.camera import CameraResult
from thermal_depth_ros.metrics.depth import PROTOCOLS, DepthProtocol
from thermal_depth_ros.metrics.segmentation import class_scores, confusion, mean_iou

# Weight of the time between the two frames of a pair relative to that from the requested time.
_SAME_MOMENT = 5.0


@dataclasses.dataclass(frozen=True, eq=False)
class Side:
    """One of two runs of the RGB node.

    Attributes:
        name: Column heading.
        recording: Recording of the node outputs.
        inputs: Played recording, with the ground truth.
        run: Contents of the recording except images.
        names: Names of the classes, by id.
        frames_processed: Frames published and received, as text.
        result: Metrics of all its frames; None if not evaluated.
    """

    name: str
    recording: Path
    inputs: Path
    run: RecordedRun
    names: tuple[str, ...]
    frames_processed: str
    result: CameraResult | None


@dataclasses.dataclass(frozen=True, eq=False)
class PairedFrame:
    """One frame of a run: input, prediction and ground truth, all (H, W).

    The predicted depth is scaled by the ratio of medians in `depth`.
    """

    time_s: float  # since the start of the played recording
    image: np.ndarray
    depth_m: np.ndarray
    true_depth_m: np.ndarray
    classes: np.ndarray
    true_classes: np.ndarray
    depth: DepthImage | None  # None if no pixel can be compared
    miou: float | None  # over the classes seen in this frame


def choose_moments(
    first_s: Sequence[float], second_s: Sequence[float], count: int
) -> list[tuple[int, int]]:
    """Choose pairs of frames that are close in time, spread over the common time span.

    Args:
        first_s: Times of the frames of one run.
        second_s: Times of the frames of the other run.
        count: Largest number of pairs.

    Returns:
        Indices into the two lists, each pair once, in order of time.
    """
    if not len(first_s) or not len(second_s):
        return []
    first, second = np.asarray(first_s, float)[:, None], np.asarray(second_s, float)[None]
    apart, middle = np.abs(first - second), (first + second) / 2
    begin, end = max(first.min(), second.min()), min(first.max(), second.max())
    chosen = set()
    for part in range(count):
        target = begin + (part + 0.5) / count * (end - begin)
        cost = _SAME_MOMENT * apart + np.abs(middle - target)
        i, j = np.unravel_index(int(np.argmin(cost)), cost.shape)
        chosen.add((int(i), int(j)))
    return sorted(chosen)


def read_pairs(sides: tuple[Side, Side], count: int) -> list[tuple[PairedFrame, PairedFrame]]:
    """Read frames of both runs at up to `count` moments.

    Raises:
        EvaluationError: The ground truth is missing or does not fit the predictions.
        BagError: A recording cannot be read.
    """
    stamps = [_published(side.run) for side in sides]
    starts = [_start_ns(side.inputs) for side in sides]
    times = [
        [(stamp - start) / 1e9 for stamp in published]
        for published, start in zip(stamps, starts, strict=True)
    ]
    places = choose_moments(times[0], times[1], count)
    frames = [
        _read(side, starts[at], [stamps[at][pair[at]] for pair in places])
        for at, side in enumerate(sides)
    ]
    return list(zip(*frames, strict=True))


def _published(run: RecordedRun) -> list[int]:
    """Return the stamps for which both depth and classes were published."""
    series = [run.find(contract.RGB_OUTPUTS[key].topic) for key in ('depth', 'semantic')]
    stamps = [set(one.stamps_ns.tolist()) if one is not None else set() for one in series]
    return sorted(set.intersection(*stamps))


def _start_ns(path: Path) -> int:
    with Recording(path) as recording:
        return recording.start_ns


def _read(side: Side, start_ns: int, stamps: Sequence[int]) -> list[PairedFrame]:
    """Read the frames with these stamps, which may repeat."""
    frames = {}
    options = default_options(contract.RGB)
    snapshots = read_snapshots(side.recording, side.inputs, contract.RGB, sorted(set(stamps)))
    with Recording(side.inputs) as played:
        stream = next(c for c in find_cameras(played) if c.kind == contract.RGB)
        tree = RecordedTransforms(played).of(stream.image_topic)
        topics = find_truth(played, stream, TruthNames(odometry=NONE), True, tree)
        truth = open_truth(played, stream, topics, None, LabelMap(side.names), tree, options.match)
        for snapshot in snapshots:
            time_s = (snapshot.stamp_ns - start_ns) / 1e9
            protocol = PROTOCOLS[options.protocol]
            frames[snapshot.stamp_ns] = _frame(snapshot, time_s, truth, side, protocol)
    return [frames[stamp] for stamp in stamps]


def _frame(
    snapshot: Snapshot, time_s: float, truth: CameraTruth, side: Side, protocol: DepthProtocol
) -> PairedFrame:
    depth_m = truth.depth.at(snapshot.stamp_ns) if truth.depth else None
    labels = truth.labels.at(snapshot.stamp_ns) if truth.labels else None
    if snapshot.source is None or depth_m is None or labels is None:
        raise EvaluationError(f'{side.inputs}: no image, depth or classes at {time_s:.2f} s')
    predicted_m, classes = snapshot.maps['depth'], snapshot.maps['semantic']
    metrics = DepthAccumulator(protocol).add(depth_m, predicted_m)
    ratio = 1.0 if metrics is None else metrics.median_ratio
    try:
        scores = class_scores(confusion(labels, classes, len(side.names)), side.names)
    except ValueError as error:
        raise EvaluationError(f'{side.recording} at {time_s:.2f} s: {error}') from error
    return PairedFrame(
        time_s=time_s,
        image=snapshot.source,
        depth_m=np.float32(ratio) * predicted_m,
        true_depth_m=depth_m,
        classes=classes,
        true_classes=labels,
        depth=metrics,
        miou=mean_iou(scores, side.names),
    )
