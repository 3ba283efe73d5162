# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Publishes the diagnostics of a node at a fixed rate, even if simulated time stands still."""

from collections.abc import Callable

from rclpy.clock import Clock

from thermal_depth_ros.base import contract
from thermal_depth_ros.messages.diagnostics import diagnostic_array
from thermal_depth_ros.messages.types import MessageTypes
from thermal_depth_ros.nodes import qos
from thermal_depth_ros.nodes.endpoints import Endpoints
from thermal_depth_ros.nodes.statuses import NodeStatus


class DiagnosticsReporter:
    """A timer and a publisher."""

    def __init__(
        self,
        endpoints: Endpoints,
        types: MessageTypes,
        steady: Clock,
        period_s: float,
        statuses: Callable[[], list[NodeStatus]],
        hardware_id: Callable[[], str],
    ) -> None:
        """Start reporting.

        Args:
            endpoints: Endpoints of the node.
            types: Constructors of messages.
            steady: Clock that never stands still.
            period_s: Time between two reports.
            statuses: Returns the statuses of each report.
            hardware_id: Returns the hardware id of each report.
        """
        self._node, self._types, self._statuses = endpoints.node, types, statuses
        self._hardware_id = hardware_id
        self._name = self._node.get_fully_qualified_name().lstrip('/')
        self._publisher = endpoints.constant_publisher(
            types.message_class(contract.DIAGNOSTICS), contract.DIAGNOSTICS_TOPIC, qos.output_qos()
        )
        self._timer = self._node.create_timer(period_s, self._report, endpoints.group, clock=steady)

    def destroy(self) -> None:
        """Stop reporting."""
        self._node.destroy_timer(self._timer)

    def _report(self) -> None:
        now_ns = self._node.get_clock().now().nanoseconds
        message = diagnostic_array(
            self._types, now_ns, self._name, self._statuses(), self._hardware_id()
        )
        self._publisher.publish(message)
