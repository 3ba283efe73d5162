# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Wheel odometry, for the metric scale."""

from collections.abc import Callable
from typing import Any

from rclpy.callback_groups import CallbackGroup
from rclpy.node import Node

from thermal_depth_ros import contract
from thermal_depth_ros.inference.metric_scale import WheelScale
from thermal_depth_ros.messages.stamps import stamp_ns
from thermal_depth_ros.messages.types import MessageTypes
from thermal_depth_ros.nodes import qos
from thermal_depth_ros.nodes.notices import Notices


def listen_to_wheels(
    node: Node, types: MessageTypes, group: CallbackGroup, notices: Notices, scale: WheelScale
) -> Callable[[], bool]:
    """Feed positions of `wheel/odometry` to a scale until the returned function is called."""
    topic, profile = node.resolve_topic_name(contract.WHEEL_ODOMETRY_TOPIC), qos.input_qos()

    def take(message: Any) -> None:
        p = message.pose.pose.position
        if not scale.add(stamp_ns(message.header), (p.x, p.y, p.z)):
            notices.warn('wheel', f'{topic}: position ({p.x:g}, {p.y:g}, {p.z:g}) is of no use')

    subscription = node.create_subscription(
        types.message_class(contract.ODOMETRY),
        contract.WHEEL_ODOMETRY_TOPIC,
        take,
        profile,
        callback_group=group,
        event_callbacks=qos.subscription_events(topic, profile, notices.warn_once),
        qos_overriding_options=qos.overriding(),
    )
    return lambda: node.destroy_subscription(subscription)
