# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Sources of ground truth by stamp: depth maps and class ids from topics or files."""

import dataclasses
from collections.abc import Callable
from typing import Any, Generic, Protocol, TypeVar

import numpy as np

from thermal_depth_ros.base.contract import POINT_CLOUD
from thermal_depth_ros.evaluation.truth.clouds import (
    Projector,
    Sweep,
    read_labelled_sweep,
    read_sweep,
)
from thermal_depth_ros.evaluation.truth.label_maps import LabelMap
from thermal_depth_ros.evaluation.truth.labels import LabelFiles, read_label_file
from thermal_depth_ros.evaluation.truth.stamped_stream import StampedStream
from thermal_depth_ros.messages.depth_reader import depth_from_message
from thermal_depth_ros.messages.label_reader import labels_from_message

T = TypeVar('T')


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


class StreamSource(Generic[T]):
    """Ground truth from the messages of a topic."""

    def __init__(
        self, stream: StampedStream[T], convert: Callable[[T, int, int], np.ndarray]
    ) -> None:
        """Combine a stream with a function (value, own stamp, requested stamp) -> map."""
        self.name = self.where = stream.topic
        self._stream, self._convert = stream, convert

    def has(self, stamp_ns: int) -> bool:
        """Whether there is ground truth for a frame."""
        return self._stream.has(stamp_ns)

    def at(self, stamp_ns: int) -> np.ndarray | None:
        """Return the ground truth of a frame."""
        found = self._stream.at(stamp_ns)
        return None if found is None else self._convert(found[1], found[0], stamp_ns)

    @property
    def span_ns(self) -> tuple[int, int] | None:
        """First and last stamp so far."""
        first, last = self._stream.first_ns, self._stream.last_ns
        return None if first is None or last is None else (first, last)

    @property
    def problem(self) -> str:
        """Problem of parts of it; '' if there is none."""
        return self._stream.problem

    @property
    def unreadable(self) -> bool:
        """Whether there were messages for frames, but none could be read."""
        return bool(self._stream.unreadable) and not self._stream.read


class FileSource:
    """Class ids from label images in a folder."""

    def __init__(self, name: str, files: LabelFiles, label_map: LabelMap) -> None:
        self.name = self.where = name
        self._files, self._map = files, label_map

    def has(self, stamp_ns: int) -> bool:
        """Whether there is ground truth for a frame."""
        return self._files.find(stamp_ns) is not None

    def at(self, stamp_ns: int) -> np.ndarray | None:
        """Return the class ids of a frame."""
        path = self._files.find(stamp_ns)
        if path is None:
            return None
        self.where = str(path)
        return self._map.apply(read_label_file(path).astype(np.int64), self.where)

    @property
    def span_ns(self) -> tuple[int, int] | None:
        """First and last stamp."""
        return self._files.first_ns, self._files.last_ns

    @property
    def problem(self) -> str:
        """Return '': an unreadable file ends the evaluation."""
        return ''

    @property
    def unreadable(self) -> bool:
        """Return False: an unreadable file ends the evaluation."""
        return False


def depth_source(
    topic: str, type_name: str, records: Any, tolerance_s: float, projector: Projector | None
) -> TruthSource:
    """Return true depth from depth images, or from clouds through a projector."""
    if type_name == POINT_CLOUD:
        assert projector is not None, 'clouds need one'
        clouds = StampedStream(topic, records, read_sweep, tolerance_s)
        return StreamSource(
            clouds, lambda sweep, own, wanted: projector.depth_m(_at(sweep, own), wanted)
        )
    images = StampedStream(topic, records, depth_from_message, tolerance_s)
    return StreamSource(images, lambda depth_m, *_: depth_m)


def label_source(
    topic: str,
    type_name: str,
    records: Any,
    tolerance_s: float,
    projector: Projector | None,
    label_map: LabelMap,
) -> TruthSource:
    """Return true classes from label images, or from labelled clouds through a projector."""
    if type_name == POINT_CLOUD:
        assert projector is not None, 'clouds need one'
        clouds = StampedStream(topic, records, read_labelled_sweep, tolerance_s)
        return StreamSource(
            clouds,
            lambda sweep, own, wanted: label_map.apply(
                projector.labels(_at(sweep, own), wanted), topic
            ),
        )
    images = StampedStream(topic, records, labels_from_message, tolerance_s)
    return StreamSource(
        images, lambda labels, _, wanted: label_map.apply(labels, f'{topic} at {wanted} ns')
    )


def _at(sweep: Sweep, stamp_ns: int) -> Sweep:
    """Return a sweep with the stamp of the recording, as its own may be zero."""
    return dataclasses.replace(sweep, stamp_ns=stamp_ns)
