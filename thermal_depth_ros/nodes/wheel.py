# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Wheel odometry, for the metric scale."""

from typing import Any

from thermal_depth_ros import contract
from thermal_depth_ros.inference.metric_scale import WheelScale
from thermal_depth_ros.messages.stamps import stamp_ns
from thermal_depth_ros.messages.types import MessageTypes
from thermal_depth_ros.nodes import qos
from thermal_depth_ros.nodes.endpoints import Endpoints


def listen_to_wheels(endpoints: Endpoints, types: MessageTypes, scale: WheelScale) -> None:
    """Feed the positions of `wheel/odometry` to a scale."""
    topic = endpoints.node.resolve_topic_name(contract.WHEEL_ODOMETRY_TOPIC)

    def take(message: Any) -> None:
        p = message.pose.pose.position
        if not scale.add(stamp_ns(message.header), (p.x, p.y, p.z)):
            endpoints.notices.warn(
                'wheel', f'{topic}: position ({p.x:g}, {p.y:g}, {p.z:g}) is of no use'
            )

    message_class = types.message_class(contract.ODOMETRY)
    endpoints.subscribe(message_class, contract.WHEEL_ODOMETRY_TOPIC, take, qos.input_qos())
