# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""True poses of the body of a camera."""

import dataclasses

import numpy as np

from thermal_depth_ros.bags.poses import PoseTrack
from thermal_depth_ros.geometry.trajectory import Trajectory

MAX_GAP_S = 0.5  # poses further apart are not interpolated


@dataclasses.dataclass(frozen=True, eq=False)
class PoseTruth:
    """Poses of the moving frame in its world frame."""

    topic: str
    frame: str
    trajectory: Trajectory
    problem: str = ''  # problem of some of the messages

    @classmethod
    def of(cls, track: PoseTrack) -> 'PoseTruth':
        """Wrap the pose track of a recording."""
        count = sum(track.left_out.values())
        first = next(iter(track.left_out), '')
        problem = f'{track.name}: {count} messages skipped, first: {first}' if count else ''
        trajectory = Trajectory(track.stamps_ns, track.T_world_frame)
        return cls(track.name, track.frame, trajectory, problem)

    def at(self, stamp_ns: int) -> np.ndarray | None:
        """Return T_world_frame (4, 4), None if unknown."""
        return self.trajectory.at(stamp_ns, MAX_GAP_S)
