# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Sources of ground truth by stamp: depth maps and class ids from topics or files."""

import dataclasses
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Generic, Protocol, TypeVar

import numpy as np

from thermal_depth_ros.bags.errors import BagError
from thermal_depth_ros.bags.recording import Record
from thermal_depth_ros.base.contract import POINT_CLOUD
from thermal_depth_ros.evaluation.truth.clouds import (
    Projector,
    Sweep,
    read_labelled_sweep,
    read_sweep,
)
from thermal_depth_ros.evaluation.truth.labels import LabelMap
from thermal_depth_ros.messages.depth_reader import depth_from_message
from thermal_depth_ros.messages.errors import MessageError
from thermal_depth_ros.messages.label_reader import labels_from_message

T = TypeVar('T')
_SLACK_NS = 500_000_000  # largest disorder of stamps
_MOST_REASONS = 3


class TruthSource(Protocol):
    """Ground truth maps (H, W) by stamp."""

    name: str  # topic or folder
    where: str  # source of the latest map: the topic, or a file of the folder

    def has(self, stamp_ns: int) -> bool:
        """Whether there is ground truth for a frame."""

    def at(self, stamp_ns: int) -> np.ndarray | None:
        """Return the ground truth of a frame; stamps must be requested in order.

        Raises:
            EvaluationError: It is unsuitable: unknown class ids, or points in an unknown frame.
        """

    @property
    def span_ns(self) -> tuple[int, int] | None:
        """First and last stamp so far."""

    @property
    def problem(self) -> str:
        """Problem of parts of it; '' if there is none."""

    @property
    def unreadable(self) -> bool:
        """Whether there were messages for frames, but none could be read."""


class TopicSource(Generic[T]):
    """Ground truth from the messages of a topic, of which about one second is in memory."""

    def __init__(
        self,
        topic: str,
        records: Iterable[Record],
        tolerance_s: float,
        decode: Callable[[Any], T],
        convert: Callable[[T, int, int], np.ndarray],
    ) -> None:
        """Start at the first message.

        Args:
            topic: Topic name, for error messages.
            records: Messages of the topic in order of time.
            tolerance_s: Largest time between a message and the requested stamp.
            decode: Decodes a message; may raise MessageError.
            convert: Returns the map for a decoded message, its stamp and the requested stamp, ns.
        """
        self.name = self.where = topic
        self._tolerance_ns = round(tolerance_s * 1e9)
        self._read = 0  # requested messages that could be read
        self._reasons: Counter[str] = Counter()  # requested messages that could not, by reason
        self._refused: set[int] = set()  # stamps of those, to count each once
        self._first_ns: int | None = None
        self._last_ns: int | None = None
        self._records: Iterator[Record] = iter(records)
        self._decode, self._convert = decode, convert
        self._window: deque[tuple[int, Record]] = deque()
        self._ended = False

    def has(self, stamp_ns: int) -> bool:
        """Whether there is ground truth for a frame."""
        return self._nearest(stamp_ns) is not None

    def at(self, stamp_ns: int) -> np.ndarray | None:
        """Return the ground truth of a frame, from the message nearest to its stamp."""
        nearest = self._nearest(stamp_ns)
        if nearest is None:
            return None
        own_ns, record = nearest
        try:
            decoded = self._decode(record.message)
        except (BagError, MessageError) as error:
            if own_ns not in self._refused:
                self._refused.add(own_ns)
                self._reasons[str(error)] += 1
            return None
        self._read += 1
        return self._convert(decoded, own_ns, stamp_ns)

    @property
    def span_ns(self) -> tuple[int, int] | None:
        """First and last stamp so far."""
        return None if self._first_ns is None else (self._first_ns, self._last_ns or 0)

    @property
    def unreadable(self) -> bool:
        """Whether there were messages for frames, but none could be read."""
        return bool(self._reasons) and not self._read

    def _nearest(self, wanted_ns: int) -> tuple[int, Record] | None:
        self._advance(wanted_ns)
        near = [entry for entry in self._window if abs(entry[0] - wanted_ns) <= self._tolerance_ns]
        return min(near, key=lambda entry: abs(entry[0] - wanted_ns), default=None)

    def _advance(self, wanted_ns: int) -> None:
        end = wanted_ns + self._tolerance_ns + _SLACK_NS
        while not self._ended and (self._last_ns is None or self._last_ns <= end):
            record = next(self._records, None)
            if record is None:
                self._ended = True
                break
            try:
                stamp = record.stamp_ns
            except BagError as error:
                self._reasons[str(error)] += 1
                continue
            self._window.append((stamp, record))
            self._first_ns = stamp if self._first_ns is None else min(self._first_ns, stamp)
            self._last_ns = stamp if self._last_ns is None else max(self._last_ns, stamp)
        start = wanted_ns - self._tolerance_ns - _SLACK_NS
        while self._window and self._window[0][0] < start:
            self._window.popleft()

    @property
    def problem(self) -> str:
        """Description of unreadable messages; '' if there are none."""
        count = sum(self._reasons.values())
        if not count:
            return ''
        most = self._reasons.most_common(_MOST_REASONS)
        reasons = '; '.join(f'{n} x {reason}' if len(most) > 1 else reason for reason, n in most)
        more = len(self._reasons) - len(most)
        reasons += f' and {more} other reasons' if more else ''
        how_many = f'{count} messages cannot' if self._read else f'none of {count} messages can'
        return f'{self.name}: {how_many} be read: {reasons}'


def depth_source(
    topic: str,
    type_name: str,
    records: Iterable[Record],
    tolerance_s: float,
    projector: Projector | None,
) -> TruthSource:
    """Return true depth from depth images, or from clouds through a projector."""
    if type_name != POINT_CLOUD:
        return TopicSource(
            topic, records, tolerance_s, depth_from_message, lambda depth_m, *_: depth_m
        )
    assert projector is not None, 'clouds need one'

    def project(sweep: Sweep, own_ns: int, stamp_ns: int) -> np.ndarray:
        return projector.depth_m(_stamped(sweep, own_ns), stamp_ns)

    return TopicSource(topic, records, tolerance_s, read_sweep, project)


def label_source(
    topic: str,
    type_name: str,
    records: Iterable[Record],
    tolerance_s: float,
    projector: Projector | None,
    label_map: LabelMap,
) -> TruthSource:
    """Return true classes from label images, or from labelled clouds through a projector."""
    if type_name != POINT_CLOUD:

        def convert(labels: np.ndarray, own_ns: int, stamp_ns: int) -> np.ndarray:
            return label_map.apply(labels, f'{topic} at {stamp_ns} ns')

        return TopicSource(topic, records, tolerance_s, labels_from_message, convert)
    assert projector is not None, 'clouds need one'

    def project(sweep: Sweep, own_ns: int, stamp_ns: int) -> np.ndarray:
        return label_map.apply(projector.labels(_stamped(sweep, own_ns), stamp_ns), topic)

    return TopicSource(topic, records, tolerance_s, read_labelled_sweep, project)


def _stamped(sweep: Sweep, stamp_ns: int) -> Sweep:
    """Return a sweep with the stamp of the recording, as its own may be zero."""
    return dataclasses.replace(sweep, stamp_ns=stamp_ns)
