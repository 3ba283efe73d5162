# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""What a camera node knows about its own well-being."""

import time
from collections.abc import Mapping

from thermal_depth_ros.geometry.mount import MountProblem
from thermal_depth_ros.inference.results import MetricScale, OdometryResult
from thermal_depth_ros.nodes.statistics import Counters, Rate, Window

REPLACED = 'replaced by a newer frame'
UNEXPECTED = 'unexpected error'


class Health:
    """Counts and times of one camera; fed from the executor thread and from the worker."""

    def __init__(self) -> None:
        self.received = Rate()
        self.published = Rate()
        self.latency_ms = Window()  # from the stamp to the last published output, node clock
        self.frame_ms = Window()  # from taking up a message to the last published output
        self.inference_ms = Window()
        self.totals = Counters()  # frames received, published, wanted by nobody; time jumps
        self.drops = Counters()  # frames dropped, by reason
        self.bad_infos = Counters()  # camera_info messages that cannot be used, by field
        self.withheld: Mapping[str, str] = {}  # output -> why it was not made of the last frame
        self.calibration: str | None = None  # what is wrong with the intrinsics
        self.mount: MountProblem | None = None  # what is unlikely about the place of the camera
        self.odometry: OdometryResult | None = None  # of the last frame
        self.scale: MetricScale | None = None  # of the last frame
        self.timings_ms: Mapping[str, float] = {}  # of the last frame
        self.last_received_s: float | None = None  # on time.monotonic
        self._reported_drops = 0

    def arrived(self) -> None:
        """Note a frame from the camera."""
        self.totals.add('received')
        self.received.tick()
        self.last_received_s = time.monotonic()

    def delivered(self, latency_ms: float, frame_ms: float, inference_ms: float) -> None:
        """Note a frame whose outputs were published."""
        self.totals.add('published')
        self.published.tick()
        self.latency_ms.add(latency_ms)
        self.frame_ms.add(frame_ms)
        self.inference_ms.add(inference_ms)

    def new_bad_frames(self) -> int:
        """Return how many frames were dropped since the last call, replaced ones not counted.

        That a newer frame replaces a waiting one is how the node is meant to work.
        """
        drops = self.drops.snapshot()
        bad = sum(count for reason, count in drops.items() if reason != REPLACED)
        new, self._reported_drops = bad - self._reported_drops, bad
        return new
