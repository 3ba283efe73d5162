# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Waits until lifecycle nodes are active."""

import contextlib
import time
from collections.abc import Callable, Iterator, Mapping, Sequence

from lifecycle_msgs.msg import State
from lifecycle_msgs.srv import GetState
from rclpy.client import Client
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node

from thermal_depth_ros.nodes.tools.observer import observer

_ASK_PERIOD_S = 0.02
_ANSWER_S = 0.2
_ACTIVE, _UNKNOWN = 'active', 'not found'


class LifecycleWatch:
    """Queries the state of nodes. Create it before they start, so that only they are waited for."""

    def __init__(self, node: Node, executor: SingleThreadedExecutor, names: Sequence[str]) -> None:
        """Use `lifecycle_watch`, which creates and removes the node."""
        self._executor = executor
        self._clients = {name: node.create_client(GetState, f'{name}/get_state') for name in names}
        self._states = dict.fromkeys(self._clients, _UNKNOWN)

    @property
    def waiting(self) -> Mapping[str, str]:
        """Nodes that were not active at the last query, and their state."""
        return {name: state for name, state in self._states.items() if state != _ACTIVE}

    def wait_until_active(self, timeout_s: float, alive: Callable[[], bool] = lambda: True) -> bool:
        """Block until all nodes are active; False on a timeout or if `alive` returns False."""
        end = time.monotonic() + timeout_s
        self._states = dict.fromkeys(self._clients, _UNKNOWN)
        while self.waiting and alive():
            if time.monotonic() > end:
                return False
            for name in self.waiting:
                self._states[name] = self._state(self._clients[name]) or self._states[name]
            time.sleep(_ASK_PERIOD_S)
        return not self.waiting

    def _state(self, client: Client) -> str:
        """Return the state of a node, '' if it does not respond."""
        if not client.service_is_ready():
            return ''
        future = client.call_async(GetState.Request())
        self._executor.spin_until_future_complete(future, timeout_sec=_ANSWER_S)
        if not future.done():
            client.remove_pending_request(future)
            return ''
        state = future.result().current_state
        return _ACTIVE if state.id == State.PRIMARY_STATE_ACTIVE else str(state.label)


@contextlib.contextmanager
def lifecycle_watch(names: Sequence[str]) -> Iterator[LifecycleWatch]:
    """Watch nodes with these full names, in a separate context."""
    with observer('lifecycle_watch') as (node, executor):
        yield LifecycleWatch(node, executor, names)
