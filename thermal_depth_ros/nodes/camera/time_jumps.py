# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Detects backward jumps of the clock of a node, as when a recording loops."""

from collections.abc import Callable

from rclpy.clock import Clock, JumpHandle, JumpThreshold, TimeJump
from rclpy.duration import Duration


def watch_for_jumps(clock: Clock, jumped: Callable[[float], None]) -> JumpHandle:
    """Call a function with the seconds of every backward jump or change of the time source.

    A forward jump is an ordinary gap between two frames.

    Returns:
        A handle whose `unregister` removes the callback.
    """

    def report(jump: TimeJump) -> None:
        jumped(jump.delta.nanoseconds * 1e-9)

    threshold = JumpThreshold(
        min_forward=None, min_backward=Duration(nanoseconds=-1), on_clock_change=True
    )
    return clock.create_jump_callback(threshold, post_callback=report)
