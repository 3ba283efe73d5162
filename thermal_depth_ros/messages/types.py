# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Common interface of the message constructors of both libraries.

`ros_types` makes messages for rclpy, `bag_types` makes messages for rosbags. Field names are the
same; the types of byte and double arrays differ.
"""

import abc
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

MESSAGE_NAMES = {
    'Time': 'builtin_interfaces/msg/Time',
    'Header': 'std_msgs/msg/Header',
    'Image': 'sensor_msgs/msg/Image',
    'CompressedImage': 'sensor_msgs/msg/CompressedImage',
    'CameraInfo': 'sensor_msgs/msg/CameraInfo',
    'RegionOfInterest': 'sensor_msgs/msg/RegionOfInterest',
    'PointCloud2': 'sensor_msgs/msg/PointCloud2',
    'PointField': 'sensor_msgs/msg/PointField',
    'Odometry': 'nav_msgs/msg/Odometry',
    'Point': 'geometry_msgs/msg/Point',
    'Vector3': 'geometry_msgs/msg/Vector3',
    'Quaternion': 'geometry_msgs/msg/Quaternion',
    'Pose': 'geometry_msgs/msg/Pose',
    'PoseWithCovariance': 'geometry_msgs/msg/PoseWithCovariance',
    'PoseStamped': 'geometry_msgs/msg/PoseStamped',
    'PoseWithCovarianceStamped': 'geometry_msgs/msg/PoseWithCovarianceStamped',
    'Twist': 'geometry_msgs/msg/Twist',
    'TwistWithCovariance': 'geometry_msgs/msg/TwistWithCovariance',
    'Transform': 'geometry_msgs/msg/Transform',
    'TransformStamped': 'geometry_msgs/msg/TransformStamped',
    'TFMessage': 'tf2_msgs/msg/TFMessage',
    'LabelInfo': 'vision_msgs/msg/LabelInfo',
    'VisionClass': 'vision_msgs/msg/VisionClass',
    'DiagnosticArray': 'diagnostic_msgs/msg/DiagnosticArray',
    'DiagnosticStatus': 'diagnostic_msgs/msg/DiagnosticStatus',
    'KeyValue': 'diagnostic_msgs/msg/KeyValue',
    'Clock': 'rosgraph_msgs/msg/Clock',
}


class MessageTypes(abc.ABC):
    """Message constructors as attributes (`types.Image(...)`), looked up when first used.

    Every field must be given by keyword, as one of the libraries has no defaults.
    """

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name not in MESSAGE_NAMES:
            raise AttributeError(f'{type(self).__name__} has no message {name!r}')
        constructor = self.message_class(MESSAGE_NAMES[name])
        setattr(self, name, constructor)
        return constructor

    @abc.abstractmethod
    def message_class(self, type_name: str) -> type:
        """Return the class of a message type such as 'sensor_msgs/msg/Image'.

        Raises:
            MessageError: The type is not available; the message names what is missing.
        """

    @abc.abstractmethod
    def octets(self, n_bytes: int) -> tuple[Any, np.ndarray]:
        """Make the value of a `uint8[]` field; its content is arbitrary until written.

        Returns:
            The value for the field, and a writable view (n_bytes,) uint8 of the same memory.
        """

    @abc.abstractmethod
    def with_data(self, kind: Any, stamp_ns: int, frame_id: str, data: Any, **fields: Any) -> Any:
        """Build a message with a header and a field `data` that `octets` or `octets_of` made.

        Args:
            kind: Class Image, CompressedImage or PointCloud2 of these types.
            stamp_ns: Acquisition time.
            frame_id: Optical frame of the camera.
            data: Content, not copied.
            fields: All other fields.

        Raises:
            MessageError: The stamp cannot be represented.
        """

    @abc.abstractmethod
    def doubles(self, values: Sequence[float]) -> Any:
        """Make the value of a `float64[]` field."""

    @abc.abstractmethod
    def octet(self, value: int) -> Any:
        """Make the value of a `byte` field."""

    def octets_of(self, array: np.ndarray) -> Any:
        """Make the value of a `uint8[]` field from the bytes of an array, copied once.

        The bytes are those of the C-contiguous array in native byte order, independent of the
        strides and the byte order of `array`.
        """
        value, view = self.octets(array.nbytes)
        if array.flags.c_contiguous and array.dtype.isnative:
            view[:] = array.reshape(-1).view(np.uint8)
        else:
            native = array.dtype.newbyteorder('=')
            np.copyto(view.view(native).reshape(array.shape), array)
        return value
