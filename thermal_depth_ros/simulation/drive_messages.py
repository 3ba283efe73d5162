# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Messages of a synthetic drive."""

from typing import Any

import cv2
import numpy as np

from thermal_depth_ros.base.contract import THERMAL
from thermal_depth_ros.frames.frame import OdometryResult
from thermal_depth_ros.geometry.camera import PinholeCamera
from thermal_depth_ros.messages.bag_types import bag_types
from thermal_depth_ros.messages.camera_info import pinhole_camera_info
from thermal_depth_ros.messages.image import array_to_image
from thermal_depth_ros.messages.odometry import odometry_message, tf_message, transform_message
from thermal_depth_ros.simulation import topics
from thermal_depth_ros.simulation.drive import Drive, SimulatedFrame
from thermal_depth_ros.simulation.parts import yaw_matrix
from thermal_depth_ros.simulation.wheel import WheelTrack

_JPEG_QUALITY = 92
_EXACT = np.eye(6) * 1e-9  # a covariance of zero would mean unknown
_PLANAR = 1e-4  # m^2, rad^2: what wheels assume of height, roll and pitch


def image_message(frame: SimulatedFrame, stamp_ns: int, frame_id: str, transport: str) -> Any:
    """Build the Image, or the CompressedImage of a transport other than raw."""
    encoding = 'mono16' if frame.kind == THERMAL else 'rgb8'
    if frame.kind == THERMAL or transport == 'raw':
        return array_to_image(bag_types(), frame.image, encoding, stamp_ns, frame_id)
    options = [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY] if transport == 'jpeg' else []
    suffix = '.jpg' if transport == 'jpeg' else '.png'
    _, data = cv2.imencode(suffix, cv2.cvtColor(frame.image, cv2.COLOR_RGB2BGR), options)
    types = bag_types()
    form = f'rgb8; {transport} compressed bgr8'
    data = types.octets_of(data.reshape(-1))
    return types.with_data(types.CompressedImage, stamp_ns, frame_id, data, format=form)


def depth_message(frame: SimulatedFrame, stamp_ns: int, frame_id: str) -> Any:
    """Build the Image 32FC1 of true depth; +Inf is the sky."""
    return array_to_image(bag_types(), frame.depth_m, '32FC1', stamp_ns, frame_id)


def labels_message(frame: SimulatedFrame, stamp_ns: int, frame_id: str) -> Any:
    """Build the Image mono8 of true classes."""
    return array_to_image(bag_types(), frame.labels, 'mono8', stamp_ns, frame_id)


def info_message(camera: PinholeCamera, stamp_ns: int, frame_id: str) -> Any:
    """Build the CameraInfo of a camera."""
    return pinhole_camera_info(bag_types(), camera, stamp_ns, frame_id)


def static_transforms_message(drive: Drive, stamp_ns: int) -> Any:
    """Build /tf_static with the mountings of the cameras."""
    types = bag_types()
    transforms = [
        transform_message(types, camera.T_base_optical, stamp_ns, topics.BASE, camera.frame_id)
        for camera in drive.cameras
    ]
    return tf_message(types, transforms)


def true_odometry_message(drive: Drive, time_s: float, stamp_ns: int) -> Any:
    """Build the exact Odometry of the base, relative to the start of the drive."""
    twist = drive.world.motion.twist(time_s)
    exact = OdometryResult(drive.T_odom_base(time_s), twist, _EXACT, _EXACT, 'tracking')
    return odometry_message(bag_types(), exact, stamp_ns, topics.WORLD, topics.BASE)


def wheel_message(track: WheelTrack, index: int, stamp_ns: int) -> Any:
    """Build the planar Odometry measured by the wheels."""
    T = np.eye(4)
    T[:3, :3] = yaw_matrix(float(track.yaw[index]))
    T[:2, 3] = track.xy[index]
    x, y, yaw = track.variance[index]
    pose = np.diag([x, y, _PLANAR, _PLANAR, _PLANAR, yaw])
    forward, turning = track.twist_variance
    twist_covariance = np.diag([forward, _PLANAR, _PLANAR, _PLANAR, _PLANAR, turning])
    twist = np.array([track.speed[index], 0.0, 0.0, 0.0, 0.0, track.yaw_rate[index]])
    measured = OdometryResult(T, twist, pose, twist_covariance, 'tracking')
    return odometry_message(bag_types(), measured, stamp_ns, topics.ODOM, topics.BASE)
