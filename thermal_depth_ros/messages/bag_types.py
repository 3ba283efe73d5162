# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Message types for rosbags: those of ROS 2 Jazzy and of vision_msgs."""

import functools
from collections.abc import Sequence
from typing import Any

import numpy as np
from rosbags.typesys import Stores, get_types_from_msg, get_typestore
from rosbags.typesys.store import Typestore

from thermal_depth_ros.messages.errors import MessageError
from thermal_depth_ros.messages.stamps import header_message
from thermal_depth_ros.messages.types import MessageTypes

# The fields are a wire format: names, types and order are those of vision_msgs 4.
_VISION_MSGS = {
    'vision_msgs/msg/VisionClass': 'uint16 class_id\nstring class_name\n',
    'vision_msgs/msg/LabelInfo': (
        'std_msgs/Header header\nvision_msgs/VisionClass[] class_map\nfloat32 threshold\n'
    ),
}


@functools.cache
def bag_typestore() -> Typestore:
    """Return the rosbags types of everything in the contract."""
    store = get_typestore(Stores.ROS2_JAZZY)
    for name, text in _VISION_MSGS.items():
        store.register(get_types_from_msg(text, name))
    return store


class BagTypes(MessageTypes):
    """The dataclasses of rosbags; arrays are numpy arrays."""

    def __init__(self) -> None:
        self._store = bag_typestore()

    def message_class(self, type_name: str) -> type:
        """Return the class of a message type such as 'sensor_msgs/msg/Image'."""
        if type_name not in self._store.types:
            raise MessageError('message type', type_name, 'unknown to ROS 2 Jazzy and vision_msgs')
        return self._store.types[type_name]

    def octets(self, n_bytes: int) -> tuple[np.ndarray, np.ndarray]:
        """Make the value of a `uint8[]` field and a writable view of it."""
        data = np.empty(n_bytes, np.uint8)
        return data, data

    def with_data(self, kind: Any, stamp_ns: int, frame_id: str, data: Any, **fields: Any) -> Any:
        """Build a message with a header and these octets in its field `data`."""
        return kind(header=header_message(self, stamp_ns, frame_id), data=data, **fields)

    def doubles(self, values: Sequence[float]) -> np.ndarray:
        """Make the value of a `float64[]` field."""
        return np.array(values, np.float64)

    def octet(self, value: int) -> int:
        """Make the value of a `byte` field."""
        return value


@functools.cache
def bag_types() -> BagTypes:
    """Return the types for messages that go into a recording."""
    return BagTypes()
