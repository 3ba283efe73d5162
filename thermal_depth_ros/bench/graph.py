# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Benchmark of the graph: start-up, and two cameras at full rate through the composed vehicle.

The networks are replaced by a pass-through. Cameras, vehicle and subscriber are three processes
connected by DDS.
Latency is measured twice: by the vehicle, from stamp to publish, and by the subscriber, from stamp
to arrival, transport included.
"""

import dataclasses
import json
import tempfile
import time
from pathlib import Path

import numpy as np
import psutil

from thermal_depth_ros.base import contract
from thermal_depth_ros.bench.measurement import Measurement
from thermal_depth_ros.bench.processes import (
    VEHICLE,
    BenchError,
    Meter,
    Running,
    Usage,
    private_graph,
)

PASSTHROUGH = ('--ros-args', '-p', 'network:=passthrough')
NODES = ('/thermal', '/rgb')
RATE_HZ = 30.0
WARM_UP_S = 2.0
ACTIVE_S = 60.0
MAX_P99_MS = 20.0
MAX_START_UP_S = 5.0
MAX_WARM_START_UP_S = 3.0
START_UP_GIVE_UP_S = 120.0
# "Flat": over 5 minutes about 1 % of the memory of the process, measured over the second half of a
# run, when queues and buffers have reached their size; shorter runs do not show growth.
MAX_SLOPE_MIB_PER_MINUTE = 0.5
LEAST_SPAN_S = 60.0
_PUBLISH = 'stamp to publish {} (ms)'


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
    """Subscribed outputs: keys of contract.OUTPUTS; empty subscribes to all."""

    name: str
    keys: tuple[str, ...]


DEPTH = Load('depth', ('depth', 'camera_info', 'odometry'))
CLOUDS = Load('depth and clouds', ('depth', 'camera_info', 'odometry', 'points'))
EVERYTHING = Load('everything', ())


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
        }
        return GraphRun(self._load, deliveries, heard['reports'], usage, busy)

    def _drive(self) -> Usage:
        vehicle = self._start_vehicle()
        listener = self._start(
            'thermal_depth_ros.nodes.tools.arrival_log',
            *self._load.keys,
            '--log',
            str(self._folder / 'arrivals.json'),
        )
        seconds = self._seconds + WARM_UP_S
        arguments = ['--seconds', str(seconds), '--rate', str(RATE_HZ)]
        arguments += ['--log', str(self._folder / 'sent.json')]
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

    def _start_vehicle(self) -> Running:
        from thermal_depth_ros.nodes.tools.watch_lifecycle import lifecycle_watch

        with lifecycle_watch(NODES) as watch:
            vehicle = self._start(*VEHICLE, *PASSTHROUGH)
            if not watch.wait_until_active(ACTIVE_S, lambda: vehicle.alive):
                raise vehicle.failure('did not become active')
        return vehicle

    def _start(self, *module: str) -> Running:
        log = self._folder / f'{len(self._processes)}.log'
        process = Running(module, log)
        self._processes.append(process)
        return process


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
            Measurement(group, f'{topic}: to arrival p99', seen.p99_ms, 'ms', detail=spread),
        ]
    other = Measurement(group, 'machine: busy before the run', run.busy_before_percent, '%')
    return [*measurements, *_own_view(group, run.reports), *_usage(group, run.usage), other]


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
    return measurements


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


def seconds_to_active(arguments: tuple[str, ...]) -> float:
    """Start a vehicle, wait until its nodes are active, stop it.

    Raises:
        BenchError: The nodes do not become active; carries the last lines of the log.
    """
    from thermal_depth_ros.nodes.tools.watch_lifecycle import lifecycle_watch

    with (
        tempfile.TemporaryDirectory() as folder,
        private_graph(),
        lifecycle_watch(NODES) as watch,
    ):
        start = time.monotonic()
        vehicle = Running((*VEHICLE, *arguments), Path(folder, 'vehicle.log'))
        try:
            active = watch.wait_until_active(START_UP_GIVE_UP_S, lambda: vehicle.alive)
            taken = time.monotonic() - start
        finally:
            vehicle.stop()
        if not active:
            raise vehicle.failure('did not become active')
        return taken


def run_start_up() -> list[Measurement]:
    """Measure with the pass-through, which needs no weights, and with the default bundles."""
    group, plain_s = 'start-up', seconds_to_active(PASSTHROUGH)
    first_s = seconds_to_active(())  # networks that this machine has not run yet are exported
    again_s = seconds_to_active(())
    return [
        Measurement(group, 'to active, without weights', plain_s, 's', MAX_START_UP_S),
        Measurement(
            group,
            'to active, default bundles, warm cache',
            again_s,
            's',
            MAX_WARM_START_UP_S,
            detail=f'{first_s:.1f} s the time before',
        ),
    ]
