# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Plausibility check of the pose of a camera on its body."""

import dataclasses
import math

import numpy as np

from thermal_depth_ros.base.wire_text import name_of
from thermal_depth_ros.geometry import rigid

NEARLY_IDENTITY_RAD = math.radians(15.0)
STEEP_RAD = math.radians(60.0)  # elevation of an optical axis that points up or down
ROLLED_RAD = math.radians(60.0)  # of an image about the optical axis, against the vertical
FAR_M = 10.0  # beyond the size of a car or a robot; trucks and ships get one warning

# Optical axes in a body frame of x forward, y left, z up, as static_transform_publisher takes it.
_REMEDY = (
    'the frame_id of images must be an optical frame (z forward, x right, y down: REP 103): set '
    'frame_id of the driver to its ..._optical_frame, or publish the missing rotation with ros2 '
    'run tf2_ros static_transform_publisher --roll -1.5708 --pitch 0 --yaw -1.5708'
)


@dataclasses.dataclass(frozen=True)
class MountProblem:
    """An implausible camera pose and its remedy."""

    text: str
    advice: str

    def __str__(self) -> str:
        return f'{self.text}; {self.advice}'


def mount_problem(
    T_base_optical: np.ndarray, base_frame: str, optical_frame: str
) -> MountProblem | None:
    """Detect camera poses that are legal, but almost always a mistake.

    Args:
        T_base_optical: (4, 4) maps points of the optical frame into the base frame, metres.
        base_frame: Frame with x forward, y left, z up; an optical frame as base is not checked.
        optical_frame: frame_id of the images.

    Returns:
        The most likely mistake, or None.
    """
    if 'optical' in base_frame.lower() or base_frame.lstrip('/') == optical_frame.lstrip('/'):
        return None
    optical_name = name_of(optical_frame)
    name = f'camera mount {name_of(base_frame)} -> {optical_name}'
    R, distance_m = T_base_optical[:3, :3], float(np.linalg.norm(T_base_optical[:3, 3]))
    if np.linalg.norm(rigid.rotation_vector(R)) < NEARLY_IDENTITY_RAD:
        return MountProblem(
            f'{name}: the rotation is the identity, as of a body frame whose x axis looks forward: '
            'the optical axis points up, and driving forward becomes a climb',
            _REMEDY,
        )
    elevation_rad = math.asin(float(np.clip(R[2, 2], -1.0, 1.0)))
    if elevation_rad > STEEP_RAD:
        return MountProblem(
            f'{name}: the optical axis points up; unless the camera looks at the sky, '
            f'{optical_name} is the body frame of the camera, not its optical frame',
            _REMEDY,
        )
    if elevation_rad < -STEEP_RAD:
        return MountProblem(
            f'{name}: the optical axis points down; that is right only for a camera that looks at '
            'the ground',
            _REMEDY,
        )
    roll_rad = math.atan2(R[2, 0], -R[2, 1])
    if abs(roll_rad) > ROLLED_RAD:
        turned = 'upside down' if abs(roll_rad) > math.pi - ROLLED_RAD / 2 else 'on its side'
        return MountProblem(
            f'{name}: the image is {turned} (rolled by {math.degrees(roll_rad):.0f} degrees)',
            'networks know upright images: if the camera is mounted so, rotate the images in the '
            'driver; if not, the transform may be that from the camera to the base, with parent '
            'and child exchanged',
        )
    if distance_m > FAR_M:
        return MountProblem(
            f'{name}: the camera is {distance_m:.4g} m from the base',
            'translations of transforms are metres, not millimetres; is the base frame the right '
            'one?',
        )
    return None
