# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Both libraries of messages, and messages put together field by field."""

import types as std_types
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from thermal_depth_ros.messages.bag_types import bag_types
from thermal_depth_ros.messages.types import MessageTypes


def _ros_types() -> MessageTypes:
    from thermal_depth_ros.messages.errors import MessageError
    from thermal_depth_ros.messages.ros_types import ros_types

    made = ros_types()
    try:
        for name in ('Image', 'Odometry', 'TFMessage', 'LabelInfo', 'DiagnosticArray', 'Clock'):
            getattr(made, name)
    except MessageError as error:
        pytest.skip(str(error))
    return made


@pytest.fixture(params=['bag', pytest.param('ros', marks=pytest.mark.ros)], scope='session')
def types(request: pytest.FixtureRequest) -> MessageTypes:
    """The messages of rosbags, and those of rclpy where they can be imported."""
    return bag_types() if request.param == 'bag' else _ros_types()


@pytest.fixture(scope='session')
def ros() -> MessageTypes:
    """The messages of rclpy."""
    return _ros_types()


@pytest.fixture(scope='session')
def bag() -> MessageTypes:
    """The messages of rosbags."""
    return bag_types()


@pytest.fixture(scope='session')
def image() -> Callable[..., Any]:
    """Put an Image together without any of the code under test."""

    def make(
        encoding: str, height: int, width: int, step: int, data: Any, big: bool = False
    ) -> Any:
        header = std_types.SimpleNamespace(
            stamp=std_types.SimpleNamespace(sec=3, nanosec=5), frame_id='camera_optical'
        )
        return std_types.SimpleNamespace(
            header=header,
            height=height,
            width=width,
            encoding=encoding,
            is_bigendian=int(big),
            step=step,
            data=data,
        )

    return make


@pytest.fixture(scope='session')
def compressed() -> Callable[[bytes, str], Any]:
    """Put a CompressedImage together without any of the code under test."""

    def make(data: bytes, format_: str) -> Any:
        return std_types.SimpleNamespace(format=format_, data=np.frombuffer(data, np.uint8))

    return make
