# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Runs nodes in one process until a signal.

Each node has its own executor and thread, so that one camera never waits while the other loads
its model. The main thread only waits for signals: Python runs their handlers only there, so it
must not be blocked.
"""

import sys
import threading
import time
from collections.abc import Callable, Sequence

import rclpy
from rclpy.exceptions import InvalidHandle
from rclpy.executors import ExternalShutdownException, SingleThreadedExecutor
from rclpy.node import Node
from rclpy.signals import SignalHandlerOptions

from thermal_depth_ros.base import shared_memory
from thermal_depth_ros.base.allocator import keep_freed_memory
from thermal_depth_ros.base.stopping import GRACE_S, LEAVE_AFTER_S, StopRequest, leave_now
from thermal_depth_ros.base.unexpected import report
from thermal_depth_ros.nodes import transport

WRONG_CALL = 2
NodeFactory = Callable[[], Node]


class NodeThread:
    """Spins one node; an error in a callback is logged and does not end it."""

    def __init__(self, node: Node) -> None:
        self.node = node
        shared_memory.make_private()
        self._executor = SingleThreadedExecutor()
        self._executor.add_node(node)
        self._stopping = False
        self._thread = threading.Thread(target=self._spin, name=node.get_name(), daemon=True)
        self._thread.start()

    def stop(self, deadline_s: float) -> bool:
        """Stop spinning and destroy the node. Return False if it is busy past the deadline.

        Args:
            deadline_s: Deadline on the clock of time.monotonic.
        """
        self._stopping = True
        self._executor.shutdown(timeout_sec=0)
        self._thread.join(max(0.0, deadline_s - time.monotonic()))
        if self._thread.is_alive():
            return False
        self.node.destroy_node()
        return True

    def _spin(self) -> None:
        while not self._stopping:
            try:
                self._executor.spin_once()
            except ExternalShutdownException:
                return
            except InvalidHandle:
                continue  # an entity was destroyed while the executor waited on it
            except Exception as error:  # boundary of every callback: report and continue
                report('a callback', error, self.node.get_logger().error)


def run_nodes(
    factories: Sequence[NodeFactory], args: Sequence[str], stop: StopRequest | None = None
) -> int:
    """Make nodes and run them until SIGINT or SIGTERM.

    Args:
        factories: Make one node each, after rclpy was initialised.
        args: Command line arguments for ROS (`--ros-args ...`).
        stop: Signal handlers that are already installed; installed here when None.

    Returns:
        Exit code: 0 after a signal; that of a node (`exit_code`) which ended the process itself; 2
        where the ROS arguments are wrong.
    """
    if stop is None:
        stop = StopRequest()
        stop.install(LEAVE_AFTER_S)
    keep_freed_memory()
    transport.prepare()
    try:
        rclpy.init(args=list(args), signal_handler_options=SignalHandlerOptions.NO)
    except RuntimeError as error:  # unknown ROS arguments, or an unreadable parameter file
        unknown = 'unknown ROS arguments: ' if 'UnknownROSArgs' in type(error).__name__ else ''
        print(f'error: {unknown}{str(error).splitlines()[0]}', file=sys.stderr)
        return WRONG_CALL
    threads = []
    for factory in factories:
        if not stop.asked:
            threads.append(NodeThread(factory()))
    stop.wait()
    deadline_s = time.monotonic() + GRACE_S
    stopped = [thread.stop(deadline_s) for thread in threads]
    code = max((getattr(thread.node, 'exit_code', 0) for thread in threads), default=0)
    if not all(stopped):
        leave_now(code)
    rclpy.try_shutdown()
    return code
