# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Settings of single images in colour: which recordings, of which size, without any motion."""

import dataclasses
import functools
from typing import ClassVar

from thermal_depth_ros.contract import RGB
from thermal_depth_ros.geometry.crop import crop_setting
from thermal_depth_ros.samples.config import NONE, DataConfig
from thermal_depth_ros.settings import setting

_fixed = functools.partial(setting, read_only=True)


@dataclasses.dataclass(frozen=True)
class ImagesConfig:
    """Where colour images come from. An empty topic is found by itself where it is plain.

    The names and meanings are those of `DataConfig`, and so are the cached images.
    """

    data_paths: ClassVar[frozenset[str]] = frozenset({'bags', 'calibration'})

    bags: tuple[str, ...] = _fixed((), 'recordings: folders, .mcap, .db3 or .bag')
    first_frame: int = _fixed(0, 'number of the first image used of each recording', minimum=0)
    last_frame: int = _fixed(
        0, 'number of the image before which each recording ends (0: its end)', minimum=0
    )
    image_topic: str = _fixed('', 'topic of the images, Image or CompressedImage')
    info_topic: str = _fixed('', 'topic of their CameraInfo')
    calibration: str = _fixed(
        '',
        'calibration file of camera_calibration, OpenCV (cv2.FileStorage) or Kalibr (camchain), '
        'instead of CameraInfo messages',
    )
    crop_top: int = crop_setting('top')
    crop_bottom: int = crop_setting('bottom')
    crop_left: int = crop_setting('left')
    crop_right: int = crop_setting('right')
    width: int = _fixed(576, 'width of the images, pixels', minimum=16, maximum=8192)
    height: int = _fixed(320, 'height of the images, pixels', minimum=16, maximum=8192)
    undistort: bool = _fixed(True, 'remove the distortion of the lens')
    cache_dir: str = _fixed(
        '', "folder for decoded images (empty: thermal_depth_ros/samples in the user's cache)"
    )

    def problems(self) -> list[str]:
        """Name contradictions between settings."""
        return self.data(self.bags).problems()

    def data(self, bags: tuple[str, ...]) -> DataConfig:
        """Return the settings of these images for some recordings, without any odometry."""
        shared = {field.name for field in dataclasses.fields(DataConfig)}
        values = {
            field.name: getattr(self, field.name)
            for field in dataclasses.fields(self)
            if field.name in shared
        }
        nothing = dict.fromkeys(('pose_topic', 'twist_topic', 'true_pose_topic'), NONE)
        return DataConfig(**{**values, **nothing, 'bags': bags, 'camera': RGB, 'depth_topic': NONE})
