# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Notice when the clock of a node goes back, as at the start of a looping recording."""

from collections.abc import Callable

from rclpy.clock import Clock, JumpHandle, JumpThreshold, TimeJump
from rclpy.duration import Duration


def watch_for_jumps(clock: Clock, jumped: Callable[[float], None]) -> JumpHandle:
    """Call a function with the seconds of every jump back, and of a change of the time source.

    A jump forward needs no care: it is a gap between two frames like any other.

    Returns:
        A handle whose `unregister` ends the watch.
    """

    def report(jump: TimeJump) -> None:
        jumped(jump.delta.nanoseconds * 1e-9)

    threshold = JumpThreshold(
        min_forward=None, min_backward=Duration(nanoseconds=-1), on_clock_change=True
    )
    return clock.create_jump_callback(threshold, post_callback=report)
