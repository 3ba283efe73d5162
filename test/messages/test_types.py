# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
import pytest

from thermal_depth_ros.messages.errors import MessageError


def test_unknown_types_are_named(types):
    with pytest.raises(MessageError, match='nobody_msgs/msg/Nothing'):
        types.message_class('nobody_msgs/msg/Nothing')
    with pytest.raises(MessageError, match='sensor_msgs/msg/Nothing'):
        types.message_class('sensor_msgs/msg/Nothing')
    with pytest.raises(AttributeError, match='Nothing'):
        types.Nothing  # noqa: B018
