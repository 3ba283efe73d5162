# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Wait from outside until lifecycle nodes are active."""

import contextlib
import time
from collections.abc import Callable, Iterator, Sequence

from lifecycle_msgs.msg import State
from lifecycle_msgs.srv import GetState
from rclpy.client import Client
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node

from thermal_depth_ros.nodes.observer import observer

_ASK_PERIOD_S = 0.02
_ANSWER_S = 0.2


class LifecycleWatch:
    """Asks nodes for their state. Make it before they start, so that only they are waited for."""

    def __init__(self, node: Node, executor: SingleThreadedExecutor, names: Sequence[str]) -> None:
        """Use `lifecycle_watch`, which makes and removes the node behind this."""
        self._executor = executor
        self._clients = [node.create_client(GetState, f'{name}/get_state') for name in names]

    def wait_until_active(self, timeout_s: float, alive: Callable[[], bool] = lambda: True) -> bool:
        """Block until all nodes are active; False on a timeout or when `alive` says no."""
        end = time.monotonic() + timeout_s
        waiting = list(self._clients)
        while waiting and alive():
            if time.monotonic() > end:
                return False
            waiting = [client for client in waiting if not self._is_active(client)]
            time.sleep(_ASK_PERIOD_S)
        return not waiting

    def _is_active(self, client: Client) -> bool:
        if not client.service_is_ready():
            return False
        future = client.call_async(GetState.Request())
        self._executor.spin_until_future_complete(future, timeout_sec=_ANSWER_S)
        if not future.done():
            client.remove_pending_request(future)
            return False
        return future.result().current_state.id == State.PRIMARY_STATE_ACTIVE


@contextlib.contextmanager
def lifecycle_watch(names: Sequence[str]) -> Iterator[LifecycleWatch]:
    """Make a watch on nodes with these full names, in a context of its own."""
    with observer('lifecycle_watch') as (node, executor):
        yield LifecycleWatch(node, executor, names)
