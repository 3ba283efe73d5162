# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Benchmark of the start of the vehicle, from the process to active nodes."""

import tempfile
import time
from pathlib import Path

from thermal_depth_ros.bench.graph import PASSTHROUGH, node_names
from thermal_depth_ros.bench.measurement import Measurement
from thermal_depth_ros.bench.processes import VEHICLE, Running, private_graph

MAX_START_UP_S = 5.0
MAX_WARM_START_UP_S = 3.0
GIVE_UP_S = 120.0


def seconds_to_active(arguments: tuple[str, ...]) -> float:
    """Start a vehicle, wait until its nodes are active, stop it.

    Raises:
        BenchError: The nodes do not become active; carries the last lines of the log.
    """
    from thermal_depth_ros.nodes.tools.watch_lifecycle import lifecycle_watch

    with (
        tempfile.TemporaryDirectory() as folder,
        private_graph(),
        lifecycle_watch(node_names()) as watch,
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
    group, plain_s = 'start-up', seconds_to_active(PASSTHROUGH)
    first_s = seconds_to_active(())  # networks that this machine has not run yet are exported
    again_s = seconds_to_active(())
    return [
        Measurement(group, 'to active, without weights', plain_s, 's', MAX_START_UP_S),
        Measurement(
            group,
            'to active, default bundles, warm cache',
            again_s,
            's',
            MAX_WARM_START_UP_S,
            detail=f'{first_s:.1f} s the time before',
        ),
    ]
