# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Metrics of a recorded run: inputs, outputs, latency and drops."""

import dataclasses
from pathlib import Path

import numpy as np

from thermal_depth_ros.bags.recording import Recording
from thermal_depth_ros.base import contract
from thermal_depth_ros.evaluation.camera_status import CameraStatus, camera_statuses
from thermal_depth_ros.evaluation.clock import Percentiles, latency_ms, percentiles
from thermal_depth_ros.evaluation.recorded_run import RecordedRun, TopicSeries, match_topic


@dataclasses.dataclass(frozen=True)
class InputTopic:
    """One topic of the played recording."""

    topic: str
    type: str
    messages: int
    duration_s: float
    rate_hz: float | None


@dataclasses.dataclass(frozen=True)
class OutputTopic:
    """One recorded topic; `latency` is from the message's stamp to its reception."""

    topic: str
    type: str
    messages: int
    rate_hz: float | None
    latency: Percentiles | None


@dataclasses.dataclass(frozen=True)
class OdometryMetrics:
    """Summary of the recorded odometry; a message counts as lost by its covariance."""

    messages: int
    lost: int
    path_length_m: float


@dataclasses.dataclass(frozen=True)
class RunMetrics:
    """All metrics of one run."""

    inputs: tuple[InputTopic, ...]
    outputs: tuple[OutputTopic, ...]
    cameras: dict[str, CameraStatus]
    odometry: OdometryMetrics | None
    duration_s: float
    clock_rate: float | None
    problems: tuple[str, ...]

    @property
    def published(self) -> int:
        """Number of depth images received, of all cameras."""
        names = [f'/{contract.OUTPUTS[kind]["depth"].topic}' for kind in contract.OUTPUTS]
        return sum(o.messages for o in self.outputs if o.topic.endswith(tuple(names)))


def measure(run: RecordedRun, inputs_path: Path | str | None = None) -> RunMetrics:
    """Measure a recorded run and, if given, the recording played into it.

    Raises:
        BagError: The played recording cannot be read.
    """
    outputs = tuple(_output(series, run) for series in run.topics.values()) + _silent(run)
    odometry = None
    if run.track is not None:
        track = run.track
        odometry = OdometryMetrics(len(track.lost), int(track.lost.sum()), track.length_m)
    return RunMetrics(
        inputs=_inputs(inputs_path) if inputs_path else (),
        outputs=outputs,
        cameras=camera_statuses(run.diagnostics),
        odometry=odometry,
        duration_s=run.duration_s,
        clock_rate=run.clock.rate if run.clock else None,
        problems=run.problems,
    )


def topic_latency_ms(series: TopicSeries, run: RecordedRun) -> np.ndarray | None:
    """Return the latency of every message of a topic in milliseconds, None if unknown.

    Only outputs made from a frame have a latency; latched outputs and inputs have none.
    """
    if series.count != len(series.stamps_ns) or not made_from_frames(series.topic):
        return None
    return latency_ms(series.stamps_ns, series.received_ns, run.clock)


def made_from_frames(topic: str) -> bool:
    """Whether a topic is an output that is published for every frame."""
    return any(
        topic.endswith('/' + output.topic.lstrip('/')) and not output.latched
        for outputs in contract.OUTPUTS.values()
        for output in outputs.values()
    )


def _output(series: TopicSeries, run: RecordedRun) -> OutputTopic:
    latency = percentiles(topic_latency_ms(series, run))
    return OutputTopic(series.topic, series.type, series.count, series.rate_hz, latency)


def _silent(run: RecordedRun) -> tuple[OutputTopic, ...]:
    """Return the missing outputs of a camera that published depth."""
    silent = []
    for outputs in contract.OUTPUTS.values():
        depth = outputs['depth'].topic
        topic = match_topic(depth, run.topics)
        prefix = topic.removesuffix(depth) if topic else ''
        for output in outputs.values():
            if topic and run.find(output.topic) is None:
                name = output.topic if output.topic.startswith('/') else prefix + output.topic
                silent.append(OutputTopic(name, output.type, 0, None, None))
    return tuple(silent)


def _inputs(path: Path | str) -> tuple[InputTopic, ...]:
    times: dict[str, list[int]] = {}
    with Recording(path) as recording:
        types = {topic: info.type for topic, info in recording.topics.items()}
        for record in recording.read():
            times.setdefault(record.topic, []).append(record.time_ns)
    return tuple(_input(topic, kind, times.get(topic, [])) for topic, kind in sorted(types.items()))


def _input(topic: str, kind: str, times_ns: list[int]) -> InputTopic:
    duration_s = (times_ns[-1] - times_ns[0]) / 1e9 if times_ns else 0.0
    rate_hz = (len(times_ns) - 1) / duration_s if duration_s > 0 else None
    return InputTopic(topic, kind, len(times_ns), duration_s, rate_hz)
