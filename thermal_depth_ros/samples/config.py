# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Settings of the training data: which recordings, which topics, which triplets."""

import dataclasses
import functools
import os
from collections.abc import Iterable
from pathlib import Path
from typing import ClassVar

from thermal_depth_ros.contract import RGB, THERMAL
from thermal_depth_ros.geometry.crop import crop_setting
from thermal_depth_ros.settings import setting

NONE = 'none'  # as the name of an optional topic: do not look for one
FRAMES, DISTANCE = 'frames', 'distance'
_fixed = functools.partial(setting, read_only=True)  # data do not change during training


@dataclasses.dataclass(frozen=True)
class DataConfig:
    """Where triplets of images come from. An empty topic is found by itself where it is plain."""

    # Another value leads to the same samples, so that a training may go on with it.
    may_change: ClassVar[frozenset[str]] = frozenset({'cache_dir'})
    # These name recordings and files, which are compared by content when a training goes on.
    data_paths: ClassVar[frozenset[str]] = frozenset({'bags', 'validation_bags', 'calibration'})

    bags: tuple[str, ...] = _fixed((), 'recordings to train on: folders, .mcap, .db3 or .bag')
    validation_bags: tuple[str, ...] = _fixed(
        (), 'recordings to validate on; without any, the end of each training recording'
    )
    validation_fraction: float = _fixed(
        0.1,
        'part of the time of each recording, at its end, to validate on',
        minimum=0,
        maximum=0.9,
    )
    validation_frames: int = _fixed(
        0, 'number of frames at the end instead of the fraction (0: the fraction)', minimum=0
    )
    first_frame: int = _fixed(0, 'number of the first image used of each recording', minimum=0)
    last_frame: int = _fixed(
        0, 'number of the image before which each recording ends (0: its end)', minimum=0
    )
    camera: str = _fixed(THERMAL, 'how images are read', choices=(THERMAL, RGB))
    image_topic: str = _fixed('', 'topic of the images, Image or CompressedImage')
    info_topic: str = _fixed('', 'topic of their CameraInfo')
    calibration: str = _fixed(
        '',
        'calibration file of camera_calibration, OpenCV (cv2.FileStorage) or Kalibr (camchain), '
        'instead of CameraInfo messages',
    )
    pose_topic: str = _fixed(
        '',
        'poses of the triplets: Odometry, PoseStamped, PoseWithCovarianceStamped, TransformStamped '
        '(TOPIC@FRAME says what moves) or TF (/tf@PARENT:FRAME); none: do not use any',
    )
    twist_topic: str = _fixed(
        '', 'Odometry whose twist gives the travelled distance (empty: pose_topic; none)'
    )
    true_pose_topic: str = _fixed(
        '', 'what poses are judged by, as pose_topic (empty: ground truth, else pose_topic; none)'
    )
    tf_topics: tuple[str, ...] = _fixed(
        (),
        'topics of transforms to take (empty: tf_static and what is constant on tf, in the '
        'namespace of the camera)',
    )
    depth_topic: str = _fixed(
        '', 'true depth to validate against: 32FC1 in m or 16UC1 in mm, raw or png; none'
    )
    crop_top: int = crop_setting('top')
    crop_bottom: int = crop_setting('bottom')
    crop_left: int = crop_setting('left')
    crop_right: int = crop_setting('right')
    width: int = _fixed(320, 'width of the samples, pixels', minimum=16, maximum=8192)
    height: int = _fixed(256, 'height of the samples, pixels', minimum=16, maximum=8192)
    undistort: bool = _fixed(True, 'remove the distortion of the lens')
    bit_depth: str = _fixed(
        'auto', 'bits per pixel that thermal images must have', choices=('auto', '8', '16')
    )
    spacing: str = _fixed(
        FRAMES,
        'neighbours of a target by number of frames, or by travelled distance',
        choices=(FRAMES, DISTANCE),
    )
    frame_interval: int = _fixed(
        5, 'frames between the target and each neighbour', minimum=1, maximum=1000
    )
    spacing_m: float = _fixed(
        0.5, 'distance between the target and each neighbour, m', minimum=1e-3, maximum=100.0
    )
    spacing_max_m: float = _fixed(
        0.0,
        'spread that distance from target to target, from spacing_m up to this, m (0: do not)',
        minimum=0.0,
        maximum=100.0,
    )
    max_gap_s: float = _fixed(
        2.0, 'longest silence of the camera within a triplet, s', minimum=1e-3, maximum=3600.0
    )
    max_span_s: float = _fixed(
        10.0, 'longest time between the target and a neighbour, s', minimum=1e-3, maximum=3600.0
    )
    max_triplets: int = _fixed(
        0, 'most training triplets, spread evenly over all of them (0: all)', minimum=0
    )
    leave_out_still: bool = _fixed(True, 'leave out triplets in which the camera stands still')
    min_travel_m: float = _fixed(
        0.02, 'distance to each neighbour below which the camera stands still, m', minimum=0.0
    )
    cache_dir: str = _fixed(
        '', "folder for decoded images (empty: thermal_depth_ros/samples in the user's cache)"
    )

    def problems(self) -> list[str]:
        """Name contradictions between settings."""
        found = [] if self.bags else ['bags: no recording to train on is named']
        if both := named_twice(self.bags, self.validation_bags):
            found.append(f'validation_bags: {", ".join(both)} is named by bags too')
        if self.validation_bags and self.validation_frames:
            found.append('validation_frames: of no use beside validation_bags')
        if 0 < self.last_frame <= self.first_frame:
            found.append(f'last_frame: {self.last_frame} is not behind first_frame')
        frames = self.last_frame - self.first_frame
        if self.spacing == FRAMES and 0 < frames <= 2 * self.frame_interval:
            found.append(
                f'frame_interval: {self.frame_interval} to each side does not fit into the '
                f'{frames} images from first_frame to last_frame'
            )
        farthest_m = max(self.spacing_m, self.spacing_max_m)
        if self.spacing == DISTANCE and self.leave_out_still and farthest_m < self.min_travel_m:
            found.append(
                f'min_travel_m: {self.min_travel_m:g} is more than the spacing of '
                f'{farthest_m:g} m, so that every triplet would be left out as still'
            )
        if self.camera == RGB and self.bit_depth != 'auto':
            found.append(f'bit_depth: {self.bit_depth} is for thermal images, not for camera rgb')
        if self.spacing == DISTANCE and self.pose_topic == NONE and self.twist_topic in ('', NONE):
            found.append('spacing: distance needs a pose_topic or a twist_topic')
        if 0 < self.spacing_max_m < self.spacing_m:
            found.append(
                f'spacing_max_m: {self.spacing_max_m:g} is below spacing_m {self.spacing_m:g}'
            )
        if self.spacing_max_m and self.spacing != DISTANCE:
            found.append(f'spacing_max_m: of no use with spacing {self.spacing}')
        if self.info_topic and self.calibration:
            found.append('info_topic: of no use beside calibration, which gives the intrinsics')
        return found


def named_twice(first: Iterable[str], second: Iterable[str]) -> list[str]:
    """Return the paths of `second` that are places of `first`, however either is written."""
    places = {_place(path) for path in first}
    return sorted(path for path in set(second) if _place(path) in places)


def _place(path: str) -> Path:
    return Path(path).expanduser().resolve()


def cache_root(config: DataConfig) -> Path:
    """Return the folder that holds the cache."""
    if config.cache_dir:
        return Path(config.cache_dir).expanduser()
    base = os.environ.get('XDG_CACHE_HOME')
    return (Path(base) if base else Path.home() / '.cache') / 'thermal_depth_ros' / 'samples'
