# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Contents of a recorded run except images: times, motion, diagnostics."""

import dataclasses
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from thermal_depth_ros.bags.errors import BagError
from thermal_depth_ros.bags.recording import Record, Recording
from thermal_depth_ros.base import contract
from thermal_depth_ros.evaluation.clock import ClockMap, clock_map
from thermal_depth_ros.messages.diagnostics import Status, statuses_of
from thermal_depth_ros.messages.errors import MessageError
from thermal_depth_ros.messages.labels import label_names
from thermal_depth_ros.messages.odometry import OdometrySample, odometry_sample
from thermal_depth_ros.messages.stamps import stamp_ns, time_ns

LOST_VARIANCE = 1000.0


@dataclasses.dataclass(frozen=True)
class TopicSeries:
    """Stamps and times of reception of one topic, int64 nanoseconds (N,).

    `stamps_ns` is empty for types without a header.
    """

    topic: str
    type: str
    stamps_ns: np.ndarray
    received_ns: np.ndarray

    @property
    def count(self) -> int:
        """Number of messages."""
        return len(self.received_ns)

    @property
    def rate_hz(self) -> float | None:
        """Mean rate of reception, or None for fewer than two messages."""
        if self.count < 2 or self.received_ns[-1] <= self.received_ns[0]:
            return None
        return (self.count - 1) * 1e9 / float(self.received_ns[-1] - self.received_ns[0])


@dataclasses.dataclass(frozen=True)
class Track:
    """Odometry over time: stamps (N,) ns, position (N, 3) m, lost (N,) bool."""

    stamps_ns: np.ndarray
    position_m: np.ndarray
    lost: np.ndarray
    frame: str
    child_frame: str

    @property
    def length_m(self) -> float:
        """Length of the path in metres."""
        return float(np.linalg.norm(np.diff(self.position_m, axis=0), axis=1).sum())


@dataclasses.dataclass(frozen=True)
class RecordedRun:
    """Contents of a recorded run except images."""

    topics: dict[str, TopicSeries]
    clock: ClockMap | None
    track: Track | None
    diagnostics: dict[str, Status]  # the last of each component
    classes: dict[int, str]
    problems: tuple[str, ...]

    def find(self, relative: str) -> TopicSeries | None:
        """Return the series of a contract topic, under any namespace."""
        return self.topics.get(match_topic(relative, self.topics) or '')

    @property
    def class_names(self) -> tuple[str, ...]:
        """Class names published by the RGB node, by id."""
        return names_by_id(self.classes)

    @property
    def start_ns(self) -> int:
        """Start of the time of the stamps: the first output, or an earlier /clock."""
        outputs = [o for kind in contract.OUTPUTS.values() for o in kind.values()]
        # Latched messages come before the first image; under /clock their stamp may be 0.
        names = [output.topic for output in outputs if not output.latched]
        series = [s for name in names if (s := self.find(name)) is not None]
        starts = [int(s.stamps_ns[0]) for s in series if len(s.stamps_ns)]
        if self.clock is not None:
            starts.append(int(self.clock.clock_ns[0]))
        return min(starts, default=0)

    @property
    def duration_s(self) -> float:
        """Seconds from the first to the last message received."""
        times = [s.received_ns for s in self.topics.values() if s.count]
        if not times:
            return 0.0
        return float(max(t[-1] for t in times) - min(t[0] for t in times)) / 1e9


def names_by_id(classes: Mapping[int, str]) -> tuple[str, ...]:
    """Return the names of the classes in the order of their ids, without gaps."""
    return tuple(classes.get(i, f'class {i}') for i in range(max(classes, default=-1) + 1))


def match_topic(relative: str, topics: Any) -> str | None:
    """Return the topic of a contract name, with or without a namespace; None if absent."""
    name = '/' + relative.lstrip('/')
    if name in topics:
        return name
    return next((t for t in topics if t.endswith(name)), None)


def read_run(path: Path | str) -> RecordedRun:
    """Read times, motion, the last diagnostics and the class names in one pass.

    Raises:
        BagError: The recording cannot be read.
    """
    collector = _Collector()
    with Recording(path) as recording:
        types = {topic: info.type for topic, info in recording.topics.items()}
        for record in recording.read():
            collector.add(record)
        return collector.finish(types, (*recording.notes, *recording.problems))


class _Collector:
    """Builds a `RecordedRun`, one message at a time."""

    def __init__(self) -> None:
        self._received: dict[str, list[int]] = defaultdict(list)
        self._stamps: dict[str, list[int]] = defaultdict(list)
        self._clock: list[tuple[int, int]] = []
        self._odometry: list[OdometrySample] = []
        self._diagnostics: dict[str, Status] = {}
        self._classes: dict[int, str] = {}
        self._unreadable: Counter[str] = Counter()

    def add(self, record: Record) -> None:
        """Add one message; unreadable ones are counted."""
        self._received[record.topic].append(record.time_ns)
        try:
            self._take(record.topic, record.type, record.message, record.time_ns)
        except (BagError, MessageError) as error:
            self._unreadable[f'{record.topic}: {error}'] += 1

    def finish(self, types: dict[str, str], problems: tuple[str, ...]) -> RecordedRun:
        """Return the result."""
        topics = {
            topic: TopicSeries(
                topic, kind, _times(self._stamps[topic]), _times(self._received[topic])
            )
            for topic, kind in sorted(types.items())
        }
        clock = _times(self._clock).reshape(-1, 2)
        unreadable = tuple(f'{count} x {text}' for text, count in self._unreadable.items())
        return RecordedRun(
            topics,
            clock_map(clock[:, 0], clock[:, 1]),
            _track(self._odometry),
            self._diagnostics,
            self._classes,
            problems + unreadable,
        )

    def _take(self, topic: str, kind: str, message: Any, received_ns: int) -> None:
        header = getattr(message, 'header', None)
        if header is not None:
            self._stamps[topic].append(stamp_ns(header))
        if kind == contract.CLOCK:
            self._clock.append((received_ns, time_ns(message.clock)))
        elif kind == contract.ODOMETRY:
            self._odometry.append(odometry_sample(message))
        elif kind == contract.DIAGNOSTICS:
            self._diagnostics.update({s.name: s for s in statuses_of(message)})
        elif kind == contract.LABEL_INFO:
            self._classes.update(label_names(message))
        elif kind == contract.TF_MESSAGE and len(message.transforms):
            self._stamps[topic].append(stamp_ns(message.transforms[0].header))


def _track(samples: list[OdometrySample]) -> Track | None:
    if not samples:
        return None
    poses = np.stack([s.T_frame_child for s in samples])
    variances = np.stack([s.pose_covariance.diagonal() for s in samples])
    return Track(
        stamps_ns=_times([s.stamp_ns for s in samples]),
        position_m=poses[:, :3, 3],
        lost=variances.max(axis=1) >= LOST_VARIANCE,
        frame=samples[-1].frame_id,
        child_frame=samples[-1].child_frame_id,
    )


def _times(values: Sequence[Any]) -> np.ndarray:
    return np.array(values, dtype=np.int64)
