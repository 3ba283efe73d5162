# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Health counters of a camera node."""

import time
from collections.abc import Mapping

from thermal_depth_ros.frames.frame import MetricScale, OdometryResult
from thermal_depth_ros.frames.plan import CameraOutput
from thermal_depth_ros.geometry.mount import MountProblem
from thermal_depth_ros.nodes.statistics import Counters, Rate, Window

REPLACED = 'replaced by a newer frame'
UNEXPECTED = 'unexpected error'


class Health:
    """Counters and timings of one camera, updated from executor and worker threads."""

    def __init__(self) -> None:
        self.received = Rate()
        self.published = Rate()
        self.latency_ms = Window()  # from the stamp to the last published output, node clock
        self.frame_ms = Window()  # from taking up a message to the last published output
        self.inference_ms = Window()
        self.totals = Counters()  # frames received, published, without subscribers; time jumps
        self.drops = Counters()  # frames dropped, by reason
        self.odometry_losses = Counters()  # frames at which the odometry was lost, by kind
        self.bad_infos = Counters()  # unusable camera_info messages, by field
        self.withheld: Mapping[str, str] = {}  # output -> why it is missing for the last frame
        self.calibration = ''  # problem of the intrinsics of the last frame
        self.mount: MountProblem | None = None  # implausible mounting of the camera
        self.odometry: OdometryResult | None = None  # of the last frame
        self.scale: MetricScale | None = None  # of the last frame
        self.timings_ms: Mapping[str, float] = {}  # of the last frame
        self.last_received_s: float | None = None  # on time.monotonic
        self.last_bad_frame = ''  # what was wrong with it
        self._reported_drops: Mapping[str, int] = {}

    def arrived(self) -> None:
        """Count a received frame."""
        self.totals.add('received')
        self.received.tick()
        self.last_received_s = time.monotonic()

    def processed(self, output: CameraOutput, mount: MountProblem | None) -> None:
        """Record the state of the last frame."""
        self.odometry, self.scale, self.timings_ms = (
            output.odometry,
            output.scale,
            output.timings_ms,
        )
        self.calibration, self.withheld = output.plan.calibration_problem, output.plan.withheld
        self.mount = mount
        if output.odometry is not None and output.odometry.state == 'lost':
            self.odometry_losses.add(output.odometry.loss_kind)

    def delivered(self, latency_ms: float, frame_ms: float, inference_ms: float) -> None:
        """Count a frame whose outputs were published."""
        self.totals.add('published')
        self.published.tick()
        self.latency_ms.add(latency_ms)
        self.frame_ms.add(frame_ms)
        self.inference_ms.add(inference_ms)

    def dropped(self, reason: str, text: str) -> None:
        """Count a dropped frame by kind of reason, and record the details."""
        self.drops.add(reason)
        self.last_bad_frame = text

    def idle(self) -> None:
        """Reset the state of the last frame, which has no outputs."""
        self.odometry, self.withheld, self.timings_ms = None, {}, {}

    def new_bad_frames(self) -> dict[str, int]:
        """Return frames dropped since the last call, by reason, except replaced ones.

        Replacing a waiting frame by a newer one is normal operation.
        """
        drops, before = self.drops.snapshot(), self._reported_drops
        self._reported_drops = drops
        new = {reason: count - before.get(reason, 0) for reason, count in drops.items()}
        return {reason: count for reason, count in new.items() if count and reason != REPLACED}
