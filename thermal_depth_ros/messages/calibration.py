# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Camera of the latest camera_info, and the rays of its pixels."""

from typing import Any

from thermal_depth_ros.geometry.camera import PinholeCamera
from thermal_depth_ros.messages.camera_info import camera_from_info, info_array
from thermal_depth_ros.messages.errors import MessageError


class LatestCalibration:
    """The camera of a camera_info, recomputed only when its content changes."""

    def __init__(self, rectified: bool = False) -> None:
        """Set whether the images are raw or rectified."""
        self._rectified = rectified
        self._fields: tuple[Any, ...] = ()
        self._camera: PinholeCamera | None = None
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
