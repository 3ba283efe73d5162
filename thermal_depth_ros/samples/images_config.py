# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Settings of single colour images: recordings, topics and size, without motion."""

import dataclasses
import functools
from typing import ClassVar

from thermal_depth_ros.base.contract import RGB
from thermal_depth_ros.base.settings import setting
from thermal_depth_ros.geometry.crop import crop_setting
from thermal_depth_ros.samples.config import NONE, DataConfig

_fixed = functools.partial(setting, read_only=True)


@dataclasses.dataclass(frozen=True)
class ImagesConfig:
    """Source and size of the colour images; an empty topic is found if it is unambiguous.

    Names and meanings are those of `DataConfig`, and the image cache is shared with it.
    """

    data_paths: ClassVar[frozenset[str]] = frozenset({'bags', 'calibration'})

    bags: tuple[str, ...] = _fixed((), 'Recordings: folders, .mcap, .db3 or .bag')
    first_frame: int = _fixed(0, 'Index of the first image used from each recording', minimum=0)
    last_frame: int = _fixed(
        0, 'Index of the image before which each recording ends; 0 uses all', minimum=0
    )
    image_topic: str = _fixed(
        '', 'Topic of the images (Image or CompressedImage); empty selects the only one'
    )
    info_topic: str = _fixed(
        '', 'Topic of the CameraInfo messages; empty selects the one that belongs to the images'
    )
    calibration: str = _fixed(
        '',
        'Calibration file of camera_calibration, OpenCV (cv2.FileStorage) or Kalibr '
        '(camchain), instead of CameraInfo messages',
    )
    crop_top: int = crop_setting('top')
    crop_bottom: int = crop_setting('bottom')
    crop_left: int = crop_setting('left')
    crop_right: int = crop_setting('right')
    width: int = _fixed(576, 'Width of the images, pixels', minimum=16, maximum=8192)
    height: int = _fixed(320, 'Height of the images, pixels', minimum=16, maximum=8192)
    undistort: bool = _fixed(True, 'Remove the lens distortion')
    cache_dir: str = _fixed(
        '', "Folder for decoded images; empty uses thermal_depth_ros/samples in the user's cache"
    )

    def problems(self) -> list[str]:
        """Name contradictions between settings."""
        return self.data(self.bags).image_problems()

    def data(self, bags: tuple[str, ...]) -> DataConfig:
        """Return the settings of these images for the given recordings, without odometry."""
        shared = {field.name for field in dataclasses.fields(DataConfig)}
        values = {
            field.name: getattr(self, field.name)
            for field in dataclasses.fields(self)
            if field.name in shared
        }
        nothing = dict.fromkeys(('pose_topic', 'twist_topic', 'true_pose_topic'), NONE)
        return DataConfig(**{**values, **nothing, 'bags': bags, 'camera': RGB, 'depth_topic': NONE})
