# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Benchmark of message conversion, relative to a plain copy of the same bytes in the same run.

What is measured and its baseline take turns. In `STREAM`, which the targets are for, every run has
another frame and the last results are kept, as a camera stream and the history of a publisher do
it. `HOT` repeats one frame and forgets the result at once: everything stays in the caches, and the
allocator hands out the same memory again. It shows the bare instructions and has no target.

A plain copy into a message is `array.array('B').frombytes(source)`; a plain copy of an array is
`numpy.copy`.
"""

import collections
import dataclasses
import importlib
import itertools
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from thermal_depth_ros.bench.measurement import Measurement
from thermal_depth_ros.bench.message_inputs import (
    cloud_frames,
    image_messages,
    plain_octets,
    thermal_and_rgb,
)
from thermal_depth_ros.messages.cloud import depth_cloud
from thermal_depth_ros.messages.errors import MessageError
from thermal_depth_ros.messages.image import array_to_image, image_to_array
from thermal_depth_ros.messages.types import MessageTypes

Step = Callable[[Any], Any]
FOREIGN_LIMIT, MESSAGE_LIMIT, CLOUD_LIMIT = 3.0, 2.0, 2.0


@dataclasses.dataclass(frozen=True)
class Regime:
    """Rotation of inputs and lifetime of results."""

    name: str
    frames: int  # different inputs, used in turn
    kept: int  # results that stay alive
    runs: int


STREAM = Regime('stream', frames=8, kept=5, runs=200)
HOT = Regime('hot', frames=1, kept=0, runs=100)


@dataclasses.dataclass(frozen=True)
class Paired:
    """Medians of two things measured in turn."""

    ours_s: float
    baseline_s: float

    @property
    def ratio(self) -> float:
        """Time relative to the baseline."""
        return self.ours_s / self.baseline_s


def paired(
    ours: Step, inputs: Sequence[Any], baseline: Step, sources: Sequence[Any], regime: Regime
) -> Paired:
    """Time two steps in turn, each over its own inputs."""
    turns = (_Turns(ours, inputs, regime), _Turns(baseline, sources, regime))
    for index in range(regime.runs + regime.frames):
        # The first round over the inputs brings them into memory and is not counted.
        for turn in turns:
            turn.take(counted=index >= regime.frames)
    return Paired(*(statistics.median(turn.times_s) for turn in turns))


class _Turns:
    """One of the two steps: its inputs in rotation, its results kept for a while."""

    def __init__(self, step: Step, inputs: Sequence[Any], regime: Regime) -> None:
        self._step = step
        self._inputs = itertools.cycle(inputs[: regime.frames])
        self._kept: collections.deque[Any] = collections.deque(maxlen=regime.kept)
        self.times_s: list[float] = []

    def take(self, counted: bool) -> None:
        given = next(self._inputs)
        start = time.perf_counter()
        result = self._step(given)
        elapsed = time.perf_counter() - start
        self._kept.append(result)
        if counted:
            self.times_s.append(elapsed)


def run_messages() -> list[Measurement]:
    """Measure images and clouds as rclpy messages, or as bag messages without a ROS install."""
    types = _types_here()
    measurements: list[Measurement] = []
    for regime in (STREAM, HOT):
        for encoding, array in thermal_and_rgb():
            height, width = array.shape[:2]
            group = f'{width}x{height} {encoding}, {regime.name}'
            measurements += _to_arrays(group, types, encoding, array, regime)
            measurements += _to_messages(group, types, encoding, array, regime)
        measurements += _clouds(f'640x512 depth, {regime.name}', types, regime)
    return measurements


def _types_here() -> MessageTypes:
    from thermal_depth_ros.messages.ros_types import ros_types

    types: MessageTypes = ros_types()
    try:
        types.message_class('sensor_msgs/msg/Image')
    except MessageError:
        from thermal_depth_ros.messages.bag_types import bag_types

        types = bag_types()
    return types


def _rows(
    group: str, name: str, pair: Paired, regime: Regime, limit: float | None
) -> Iterator[Measurement]:
    target = limit if regime is STREAM else None
    yield Measurement(group, f'{name}, against a plain copy', pair.ratio, 'times', target)
    yield Measurement(group, name, 1e3 * pair.ours_s, 'ms')
    yield Measurement(group, 'a plain copy', 1e3 * pair.baseline_s, 'ms')


def _to_arrays(
    group: str, types: MessageTypes, encoding: str, array: np.ndarray, regime: Regime
) -> Iterator[Measurement]:
    sources = [array.copy() for _ in range(regime.frames)]
    for variant, messages in image_messages(types, encoding, array, regime.frames):
        views = [np.shares_memory(image_to_array(m), np.frombuffer(m.data, 'u1')) for m in messages]
        pair = paired(image_to_array, messages, np.copy, sources, regime)
        name = f'{variant} image message to array'
        yield from _rows(group, name, pair, regime, FOREIGN_LIMIT)
        if variant == 'native':
            yield Measurement(
                group, 'the array is a view of the message', all(views), '', 1.0, True
            )


def _to_messages(
    group: str, types: MessageTypes, encoding: str, array: np.ndarray, regime: Regime
) -> Iterator[Measurement]:
    arrays = [array.copy() for _ in range(regime.frames)]
    pair = paired(
        lambda pixels: array_to_image(types, pixels, encoding, 1, 'camera_optical'),
        arrays,
        plain_octets,
        [a.reshape(-1).view(np.uint8) for a in arrays],
        regime,
    )
    yield from _rows(group, 'array to image message', pair, regime, MESSAGE_LIMIT)


def _clouds(group: str, types: MessageTypes, regime: Regime) -> Iterator[Measurement]:
    frames = cloud_frames(types, regime.frames)

    def build(frame: Any) -> Any:
        return depth_cloud(types, frame.depth_m, frame.rays, 1, 'camera_optical')

    octets = [frame.octets for frame in frames]
    pair = paired(build, frames, plain_octets, octets, regime)
    yield from _rows(group, 'depth to organised xyz cloud', pair, regime, CLOUD_LIMIT)
    point_cloud2 = _sensor_msgs_py()
    if point_cloud2 is None:
        return
    header = build(frames[0]).header
    pair = paired(
        build,
        frames,
        lambda points: point_cloud2.create_cloud_xyz32(header, points),
        [frame.points for frame in frames],
        regime,
    )
    target = 1.0 if regime is STREAM else None
    name = 'depth to cloud, against create_cloud_xyz32 of the finished points'
    yield Measurement(group, name, pair.ratio, 'times', target)
    yield Measurement(group, 'create_cloud_xyz32', 1e3 * pair.baseline_s, 'ms')


def _sensor_msgs_py() -> Any:
    try:
        return importlib.import_module('sensor_msgs_py.point_cloud2')
    except ImportError:
        return None
