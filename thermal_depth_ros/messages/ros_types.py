# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Messages that rclpy publishes. The ROS packages are imported when a message is first made."""

import array
import functools
import importlib
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from thermal_depth_ros.messages.buffers import OctetPool
from thermal_depth_ros.messages.errors import MessageError
from thermal_depth_ros.messages.stamps import split_time
from thermal_depth_ros.messages.types import MessageTypes


class RosTypes(MessageTypes):
    """The classes that rosidl generated.

    Octets are `array.array('B')`: the one type that the setters take without looking at every
    element. Their memory is used again once the message is gone.
    """

    def __init__(self) -> None:
        self._pool = OctetPool()

    def message_class(self, type_name: str) -> type:
        """Return the class of a message type such as 'sensor_msgs/msg/Image'."""
        package, _, name = type_name.split('/')
        try:
            found: type = getattr(importlib.import_module(f'{package}.msg'), name)
            return found
        except ImportError as error:
            reason = f'the package {package} cannot be imported here ({error})'
            raise MessageError('message type', type_name, reason) from error
        except AttributeError:
            reason = f'the package {package} has no such message'
            raise MessageError('message type', type_name, reason) from None

    def octets(self, n_bytes: int) -> 'tuple[array.array[int], np.ndarray]':
        """Make the value of a `uint8[]` field and a writable view of it."""
        buffer = self._pool.take(n_bytes)
        return buffer, np.frombuffer(buffer, np.uint8)

    def with_data(
        self,
        message_class: Callable[..., Any],
        stamp_ns: int,
        frame_id: str,
        data: Any,
        **fields: Any,
    ) -> Any:
        """Build a message with a header and these octets in its field `data`."""
        # Constructors copy an array element by element. Setters take an `array.array` as it is,
        # but since Iron only while they check their values.
        message = message_class(**fields, **_checking(message_class))
        # Every constructor makes a header of its own; to fill it costs less than another one.
        stamp = message.header.stamp
        stamp.sec, stamp.nanosec = split_time(stamp_ns)
        message.header.frame_id = frame_id
        message.data = data
        return message

    def doubles(self, values: Sequence[float]) -> 'array.array[float]':
        """Make the value of a `float64[]` field."""
        return array.array('d', values)

    def octet(self, value: int) -> bytes:
        """Make the value of a `byte` field."""
        return bytes([value])


@functools.cache
def _checking(message_class: Callable[..., Any]) -> dict[str, bool]:
    """Return the argument that makes the setters of a message check; Humble has none and does."""
    try:
        message_class(check_fields=True)
    except AssertionError:  # an invalid argument
        return {}
    return {'check_fields': True}


@functools.cache
def ros_types() -> RosTypes:
    """Return the types of this process; its nodes share one pool of buffers."""
    return RosTypes()
