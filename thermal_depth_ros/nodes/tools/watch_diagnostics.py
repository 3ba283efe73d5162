# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Waits until camera nodes have processed all frames."""

import contextlib
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from rclpy.executors import SingleThreadedExecutor

from thermal_depth_ros.base import contract
from thermal_depth_ros.messages.diagnostics import statuses_of
from thermal_depth_ros.messages.ros_types import ros_types
from thermal_depth_ros.nodes import qos
from thermal_depth_ros.nodes.tools.observer import observer

SETTLE_S = 0.5  # older reports, and frames on their way to a callback, have been taken after this
_LOST = contract.DROPPED_PREFIX + contract.LOST_ON_THE_WAY


class DiagnosticsWatch:
    """Keeps the last reported values of each node."""

    def __init__(self, executor: SingleThreadedExecutor, names: Sequence[str]) -> None:
        """Use `diagnostics_watch`, which creates and removes the node."""
        self._executor = executor
        self._values: dict[str, dict[str, str]] = {name: {} for name in names}

    def take(self, message: Any) -> None:
        """Record one DiagnosticArray."""
        for status in statuses_of(message):
            name = status.name.partition(':')[0].rpartition('/')[2]
            if name in self._values:
                self._values[name].update(status.values)

    def wait_until_idle(self, timeout_s: float, alive: Callable[[], bool] = lambda: True) -> bool:
        """Block until every frame received is accounted for; False on a timeout."""
        end = time.monotonic() + timeout_s
        settled = time.monotonic() + SETTLE_S
        while time.monotonic() < settled and alive():
            self._executor.spin_once(timeout_sec=0.1)
        # Only later reports include the last frames.
        self._values = {name: {} for name in self._values}
        while time.monotonic() < end and alive():
            self._executor.spin_once(timeout_sec=0.1)
            if all(unaccounted(values) == 0 for values in self._values.values()):
                return True
        return False


def unaccounted(values: dict[str, str]) -> int | None:
    """Return how many frames a node has received and not finished; None before it reported."""
    if not values.keys() >= {contract.FRAMES_RECEIVED, contract.FRAMES_PUBLISHED}:
        return None
    done = int(values[contract.FRAMES_PUBLISHED])
    done += int(values.get(contract.FRAMES_UNWANTED, 0))
    for key, value in values.items():
        if key.startswith(contract.DROPPED_PREFIX) and key != _LOST:
            done += int(value)
    return int(values[contract.FRAMES_RECEIVED]) - done


@contextlib.contextmanager
def diagnostics_watch(names: Sequence[str]) -> Iterator[DiagnosticsWatch]:
    """Watch nodes with these names, in a separate context."""
    with observer('diagnostics_watch') as (node, executor):
        watch = DiagnosticsWatch(executor, names)
        node.create_subscription(
            ros_types().DiagnosticArray, contract.DIAGNOSTICS_TOPIC, watch.take, qos.output_qos()
        )
        yield watch
