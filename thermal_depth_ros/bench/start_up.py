# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Time from the start of the vehicle process until both nodes are active."""

import tempfile
import time
from pathlib import Path

from thermal_depth_ros.bench.graph import NODES, PASSTHROUGH
from thermal_depth_ros.bench.measurement import Measurement
from thermal_depth_ros.bench.processes import VEHICLE, Running, private_graph

MAX_S = 5.0
GIVE_UP_S = 120.0
GROUP = 'start-up'


def seconds_to_active(arguments: tuple[str, ...]) -> float:
    """Start a vehicle, wait until its nodes are active, stop it.

    Raises:
        BenchError: The nodes do not become active; carries the last lines of the log.
    """
    from thermal_depth_ros.nodes.tools.watch_lifecycle import lifecycle_watch

    with (
        tempfile.TemporaryDirectory() as folder,
        private_graph(),
        lifecycle_watch(NODES) as watch,
    ):
        start = time.monotonic()
        vehicle = Running((*VEHICLE, *arguments), Path(folder, 'vehicle.log'))
        try:
            active = watch.wait_until_active(GIVE_UP_S, lambda: vehicle.alive)
            taken = time.monotonic() - start
        finally:
            vehicle.stop()
        if not active:
            raise vehicle.failure('did not become active')
        return taken


def run_start_up() -> list[Measurement]:
    """Measure with the pass-through, which needs no weights, and with the default bundles."""
    return [
        Measurement(
            GROUP, 'to active, without weights', seconds_to_active(PASSTHROUGH), 's', MAX_S
        ),
        Measurement(GROUP, 'to active, default bundles', seconds_to_active(()), 's'),
    ]
