# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""A temporary, silent node to observe a graph."""

import contextlib
import os
from collections.abc import Iterator

import rclpy
from rclpy.context import Context
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node

from thermal_depth_ros.base import shared_memory


@contextlib.contextmanager
def observer(name: str, domain: int | None = None) -> Iterator[tuple[Node, SingleThreadedExecutor]]:
    """Create a node in its own context, without parameter services and log topic.

    Args:
        name: Name of the node; the process id is appended, so that several can run at once.
        domain: ROS domain; that of the environment when None.

    Yields:
        The node, and the executor that spins it.
    """
    shared_memory.reclaim()
    context = Context()
    rclpy.init(args=[], context=context, domain_id=domain)
    node = rclpy.create_node(
        f'{name}_{os.getpid()}',
        context=context,
        start_parameter_services=False,
        enable_rosout=False,
    )
    shared_memory.make_private()
    executor = SingleThreadedExecutor(context=context)
    executor.add_node(node)
    try:
        yield node, executor
    finally:
        executor.shutdown()
        node.destroy_node()
        rclpy.try_shutdown(context=context)
