# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Runs vehicle, recorder and replay as separate processes in a private DDS domain."""

import contextlib
import dataclasses
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np

from thermal_depth_ros.bags.cameras import CameraStream
from thermal_depth_ros.base import contract
from thermal_depth_ros.bench.processes import COMMAND, BenchError, Meter, Running, private_graph
from thermal_depth_ros.demo.source import DemoError, Source

ACTIVE_S = 120.0
REFUSAL = ']: cannot '
RECORDING_S = 20.0
OVERTIME_S = 60.0
IDLE_S = 45.0
# Discovery between two processes on one machine takes less than this.
DISCOVERY_S = 2.0
PARAMETERS = (
    # On a CPU, seconds pass between two processed frames; their motion is still estimated.
    'thermal:odometry_max_gap_s:=20.0',
    # Every second row and column keeps the recording small.
    'point_decimation:=2',
    # The cameras of a recording may end at different times.
    'stale_after_s:=60.0',
)
Say = Callable[[str], None]


@dataclasses.dataclass(frozen=True)
class NodeOptions:
    """Node options of the user; None keeps the default of the node."""

    bundles: dict[str, str]
    device: str | None = None
    rate: float = 1.0


@dataclasses.dataclass(frozen=True)
class Measurements:
    """Externally measured performance of the run."""

    durations_s: dict[str, float]
    vehicle_memory_mib: float
    vehicle_cpu_percent: float
    idle: bool


class Playback:
    """Starts the processes, plays a recording, and stops them in order."""

    def __init__(self, source: Source, options: NodeOptions, folder: Path, say: Say) -> None:
        self._source, self._options, self._say = source, options, say
        self.recording, self.logs = folder / 'recording', folder / 'logs'
        self.logs.mkdir(parents=True, exist_ok=True)
        self._running: dict[str, Running] = {}
        self._durations: dict[str, float] = {}

    def run(self) -> Measurements:
        """Run everything once.

        Raises:
            DemoError: A process died or did not do its part; the message ends with its log.
        """
        try:
            with private_graph():
                try:
                    return self._run()
                finally:
                    for process in reversed(self._running.values()):
                        process.stop()
        except BenchError as error:
            raise DemoError(str(error)) from error

    def _run(self) -> Measurements:
        from thermal_depth_ros.nodes.tools.clock_keeper import clock_keeper
        from thermal_depth_ros.nodes.tools.watch_diagnostics import diagnostics_watch

        with self._timed('start until active'):
            vehicle = self._start_vehicle()
        meter = Meter(vehicle.pid)
        keeper = clock_keeper(self._source.end_ns, self._options.rate)
        with diagnostics_watch(self._source.kinds) as watch, keeper:
            recorder = self._start_recorder()
            with self._timed('replay'):
                self._replay()
            with self._timed('last frames'):
                idle = watch.wait_until_idle(IDLE_S, lambda: vehicle.alive)
            usage = meter.finish()
            self._check_alive('vehicle')
            with self._timed('stop'):
                codes = {'recorder': recorder.stop(), 'vehicle': vehicle.stop()}
        for name, code in codes.items():
            if code:
                raise self._failure(name, f'ended with code {code}')
        memory = float(np.max(usage.memory_mib))
        return Measurements(self._durations, memory, usage.cpu_percent, idle)

    def _start_vehicle(self) -> Running:
        from thermal_depth_ros.nodes.tools.watch_lifecycle import lifecycle_watch

        kinds = self._source.kinds
        command = 'vehicle' if len(kinds) > 1 else kinds[0]
        with lifecycle_watch(kinds) as watch:
            vehicle = self._start('vehicle', command, *self._node_arguments())
            if not watch.wait_until_active(ACTIVE_S, lambda: vehicle.alive and not self._refused()):
                self._check_alive('vehicle')
                what = 'could not' if self._refused() else f'took more than {ACTIVE_S:.0f} s to'
                raise self._failure('vehicle', f'{what} become active')
        return vehicle

    def _refused(self) -> bool:
        """Whether a node failed a transition; it stays alive for a retry."""
        return REFUSAL in self._log('vehicle').read_text(errors='replace')

    def _node_arguments(self) -> list[str]:
        parameters = [p for p in PARAMETERS if ':' not in p.partition(':=')[0]]
        parameters += [p for p in PARAMETERS if p.split(':')[0] in self._source.kinds]
        remappings: list[str] = []
        for camera in self._source.cameras:
            transport = 'compressed' if camera.compressed else 'raw'
            parameters.append(f'{camera.kind}:image_transport:={transport}')
            remappings += _remappings(camera, transport)
        for kind, bundle in self._options.bundles.items():
            if kind in self._source.kinds:
                parameters.append(f'{kind}:bundle:={bundle}')
        if self._options.device:
            parameters.append(f'device:={self._options.device}')
        flags = [part for parameter in parameters for part in ('-p', parameter)]
        return ['--sim-time', *flags, '--ros-args', *remappings]

    def _start_recorder(self) -> Running:
        recorder = self._start('recorder', 'record', '-o', str(self.recording), '--force')
        end = time.monotonic() + RECORDING_S
        while 'recording ' not in self._log('recorder').read_text(errors='replace'):
            self._check_alive('recorder')
            if time.monotonic() > end:
                raise self._failure('recorder', f'did not start within {RECORDING_S:.0f} s')
            time.sleep(0.1)
        time.sleep(DISCOVERY_S)
        return recorder

    def _replay(self) -> None:
        seconds = self._source.duration_s / self._options.rate
        pace = 'in real time' if self._options.rate == 1 else f'at rate {self._options.rate:g}'
        self._say(f'playing {self._source.path.name}: {seconds:.1f} s {pace}')
        wait = ('--wait-for-subscribers', '10')
        rate = ('--rate', str(self._options.rate))
        topics = [t for c in self._source.cameras for t in (c.image_topic, c.info_topic) if t]
        topics += [contract.TF_STATIC_TOPIC] if self._source.static_transforms else []
        player = self._start(
            'replay', 'replay', str(self._source.path), *wait, *rate, '--topics', *topics
        )
        player.wait(seconds + OVERTIME_S)

    def _start(self, name: str, command: str, *arguments: str) -> Running:
        process = Running((COMMAND, command, *arguments), self._log(name))
        self._running[name] = process
        return process

    def _log(self, name: str) -> Path:
        return self.logs / f'{name}.log'

    def _check_alive(self, name: str) -> None:
        if not self._running[name].alive:
            raise self._failure(name, f'died with code {self._running[name].stop()}')

    def _failure(self, name: str, what: str) -> DemoError:
        lines = self._log(name).read_text(errors='replace').strip().splitlines()[-8:]
        tail = ''.join(f'\n  | {line}' for line in lines)
        return DemoError(f'the {name} {what}; its log is {self._log(name)}{tail}')

    @contextlib.contextmanager
    def _timed(self, part: str) -> Iterator[None]:
        started = time.monotonic()
        yield
        self._durations[part] = time.monotonic() - started


def _remappings(camera: CameraStream, transport: str) -> Sequence[str]:
    """Return ROS arguments that remap the topics of a recording to the names of the contract."""
    pairs = [(contract.image_topic(camera.kind, transport), camera.image_topic)]
    if camera.info_topic:
        pairs.append((contract.camera_info_topic(camera.kind), camera.info_topic))
    return [
        part
        for name, recorded in pairs
        if recorded != f'/{name}'
        for part in ('-r', f'{name}:={recorded}')
    ]
