# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Camera poses at the times of images, from the odometry of the robot."""

import dataclasses
from collections.abc import Sequence

import numpy as np

from thermal_depth_ros.bags.poses import HOW_TO_NAME, moving_frame
from thermal_depth_ros.bags.recording import Recording
from thermal_depth_ros.bags.transforms import RecordedTransforms
from thermal_depth_ros.geometry import rigid
from thermal_depth_ros.geometry.frames import FrameError
from thermal_depth_ros.samples.errors import SamplesError


@dataclasses.dataclass(frozen=True, eq=False)
class Mounting:
    """Mounting of a camera on the child frame of an odometry."""

    T_child_optical: np.ndarray  # (4, 4)
    child_frame: str


def mounting(
    recording: Recording, topic: str, image_topic: str, optical: str, tf_topics: Sequence[str] = ()
) -> Mounting:
    """Return the mounting from constant transforms; the identity if the frames are the same.

    Args:
        recording: Recording with the transforms.
        topic: Topic of the poses; see bags.poses.
        image_topic: Image topic of the camera, whose namespace has the transforms.
        optical: Frame of the images.
        tf_topics: Topics of transforms to use instead of those of the namespace.

    Raises:
        SamplesError: The frames are not connected, or a name is empty.
    """
    child = moving_frame(recording, topic)
    name = ', '.join(str(path) for path in recording.paths)
    for frame, whose in ((child, f'child_frame_id of {topic}'), (optical, 'frame_id of images')):
        if not frame:
            raise SamplesError(f'{name}: the {whose} is empty, so that {topic} cannot be used')
    if child.lstrip('/') == optical.lstrip('/'):
        return Mounting(np.eye(4), child)
    transforms = RecordedTransforms(recording, tf_topics)
    try:
        return Mounting(transforms.of(image_topic).lookup(child, optical), child)
    except FrameError as error:
        problems = transforms.problems
        more = f' ({"; ".join(problems)})' if problems else ''
        raise SamplesError(
            f'{name}: the mounting of the camera on the robot is unknown, so {topic} cannot be '
            f'used: {error}{more}; {HOW_TO_NAME}'
        ) from error


def relative(T_world_camera: np.ndarray, triplets: np.ndarray) -> np.ndarray:
    """Return T_target_source (N, 2, 4, 4) of triplets: target points into previous and next.

    Args:
        T_world_camera: (M, 4, 4) of all images.
        triplets: (N, 3) indices of target, previous, next.
    """
    motions = np.empty((len(triplets), 2, 4, 4))
    for row, (target, *sources) in enumerate(triplets):
        for column, source in enumerate(sources):
            motions[row, column] = rigid.invert(T_world_camera[source]) @ T_world_camera[target]
    return motions


def path_length(T_world_camera: np.ndarray) -> np.ndarray:
    """Return the distance (N,) travelled by the camera up to each image, m."""
    steps = np.linalg.norm(np.diff(T_world_camera[:, :3, 3], axis=0), axis=1)
    return np.concatenate([[0.0], np.cumsum(steps)])
