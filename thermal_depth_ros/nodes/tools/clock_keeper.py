# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Continues /clock after a replay, so that nodes measure the latency of their last frames."""

import contextlib
import threading
import time
from collections.abc import Iterator
from typing import Any

from rclpy.node import Node

from thermal_depth_ros.base import contract
from thermal_depth_ros.messages.ros_types import ros_types
from thermal_depth_ros.messages.stamps import clock_message, time_ns
from thermal_depth_ros.nodes.qos import input_qos
from thermal_depth_ros.nodes.tools.observer import observer

PERIOD_S = 0.01
# A replay at its end is finished after this long without messages.
SILENCE_S = 0.05
NEAR_END_NS = 100_000_000


class _ClockKeeper:
    """Follows /clock and continues it once it stops at the end of the recording."""

    def __init__(self, node: Node, end_ns: int, rate: float) -> None:
        self._end_ns, self._rate = end_ns, rate
        self._last: tuple[int, float] | None = None  # time of /clock, monotonic time it came
        self._keeping = False
        clock_class = ros_types().Clock
        self._publisher = node.create_publisher(clock_class, contract.CLOCK_TOPIC, 1)
        node.create_subscription(clock_class, contract.CLOCK_TOPIC, self._follow, input_qos())
        node.create_timer(PERIOD_S, self._tick)

    def _follow(self, message: Any) -> None:
        # Own messages are received as well.
        if not self._keeping:
            self._last = time_ns(message.clock), time.monotonic()

    def _tick(self) -> None:
        if self._last is None:
            return
        clock_ns, came_s = self._last
        silent_s = time.monotonic() - came_s
        if clock_ns < self._end_ns - NEAR_END_NS or silent_s < SILENCE_S:
            return
        self._keeping = True
        now_ns = clock_ns + round(silent_s * self._rate * 1e9)
        self._publisher.publish(clock_message(ros_types(), now_ns))


@contextlib.contextmanager
def clock_keeper(end_ns: int, rate: float) -> Iterator[None]:
    """Continue /clock within the context after the end of the recording.

    Args:
        end_ns: Time of the last message of the recording.
        rate: Seconds of /clock per second.
    """
    stopping = threading.Event()
    with observer('clock_keeper') as (node, executor):
        _ClockKeeper(node, end_ns, rate)

        def spin() -> None:
            while not stopping.is_set():
                executor.spin_once(timeout_sec=0.1)

        thread = threading.Thread(target=spin, name='clock keeper', daemon=True)
        thread.start()
        try:
            yield
        finally:
            stopping.set()
            thread.join()
