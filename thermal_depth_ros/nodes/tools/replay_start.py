# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Conditions that a replay waits for before its first message."""

import time
from collections.abc import Sequence

from rclpy.node import Node
from rclpy.publisher import Publisher

from thermal_depth_ros.base.stopping import StopRequest
from thermal_depth_ros.nodes.tools.watch_lifecycle import lifecycle_watch

_POLL_S = 0.05  # longest delay of a signal
# A node that is active has its subscriptions; on one machine they find a publisher within this.
_MATCHING_S = 5.0
# Subscribers learn of the publishers at the same time, not at the same moment; and nodes work for
# those whose subscription to their outputs they know of, which they have to learn meanwhile.
_SETTLING_S = 1.0


def wait_for_subscribers(
    node: Node, publishers: Sequence[Publisher], timeout_s: float, stop: StopRequest
) -> None:
    """Block until every topic has a subscriber; warn of topics without one."""
    deadline = time.monotonic() + timeout_s
    while not stop.asked:
        alone = [p.topic_name for p in publishers if not p.get_subscription_count()]
        if not alone:
            return
        if time.monotonic() >= deadline:
            node.get_logger().warning(f'no subscribers for {", ".join(alone)}')
            return
        time.sleep(_POLL_S)


def wait_for_nodes(
    node: Node,
    names: Sequence[str],
    publishers: Sequence[Publisher],
    timeout_s: float,
    stop: StopRequest,
) -> None:
    """Block until lifecycle nodes are active and connected; warn of those that fail.

    Args:
        node: Node whose graph and logger are used.
        names: Full names of the nodes.
        publishers: Publishers the nodes may have subscribed to.
        timeout_s: Longest wait for the nodes.
        stop: Stop request.
    """
    node.get_logger().info(f'waiting for {", ".join(names)} to be ready')
    with lifecycle_watch(names) as watch:
        if not watch.wait_until_active(timeout_s, lambda: not stop.asked) and not stop.asked:
            rest = ', '.join(f'{name} ({state})' for name, state in watch.waiting.items())
            node.get_logger().warning(f'not active after {timeout_s:g} s: {rest}')
            return
    _wait_for_matches(node, publishers, stop)


def _wait_for_matches(node: Node, publishers: Sequence[Publisher], stop: StopRequest) -> None:
    """Block until every compatible subscription in the graph is connected."""
    deadline = time.monotonic() + _MATCHING_S
    while not stop.asked and time.monotonic() < deadline:
        known = (node.count_subscribers(p.topic_name) for p in publishers)
        if all(p.get_subscription_count() >= n for p, n in zip(publishers, known, strict=True)):
            break
        time.sleep(_POLL_S)
    time.sleep(_SETTLING_S)
