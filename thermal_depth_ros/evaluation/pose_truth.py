# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""True poses of a camera, from an odometry topic and the static transforms."""

import dataclasses
from typing import Any

import numpy as np

from thermal_depth_ros.bags.errors import BagError
from thermal_depth_ros.bags.recording import Recording
from thermal_depth_ros.evaluation.errors import EvaluationError
from thermal_depth_ros.geometry.trajectory import Trajectory
from thermal_depth_ros.messages.errors import MessageError
from thermal_depth_ros.messages.odometry import odometry_sample

MAX_GAP_S = 0.5  # poses further apart are not interpolated


@dataclasses.dataclass(frozen=True, eq=False)
class PoseTruth:
    """Poses of the frame that an odometry moves, in its world."""

    topic: str
    frame: str
    trajectory: Trajectory

    def at(self, stamp_ns: int) -> np.ndarray | None:
        """Return T_world_frame (4, 4), None where it is not known."""
        return self.trajectory.at(stamp_ns, MAX_GAP_S)


def read_poses(recording: Recording, topic: str) -> PoseTruth:
    """Read a whole odometry topic; damaged messages are left out.

    Raises:
        EvaluationError: no message can be used, or they speak of several frames.
    """
    stamps, poses, frames, problem = [], [], set(), 'it has no messages'
    for record in recording.read([topic]):
        try:
            message: Any = record.message
            sample = odometry_sample(message)
        except (BagError, MessageError) as error:
            problem = str(error)
            continue
        stamps.append(sample.stamp_ns or record.time_ns)
        poses.append(sample.T_frame_child)
        frames.add(sample.child_frame_id.lstrip('/'))
    if not stamps:
        raise EvaluationError(f'{topic}: no pose can be read: {problem}')
    if len(frames) > 1:
        raise EvaluationError(f'{topic}: moves several frames: {", ".join(sorted(frames))}')
    return PoseTruth(topic, frames.pop(), Trajectory(np.array(stamps), np.stack(poses)))
