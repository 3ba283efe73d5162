# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""True poses of what carries a camera."""

import dataclasses

import numpy as np

from thermal_depth_ros.bags.poses import PoseTrack
from thermal_depth_ros.geometry.trajectory import Trajectory

MAX_GAP_S = 0.5  # poses further apart are not interpolated


@dataclasses.dataclass(frozen=True, eq=False)
class PoseTruth:
    """Poses of the frame that moves, in its world."""

    topic: str
    frame: str
    trajectory: Trajectory
    problem: str = ''  # what was wrong with some of the messages

    @classmethod
    def of(cls, track: PoseTrack) -> 'PoseTruth':
        """Make the truth of the poses of a recording."""
        count = sum(track.left_out.values())
        first = next(iter(track.left_out), '')
        problem = f'{track.name}: {count} messages left out, first: {first}' if count else ''
        trajectory = Trajectory(track.stamps_ns, track.T_world_frame)
        return cls(track.name, track.frame, trajectory, problem)

    def at(self, stamp_ns: int) -> np.ndarray | None:
        """Return T_world_frame (4, 4), None where it is not known."""
        return self.trajectory.at(stamp_ns, MAX_GAP_S)
