# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Benchmark of the graph: cameras at full rate through the nodes, to a subscriber.

The networks are replaced by a pass-through. Cameras, nodes and subscriber are three processes
connected by DDS.
Latency is measured twice: by the vehicle, from stamp to publish, and by the subscriber, from stamp
to arrival, transport included.
"""

import contextlib
import dataclasses
import json
import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import psutil

from thermal_depth_ros.base import contract
from thermal_depth_ros.bench.measurement import Measurement
from thermal_depth_ros.bench.processes import (
    COMMAND,
    VEHICLE,
    BenchError,
    Meter,
    Running,
    Usage,
    private_graph,
)

PASSTHROUGH = ('--ros-args', '-p', 'network:=passthrough')
CAMERAS = (contract.THERMAL, contract.RGB)
RATE_HZ = 30.0
WARM_UP_S = 2.0
ACTIVE_S = 60.0
MAX_P99_MS = 20.0
MAX_ARRIVAL_P99_MS = 30.0
MAX_OVERHEAD_P95_MS = 8.0  # from taking up a message to the last output, on one core
# "Flat": over 5 minutes about 1 % of the memory of the process, measured over the second half of a
# run, when queues and buffers have reached their size; shorter runs do not show growth.
MAX_SLOPE_MIB_PER_MINUTE = 0.5
LEAST_SPAN_S = 60.0
_PUBLISH = 'stamp to publish {} (ms)'
_OVERHEAD = 'message to publish p95 (ms)'
_RATE, _SHARE = 'data rate out (MB/s)', 'publishing (% of the time)'


@dataclasses.dataclass(frozen=True)
class Arrivals:
    """Stamps and times of arrival of one topic, ns since the epoch."""

    stamp_ns: np.ndarray  # (N,) int64
    received_ns: np.ndarray  # (N,) int64


@dataclasses.dataclass(frozen=True)
class Delivery:
    """Statistics of one topic relative to the frames of its camera."""

    published: int
    arrived: int
    p50_ms: float
    p95_ms: float
    p99_ms: float
    worst_ms: float

    @property
    def lost(self) -> int:
        """Frames without an answer."""
        return self.published - self.arrived


def delivery(published_ns: np.ndarray, arrivals: Arrivals) -> Delivery:
    """Count the published frames (N,) that arrived, and their stamp-to-receive latency.

    Arrivals of other stamps (frames before or after the measured ones) are left out.
    """
    ours = np.isin(arrivals.stamp_ns, published_ns)
    stamps, first = np.unique(arrivals.stamp_ns[ours], return_index=True)
    latency_ms = (arrivals.received_ns[ours][first] - stamps) * 1e-6
    if len(latency_ms):
        p50, p95, p99, worst = np.percentile(latency_ms, (50, 95, 99, 100)).tolist()
    else:
        p50 = p95 = p99 = worst = float('nan')
    return Delivery(len(published_ns), len(stamps), p50, p95, p99, worst)


def slope_per_minute(times_s: np.ndarray, values: np.ndarray) -> float:
    """Return the least-squares slope of a quantity over time (N,), per minute.

    Returns:
        NaN for fewer than two different times.
    """
    if len(np.unique(times_s)) < 2:
        return float('nan')
    return float(np.polyfit(times_s - times_s[0], values, 1)[0] * 60.0)


@dataclasses.dataclass(frozen=True)
class Load:
    """What is subscribed to, and how the nodes run.

    Attributes:
        name: In words.
        keys: Keys of contract.OUTPUTS; empty subscribes to all.
        parameters: Of the nodes, as NAME:=VALUE.
        cameras: Kinds of the cameras.
        one_core: Keep the nodes on one processor.
    """

    name: str
    keys: tuple[str, ...]
    parameters: tuple[str, ...] = ()
    cameras: tuple[str, ...] = CAMERAS
    one_core: bool = False


DEPTH = Load('depth', ('depth', 'camera_info', 'odometry'))
CLOUDS = Load('depth and clouds', ('depth', 'camera_info', 'odometry', 'points'))
EVERYTHING = Load('everything', ())
IMAGE_CLOUDS = dataclasses.replace(
    CLOUDS, name='depth and clouds, point_fields image', parameters=('point_fields:=image',)
)
BUDGET_CLOUDS = dataclasses.replace(
    CLOUDS,
    name='depth and clouds, point_bandwidth_mb_s 40',
    parameters=('point_bandwidth_mb_s:=40.0',),
)
ONE_CAMERA = dataclasses.replace(
    CLOUDS, name='thermal camera alone, on one core', cameras=(contract.THERMAL,), one_core=True
)
LOADS = (DEPTH, CLOUDS, EVERYTHING, IMAGE_CLOUDS, BUDGET_CLOUDS, ONE_CAMERA)


def node_names(cameras: tuple[str, ...] = CAMERAS) -> list[str]:
    """Return the full names of the nodes of cameras."""
    return [f'/{kind}' for kind in cameras]


@dataclasses.dataclass(frozen=True)
class GraphRun:
    """Result of one run."""

    load: Load
    deliveries: dict[str, Delivery]
    reports: dict[str, dict[str, str]]
    usage: Usage
    busy_before_percent: float  # of all processors, by other processes


def run_graph(load: Load, seconds: float) -> GraphRun:
    """Run cameras, vehicle and subscriber for a time.

    Raises:
        BenchError: One of the processes did not come up or failed.
    """
    with tempfile.TemporaryDirectory() as folder, private_graph():
        return _Run(load, seconds, Path(folder)).run()


class _Run:
    def __init__(self, load: Load, seconds: float, folder: Path) -> None:
        self._load, self._seconds, self._folder = load, seconds, folder
        self._processes: list[Running] = []

    def run(self) -> GraphRun:
        busy = psutil.cpu_percent(interval=0.5)
        try:
            usage = self._drive()
        finally:
            for process in reversed(self._processes):
                process.stop()
        sent = json.loads((self._folder / 'sent.json').read_text())
        heard = json.loads((self._folder / 'arrivals.json').read_text())
        deliveries = {
            topic: delivery(_measured(sent[_kind(topic)]), _arrivals(pairs))
            for topic, pairs in heard['arrivals'].items()
            if _kind(topic) in self._load.cameras
        }
        return GraphRun(self._load, deliveries, heard['reports'], usage, busy)

    def _drive(self) -> Usage:
        vehicle = self._start_vehicle()
        listener = self._start_listener()
        seconds = self._seconds + WARM_UP_S
        arguments = ['--cameras', *self._load.cameras, '--seconds', str(seconds)]
        arguments += ['--rate', str(RATE_HZ), '--log', str(self._folder / 'sent.json')]
        cameras = self._start('thermal_depth_ros.nodes.tools.load_cameras', *arguments)
        time.sleep(WARM_UP_S)
        meter = Meter(vehicle.pid)
        cameras.wait(seconds + 60.0)
        usage = meter.finish()
        time.sleep(1.5)  # the last diagnostics, which count the last frames
        listener.stop()
        if not vehicle.alive:
            raise vehicle.failure('died under load')
        return usage

    def _start_listener(self) -> Running:
        """Start the subscriber and wait until it hears: frames before that would count as lost."""
        log = self._folder / 'arrivals.json'
        arguments = [*self._load.keys, '--cameras', *self._load.cameras, '--log', str(log)]
        listener = self._start('thermal_depth_ros.nodes.tools.arrival_log', *arguments)
        end_s = time.monotonic() + ACTIVE_S
        while not log.exists():  # made once every topic has a publisher
            if not listener.alive or time.monotonic() > end_s:
                raise listener.failure('does not hear the vehicle')
            time.sleep(0.05)
        return listener

    def _start_vehicle(self) -> Running:
        from thermal_depth_ros.nodes.tools.watch_lifecycle import lifecycle_watch

        load = self._load
        command = VEHICLE if load.cameras == CAMERAS else (COMMAND, *load.cameras)
        parameters = [word for one in load.parameters for word in ('-p', one)]
        with lifecycle_watch(node_names(load.cameras)) as watch, _cores(load.one_core):
            vehicle = self._start(*command, *PASSTHROUGH, *parameters)
            if not watch.wait_until_active(ACTIVE_S, lambda: vehicle.alive):
                raise vehicle.failure('did not become active')
        return vehicle

    def _start(self, *module: str) -> Running:
        log = self._folder / f'{len(self._processes)}.log'
        process = Running(module, log)
        self._processes.append(process)
        return process


@contextlib.contextmanager
def _cores(one_core: bool) -> Iterator[None]:
    """Keep processes that start meanwhile on one of the processors of this thread."""
    usable = os.sched_getaffinity(0)
    if one_core:
        os.sched_setaffinity(0, {max(usable)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, usable)


def _measured(stamps_ns: list[int]) -> np.ndarray:
    """Exclude the warm-up frames, during discovery."""
    stamps = np.array(stamps_ns, np.int64)
    if not len(stamps):
        raise BenchError('the cameras found no subscriber, so nothing was published')
    return stamps[stamps >= stamps[0] + int(WARM_UP_S * 1e9)]


def _arrivals(pairs: list[tuple[int, int]]) -> Arrivals:
    stamps, received = np.array(pairs, np.int64).reshape(-1, 2).T
    return Arrivals(stamps, received)


def _kind(topic: str) -> str:
    """Name the camera a topic belongs to; odometry comes from the thermal one."""
    return 'rgb' if topic.startswith('rgb/') else 'thermal'


def summarise(run: GraphRun, title: str = '') -> list[Measurement]:
    """Convert a run to measurements: one row per topic, then those of the vehicle."""
    group = title or f'subscribed: {run.load.name}'
    measurements = []
    for topic, seen in run.deliveries.items():
        spread = f'p50 {seen.p50_ms:.1f}, p95 {seen.p95_ms:.1f}, worst {seen.worst_ms:.1f}'
        measurements += [
            Measurement(
                group, f'{topic}: lost', seen.lost, '', 0, detail=f'of {seen.published} frames'
            ),
            Measurement(
                group,
                f'{topic}: to arrival p99',
                seen.p99_ms,
                'ms',
                MAX_ARRIVAL_P99_MS,
                detail=spread,
            ),
        ]
    other = Measurement(group, 'machine: busy before the run', run.busy_before_percent, '%')
    own = _own_view(group, run.reports)
    if run.load.one_core:
        own += _overhead(group, run.reports)
    return [*measurements, *own, *_usage(group, run.usage), other]


def _own_view(group: str, reports: dict[str, dict[str, str]]) -> list[Measurement]:
    """Read the diagnostics of the vehicle; latency over its last 20 s."""
    measurements = []
    for name, values in sorted(reports.items()):
        node = name.split(':')[0].lstrip('/')
        if 'frames dropped' in values:
            reasons = [
                f'{key} {n}' for key, n in values.items() if key.startswith(contract.DROPPED_PREFIX)
            ]
            dropped = float(values['frames dropped'])
            measurements.append(
                Measurement(group, f'{node}: dropped', dropped, '', 0, detail=', '.join(reasons))
            )
        if _PUBLISH.format('p99') in values:
            p50, p95, p99 = (float(values[_PUBLISH.format(p)]) for p in ('p50', 'p95', 'p99'))
            spread = f'p50 {p50:.1f}, p95 {p95:.1f}'
            title = f'{node}: stamp to publish p99'
            measurements.append(Measurement(group, title, p99, 'ms', MAX_P99_MS, detail=spread))
        if _RATE in values:
            detail = f'decimation {values["point decimation"]}'
            rate, share = float(values[_RATE]), float(values[_SHARE])
            measurements += [
                Measurement(group, f'{node}: data rate out', rate, 'MB/s', detail=detail),
                Measurement(group, f'{node}: publishing', share, '% of the time'),
            ]
    return measurements


def _overhead(group: str, reports: dict[str, dict[str, str]]) -> list[Measurement]:
    """Return what a node takes for a frame beyond the network, which the pass-through has not."""
    return [
        Measurement(
            group,
            f'{name.split(":")[0]}: message to publish p95',
            float(values[_OVERHEAD]),
            'ms',
            MAX_OVERHEAD_P95_MS,
        )
        for name, values in reports.items()
        if _OVERHEAD in values
    ]


def _usage(group: str, usage: Usage) -> list[Measurement]:
    memory, span = usage.memory_mib, usage.times_s[-1] - usage.times_s[0]
    measurements = [
        Measurement(group, 'vehicle: processor', usage.cpu_percent, '% of a core'),
        Measurement(group, 'vehicle: memory, largest', float(np.max(memory)), 'MiB'),
    ]
    if span >= LEAST_SPAN_S:
        settled = usage.times_s > usage.times_s[0] + span / 2
        slope = slope_per_minute(usage.times_s[settled], memory[settled])
        range_mib = f'{memory[settled].min():.1f} to {memory[settled].max():.1f} MiB'
        title = 'vehicle: memory, growth'
        measurements.append(
            Measurement(group, title, slope, 'MiB/min', MAX_SLOPE_MIB_PER_MINUTE, detail=range_mib)
        )
    return measurements
