# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Camera of the latest camera_info, and the rays of its pixels."""

from typing import Any

import numpy as np

from thermal_depth_ros.frames.frame import CameraFrame, calibration_problem
from thermal_depth_ros.geometry.camera import PinholeCamera
from thermal_depth_ros.geometry.rays import pixel_rays
from thermal_depth_ros.messages.camera_info import camera_from_info, info_array
from thermal_depth_ros.messages.errors import MessageError


class LatestCalibration:
    """Camera and rays, recomputed only when the content of the camera_info changes."""

    def __init__(self, rectified: bool = False) -> None:
        """Set whether the images are raw or rectified."""
        self._rectified = rectified
        self._fields: tuple[Any, ...] = ()
        self._camera: PinholeCamera | None = None
        self._rays_of: PinholeCamera | None = None
        self._rays: np.ndarray | None = None
        self.problem = ''  # problem of the latest camera_info

    def camera(self, info: Any) -> PinholeCamera | None:
        """Return the camera of a CameraInfo, or None with the reason in `problem`.

        Args:
            info: CameraInfo of ROS 2 or ROS 1, or None if none was received.
        """
        fields = () if info is None else _fields(info)
        if fields != self._fields:
            self._camera, self._fields, self.problem = None, fields, ''
            try:
                self._camera = None if info is None else camera_from_info(info, self._rectified)
            except MessageError as error:
                self.problem = str(error)
        return self._camera

    def problem_of(self, frame: CameraFrame) -> str | None:
        """Return why a frame allows neither cloud nor odometry, or None."""
        return self.problem or calibration_problem(frame)

    def rays(self, frame: CameraFrame) -> np.ndarray | None:
        """Return the rays (2, H, W) of a frame's camera, or None if it is unusable."""
        camera = frame.camera
        if camera is None or not camera.calibrated or not fits(camera, frame):
            return None
        if camera != self._rays_of:
            self._rays, self._rays_of = pixel_rays(camera), camera
        return self._rays


def fits(camera: PinholeCamera | None, frame: CameraFrame) -> bool:
    """Whether there is a camera that matches the image size of the frame."""
    return camera is not None and (camera.height, camera.width) == frame.size


def _fields(info: Any) -> tuple[Any, ...]:
    roi = info.roi
    return (
        info.width,
        info.height,
        info.distortion_model,
        info_array(info, 'd').tobytes(),
        info_array(info, 'k').tobytes(),
        info_array(info, 'p').tobytes(),
        (info.binning_x, info.binning_y),
        (roi.x_offset, roi.y_offset, roi.width, roi.height),
    )
