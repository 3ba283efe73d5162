# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Lifecycle state of a node, failed transitions, and autostart with retries."""

from collections.abc import Callable

from rclpy.clock import Clock
from rclpy.lifecycle import LifecycleNode
from rclpy.timer import Timer

from thermal_depth_ros.messages.diagnostics import Level
from thermal_depth_ros.nodes.config import EXIT, RETRY
from thermal_depth_ros.nodes.statuses import NodeStatus

UNCONFIGURED, INACTIVE, ACTIVE, FINALIZED = 'unconfigured', 'inactive', 'active', 'finalized'


class Life:
    """State of a node and the reason of a failed transition, for diagnostics."""

    def __init__(self) -> None:
        self.state = UNCONFIGURED
        self.failure = ''
        self.failures = 0
        self.outlook = ''  # what happens next after a failure

    def reached(self, state: str) -> None:
        """Record a reached state and clear earlier failures."""
        self.state, self.failure, self.outlook = state, '', ''

    def failed(self, reason: str) -> None:
        """Record why a transition failed; the state is unchanged."""
        self.failure = reason
        self.failures += 1

    def status(self) -> NodeStatus:
        """Return the diagnostics of the lifecycle."""
        values = {'state': self.state, 'failed transitions': str(self.failures)}
        if self.failure:
            message = '; '.join(text for text in (self.failure, self.outlook) if text)
            return NodeStatus('lifecycle', Level.ERROR, message, values)
        return NodeStatus('lifecycle', Level.OK, self.state, values)


class AutoStart:
    """Configures and activates a node at start-up, and handles `on_configure_failure`."""

    def __init__(
        self, node: LifecycleNode, life: Life, clock: Clock, leave: Callable[[], None]
    ) -> None:
        """Start as soon as the node is spun.

        Args:
            node: Node with the parameters of NodeConfig.
            life: Life of the node.
            clock: One that never stands still.
            leave: Ends the process.
        """
        self._node, self._life, self._clock, self._leave = node, life, clock, leave
        self.gave_up = False
        self._timer: Timer = node.create_timer(0.0, self._start, clock=clock)

    def _start(self) -> None:
        self._node.destroy_timer(self._timer)
        if self._life.failures and not self._life.failure:
            return  # a lifecycle manager has configured it meanwhile
        if self._bring_up():
            return
        policy = self._node.get_parameter('on_configure_failure').value
        if policy == RETRY:
            period_s = float(self._node.get_parameter('retry_period_s').value)
            self._life.outlook = f'tried again every {period_s:g} s'
            self._timer = self._node.create_timer(period_s, self._start, clock=self._clock)
        elif policy == EXIT:
            self.gave_up = True
            self._leave()
        else:
            self._life.outlook = 'waits for a configure request (on_configure_failure: stay)'

    def _bring_up(self) -> bool:
        if self._life.state == UNCONFIGURED:
            self._node.trigger_configure()
        if self._life.state == INACTIVE:
            self._node.trigger_activate()
        return self._life.state == ACTIVE
