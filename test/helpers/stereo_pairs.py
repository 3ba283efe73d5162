# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Images of a stereo pair before a textured wall and floor, whose depth is known exactly."""

import dataclasses
from pathlib import Path

import numpy as np

from thermal_depth_ros.bags.writer import RecordingWriter
from thermal_depth_ros.base import contract
from thermal_depth_ros.geometry import rigid
from thermal_depth_ros.geometry.camera import PinholeCamera
from thermal_depth_ros.geometry.rays import pixel_rays
from thermal_depth_ros.messages.bag_types import bag_types
from thermal_depth_ros.messages.camera_info import pinhole_camera_info
from thermal_depth_ros.messages.image import array_to_image
from thermal_depth_ros.messages.stamps import header_message

TYPES = bag_types()
START_NS = 1_700_000_000_000_000_000
CAMERA = PinholeCamera(160, 96, 150.0, 150.0, 79.5, 47.5)
BASELINE_M = 0.3
# Points X of the left camera with normal . X = distance, m.
PLANES = (((0.25, 0.0, 1.0), 6.0), ((0.0, 1.0, 0.05), 1.2))
_WAVES = np.random.default_rng(5).normal(0, 11.0, (24, 3))  # rad / m
SIDES = ('left', 'right')


def beside(metres: float = BASELINE_M, turn=(0.0, 0.0, 0.0)) -> np.ndarray:
    """Return T_right_left of a right camera that is turned by small angles (rad)."""
    T_left_right = rigid.exponential(np.array([0.0, 0.0, 0.0, *turn]))
    T_left_right[0, 3] = metres
    return rigid.invert(T_left_right)


def see(
    camera: PinholeCamera, T_camera_left: np.ndarray, phase: float = 0.0
) -> tuple[np.ndarray, np.ndarray]:
    """Return counts (H, W) uint16 and depth (H, W) of a view."""
    x, y = pixel_rays(camera).astype(np.float64)
    rays = np.stack([x, y, np.ones_like(x)], -1)
    T_left_camera = rigid.invert(T_camera_left)
    start, directions = T_left_camera[:3, 3], rays @ T_left_camera[:3, :3].T
    depth = np.full(x.shape, np.inf)
    for normal, distance in PLANES:
        with np.errstate(divide='ignore'):
            along = (distance - np.dot(normal, start)) / (directions @ normal)
        depth = np.where((along > 0.1) & (along < depth), along, depth)
    points = start + depth[..., None] * directions
    counts = 8000 + 100 * np.sin(points @ _WAVES.T + np.arange(len(_WAVES)) + phase).sum(-1)
    return counts.astype(np.uint16), depth


@dataclasses.dataclass(frozen=True)
class Stated:
    """What a recording says of the pair: camera_info, transforms, P of the right camera."""

    info: bool = True
    transforms: bool = True
    shift_in_p: bool = False


def record_pair(path: Path, frames: int = 2, says: Stated = Stated(), right=CAMERA) -> Path:  # noqa: B008
    """Write images of both cameras, 0.1 s apart, as /left/thermal/... and /right/thermal/..."""
    T_right_left = beside()
    with RecordingWriter(path) as writer:
        if says.transforms:
            transform = TYPES.TransformStamped(
                header=header_message(TYPES, START_NS, 'left_optical'),
                child_frame_id='right_optical',
                transform=TYPES.Transform(
                    translation=TYPES.Vector3(x=BASELINE_M, y=0.0, z=0.0),
                    rotation=TYPES.Quaternion(x=0.0, y=0.0, z=0.0, w=1.0),
                ),
            )
            message = TYPES.TFMessage(transforms=[transform])
            writer.write('/tf_static', contract.TF_MESSAGE, message, START_NS, latched=True)
        for index in range(frames):
            stamp = START_NS + index * 100_000_000
            for side, camera, T in zip(
                SIDES, (CAMERA, right), (np.eye(4), T_right_left), strict=True
            ):
                name, frame = f'/{side}/thermal', f'{side}_optical'
                counts = see(camera, T, phase=index)[0]
                made = array_to_image(TYPES, counts, 'mono16', stamp, frame)
                writer.write(f'{name}/image_raw', contract.IMAGE, made, stamp)
                if says.info:
                    info = pinhole_camera_info(TYPES, camera, stamp, frame)
                    if says.shift_in_p and side == 'right':
                        info.p[3] = -camera.fx * BASELINE_M
                    writer.write(f'{name}/camera_info', contract.CAMERA_INFO, info, stamp)
    return path


def record_depth(path: Path, factor: float, frames: int = 2) -> Path:
    """Write the depth of the left camera times a factor, as `process` would."""
    depth = (factor * see(CAMERA, np.eye(4))[1]).astype(np.float32)
    with RecordingWriter(path) as writer:
        for index in range(frames):
            stamp = START_NS + index * 100_000_000
            made = array_to_image(TYPES, depth, '32FC1', stamp, 'left_optical')
            writer.write('/left/thermal/depth/image', contract.IMAGE, made, stamp)
    return path
