# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Streams of the topics of a recording, under other names and in other frames."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from thermal_depth_ros.bags.errors import BagError
from thermal_depth_ros.bags.recording import Record, Recording
from thermal_depth_ros.datasets.sequence import Stream
from thermal_depth_ros.messages.bag_types import bag_typestore


def recorded_stamps(recording: Recording, topics: list[str]) -> dict[str, np.ndarray]:
    """Return the stamps (N,) int64 of the messages of topics, in their order in the recording.

    Messages whose stamp cannot be read are left out.
    """
    found: dict[str, list[int]] = {topic: [] for topic in topics}
    for record in recording.read(topics):
        stamp = _stamp(record)
        if stamp is not None:
            found[record.topic].append(stamp)
    return {topic: np.array(stamps, np.int64) for topic, stamps in found.items()}


def recorded_stream(
    recording: Recording, topic: str, stamps_ns: np.ndarray, renamed: str, frame_id: str
) -> Stream:
    """Return the stream of a topic, with another name and frame; to be read once, in order.

    Args:
        recording: Recording, which must stay open.
        topic: Topic in the recording.
        stamps_ns: Stamps of its messages, of `recorded_stamps`.
        renamed: Topic of the stream.
        frame_id: Frame of the messages.
    """
    records: Iterator[Record] = (r for r in recording.read([topic]) if _stamp(r) is not None)
    type_name, store = recording.topics[topic].type, bag_typestore()

    def build(_index: int, _stamp_ns: int) -> Any:
        record = next(records, None)
        if record is None:
            return None
        message: Any = store.deserialize_cdr(record.cdr(), type_name)
        message.header.frame_id = frame_id
        stamp = message.header.stamp
        stamp.sec, stamp.nanosec = divmod(record.stamp_ns, 10**9)
        return message

    return Stream(renamed, type_name, stamps_ns, build)


def first_topic(topics: Mapping[str, Any], names: list[str]) -> str:
    """Return the first of some topics that is there and has messages, '' where none is."""
    return next((name for name in names if name in topics and topics[name].count), '')


def _stamp(record: Record) -> int | None:
    try:
        return record.stamp_ns
    except BagError:
        return None
