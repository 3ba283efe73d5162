# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Publishes the diagnostics of a node at a steady rate, also while simulated time stands still."""

from collections.abc import Callable

from rclpy.callback_groups import CallbackGroup
from rclpy.clock import Clock
from rclpy.node import Node

from thermal_depth_ros import contract
from thermal_depth_ros.messages.diagnostics import diagnostic_array
from thermal_depth_ros.messages.types import MessageTypes
from thermal_depth_ros.nodes import qos
from thermal_depth_ros.nodes.parts import Part

TOPIC = '/diagnostics'


class DiagnosticsReporter:
    """A timer and a publisher."""

    def __init__(
        self,
        node: Node,
        types: MessageTypes,
        group: CallbackGroup,
        steady: Clock,
        period_s: float,
        parts: Callable[[], list[Part]],
    ) -> None:
        """Start to report.

        Args:
            node: whose diagnostics they are.
            types: constructors of messages.
            group: callback group of the timer.
            steady: a clock that never stands still.
            period_s: time between two reports.
            parts: asked for every report; names are those of the parts of the node.
        """
        self._node, self._types, self._parts = node, types, parts
        self._name = node.get_fully_qualified_name().lstrip('/')
        self._publisher = node.create_publisher(
            types.message_class(contract.DIAGNOSTICS),
            TOPIC,
            qos.output_qos(),
            callback_group=group,
            qos_overriding_options=qos.overriding(),
        )
        self._timer = node.create_timer(period_s, self._report, group, clock=steady)

    def destroy(self) -> None:
        """Stop reporting."""
        self._node.destroy_timer(self._timer)
        self._node.destroy_publisher(self._publisher)

    def _report(self) -> None:
        now_ns = self._node.get_clock().now().nanoseconds
        message = diagnostic_array(self._types, now_ns, self._name, self._parts())
        self._publisher.publish(message)
