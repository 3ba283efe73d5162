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
        self.odometry_losses = Counters()  # frames at which the odometry was lost, by kind
        self.bad_infos = Counters()  # camera_info messages that cannot be used, by field
        self.withheld: Mapping[str, str] = {}  # output -> why it was not made of the last frame
        self.calibration: str | None = None  # what is wrong with the intrinsics
        self.mount: MountProblem | None = None  # what is unlikely about the place of the camera
        self.odometry: OdometryResult | None = None  # of the last frame
        self.scale: MetricScale | None = None  # of the last frame
        self.timings_ms: Mapping[str, float] = {}  # of the last frame
        self.last_received_s: float | None = None  # on time.monotonic
        self.last_bad_frame = ''  # what was wrong with it
        self._reported_drops: Mapping[str, int] = {}

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

    def dropped(self, reason: str, text: str) -> None:
        """Note a frame that is not used: by the kind of reason, and what exactly was wrong."""
        self.drops.add(reason)
        self.last_bad_frame = text

    def idle(self) -> None:
        """Note that nothing is made of the last frame: what was known of it no longer holds."""
        self.odometry, self.withheld, self.timings_ms = None, {}, {}

    def new_bad_frames(self) -> dict[str, int]:
        """Return frames dropped since the last call, by reason; replaced ones are not counted.

        That a newer frame replaces a waiting one is how the node is meant to work.
        """
        drops, before = self.drops.snapshot(), self._reported_drops
        self._reported_drops = drops
        new = {reason: count - before.get(reason, 0) for reason, count in drops.items()}
        return {reason: count for reason, count in new.items() if count and reason != REPLACED}
