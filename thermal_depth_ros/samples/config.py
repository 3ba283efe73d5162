# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Settings of the training data: which recordings, which topics, which triplets."""

import dataclasses
import functools
import os
from collections.abc import Iterable
from pathlib import Path
from typing import ClassVar

from thermal_depth_ros.base.contract import RGB, THERMAL
from thermal_depth_ros.base.settings import setting
from thermal_depth_ros.geometry.crop import crop_setting

NONE = 'none'  # as an optional topic: disabled
FRAMES, DISTANCE = 'frames', 'distance'
CACHE_VARIABLE = 'THERMAL_DEPTH_SAMPLE_CACHE'
_fixed = functools.partial(setting, read_only=True)  # data do not change during training
_fixed = functools.partial(setting, read_only=True)


@dataclasses.dataclass(frozen=True)
class ImageSettings:
    """Source and size of images; an empty topic is found if it is unambiguous."""

    # These do not affect the samples, so training may be resumed with other values.
    may_change: ClassVar[frozenset[str]] = frozenset({'cache_dir', 'max_cache_gb'})
    # These name recordings and files, which are compared by content when training is resumed.
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
        '',
        'Folder for decoded images; empty uses $THERMAL_DEPTH_SAMPLE_CACHE, or '
        "thermal_depth_ros/samples in the user's cache",
    )
    max_cache_gb: float = _fixed(
        20.0,
        'Most decoded data in the cache, GB; beyond it, what no process uses is removed, that '
        'unused for longest first; 0 removes nothing',
        minimum=0.0,
    )

    def image_problems(self) -> list[str]:
        """Name contradictions between the settings of images, which need not be triplets."""
        problems = [] if self.bags else ['bags: no training recording is given']
        if 0 < self.last_frame <= self.first_frame:
            problems.append(f'last_frame: {self.last_frame} is not after first_frame')
        if self.info_topic and self.calibration:
            problems.append(
                'info_topic: has no effect with calibration, which provides the intrinsics'
            )
        return problems


@dataclasses.dataclass(frozen=True)
class DataConfig(ImageSettings):
    """Source and selection of the image triplets; an empty topic is found if it is unambiguous."""

    data_paths: ClassVar[frozenset[str]] = ImageSettings.data_paths | {'validation_bags'}

    bags: tuple[str, ...] = _fixed((), 'Recordings to train on: folders, .mcap, .db3 or .bag')
    validation_bags: tuple[str, ...] = _fixed(
        (), 'Recordings to validate on; empty uses the end of each training recording'
    )
    validation_fraction: float = _fixed(
        0.1,
        'Fraction of the duration of each recording, at its end, to validate on',
        minimum=0,
        maximum=0.9,
    )
    validation_frames: int = _fixed(
        0,
        'Number of frames at the end of each recording to validate on; 0 uses validation_fraction',
        minimum=0,
    )
    camera: str = _fixed(
        THERMAL, 'Camera type, which decides how images are decoded', choices=(THERMAL, RGB)
    )
    pose_topic: str = _fixed(
        '',
        'Topic of the poses between views: Odometry, PoseStamped, PoseWithCovarianceStamped, '
        'TransformStamped (TOPIC@FRAME names the moving frame) or TF (/tf@PARENT:FRAME); none '
        'disables poses',
    )
    twist_topic: str = _fixed(
        '',
        'Topic of the Odometry whose twist gives the distance travelled; empty uses '
        'pose_topic, none disables it',
    )
    true_pose_topic: str = _fixed(
        '',
        'Topic of the true poses for validation, as for pose_topic; empty uses ground truth '
        'if recorded, otherwise pose_topic; none disables them',
    )
    tf_topics: tuple[str, ...] = _fixed(
        (),
        'Topics of the transforms to use; empty uses tf_static and constant transforms on tf, '
        'in the namespace of the camera',
    )
    depth_topic: str = _fixed(
        '',
        'Topic of the true depth for validation: 32FC1 in m or 16UC1 in mm, raw or PNG, or, of '
        'RGB cameras, points of a LiDAR; none disables it',
    )
    width: int = _fixed(320, 'Width of the samples, pixels', minimum=16, maximum=8192)
    height: int = _fixed(256, 'Height of the samples, pixels', minimum=16, maximum=8192)
    bit_depth: str = _fixed(
        'auto', 'Required bit depth of thermal images', choices=('auto', '8', '16')
    )
    spacing: str = _fixed(
        FRAMES,
        'How the neighbours of a target are chosen: by number of frames or by distance travelled',
        choices=(FRAMES, DISTANCE),
    )
    frame_interval: int = _fixed(
        5,
        'Number of frames between the target and each neighbour (spacing frames)',
        minimum=1,
        maximum=1000,
    )
    spacing_m: float = _fixed(
        0.5,
        'Distance between the target and each neighbour, m (spacing distance)',
        minimum=1e-3,
        maximum=100.0,
    )
    spacing_max_m: float = _fixed(
        0.0,
        'Largest distance to the neighbours if it varies from target to target, starting at '
        'spacing_m, m; 0 keeps it at spacing_m (spacing distance)',
        minimum=0.0,
        maximum=100.0,
    )
    max_gap_s: float = _fixed(
        2.0,
        'Longest gap between consecutive images within a triplet, s',
        minimum=1e-3,
        maximum=3600.0,
    )
    max_span_s: float = _fixed(
        10.0, 'Longest time between the target and a neighbour, s', minimum=1e-3, maximum=3600.0
    )
    max_triplets: int = _fixed(0, 'Most training triplets, spread evenly; 0 uses all', minimum=0)
    skip_stationary: bool = _fixed(
        True,
        'Leave out triplets in which the camera stands still',
        renamed_from='leave_out_still',
    )
    min_travel_m: float = _fixed(
        0.02,
        'Distance to each neighbour below which the camera counts as standing still, m',
        minimum=0.0,
    )

    def problems(self) -> list[str]:
        """Name contradictions between settings."""
        return self.image_problems() + self.triplet_problems()

    def image_problems(self) -> list[str]:
        """Name contradictions between the settings of images, which need not be triplets."""
        problems = super().image_problems()
        if both := named_twice(self.bags, self.validation_bags):
            problems.append(f'validation_bags: {", ".join(both)} is also listed in bags')
        if self.validation_bags and self.validation_frames:
            problems.append('validation_frames: has no effect with validation_bags')
        if self.camera == RGB and self.bit_depth != 'auto':
            problems.append(
                f'bit_depth: {self.bit_depth} applies to thermal images, not to camera rgb'
            )
        return problems

    def triplet_problems(self) -> list[str]:
        """Name contradictions between the settings that decide which images make triplets."""
        problems = []
        frames = self.last_frame - self.first_frame
        if self.spacing == FRAMES and 0 < frames <= 2 * self.frame_interval:
            problems.append(
                f'frame_interval: {self.frame_interval} to each side does not fit into the '
                f'{frames} images from first_frame to last_frame'
            )
        farthest_m = max(self.spacing_m, self.spacing_max_m)
        if self.spacing == DISTANCE and self.skip_stationary and farthest_m < self.min_travel_m:
            problems.append(
                f'min_travel_m: {self.min_travel_m:g} is more than the spacing of '
                f'{farthest_m:g} m, so that every triplet would be left out as still'
            )
        if self.spacing == DISTANCE and self.pose_topic == NONE and self.twist_topic in ('', NONE):
            problems.append('spacing: distance needs a pose_topic or a twist_topic')
        if 0 < self.spacing_max_m < self.spacing_m:
            problems.append(
                f'spacing_max_m: {self.spacing_max_m:g} is below spacing_m {self.spacing_m:g}'
            )
        if self.spacing_max_m and self.spacing != DISTANCE:
            problems.append(f'spacing_max_m: has no effect with spacing {self.spacing}')
        return problems


def named_twice(first: Iterable[str], second: Iterable[str]) -> list[str]:
    """Return the paths of `second` that resolve to a path of `first`."""
    places = {_place(path) for path in first}
    return sorted(path for path in set(second) if _place(path) in places)


def _place(path: str) -> Path:
    return Path(path).expanduser().resolve()


def cache_root(config: DataConfig) -> Path:
    """Return the folder that holds the cache.

    It is `cache_dir`, or $THERMAL_DEPTH_SAMPLE_CACHE, or thermal_depth_ros/samples in the user's
    cache.
    """
    if chosen := config.cache_dir or os.environ.get(CACHE_VARIABLE):
        return Path(chosen).expanduser()
    base = os.environ.get('XDG_CACHE_HOME')
    return (Path(base) if base else Path.home() / '.cache') / 'thermal_depth_ros' / 'samples'


@dataclasses.dataclass(frozen=True)
class ImagesConfig(ImageSettings):
    """Source and size of the colour images; an empty topic is found if it is unambiguous.

    Names and meanings are those of `DataConfig`, and the image cache is shared with it.
    """

    def problems(self) -> list[str]:
        """Name contradictions between settings."""
        return self.image_problems()

    def data(self, bags: tuple[str, ...]) -> DataConfig:
        """Return the settings of these images for the given recordings, without odometry."""
        values = {
            field.name: getattr(self, field.name) for field in dataclasses.fields(ImageSettings)
        }
        nothing = dict.fromkeys(('pose_topic', 'twist_topic', 'true_pose_topic'), NONE)
        return DataConfig(**{**values, **nothing, 'bags': bags, 'camera': RGB, 'depth_topic': NONE})


@dataclasses.dataclass(frozen=True)
class RgbDataConfig(DataConfig):
    """Source and selection of RGB image triplets; sizes are those of DepthSegNet24."""

    camera: str = _fixed(RGB, 'Camera type, which decides how images are decoded', choices=(RGB,))
    width: int = _fixed(576, 'Width of the samples, pixels', minimum=64, maximum=8192)
    height: int = _fixed(320, 'Height of the samples, pixels', minimum=64, maximum=8192)
    frame_interval: int = _fixed(
        1,
        'Number of frames between the target and each neighbour (spacing frames)',
        minimum=1,
        maximum=1000,
    )
    label_topic: str = _fixed(
        '',
        'Topic of the true semantic labels for validation: images of class ids, or points with a '
        'field of classes; none disables it',
    )


@dataclasses.dataclass(frozen=True)
class DayNightDataConfig(RgbDataConfig):
    """Source and selection of RGB image triplets by day (bags) and by night (night_bags)."""

    data_paths: ClassVar[frozenset[str]] = DataConfig.data_paths | {
        'night_bags',
        'night_validation_bags',
    }

    night_bags: tuple[str, ...] = _fixed((), 'Night recordings to train on')
    night_validation_bags: tuple[str, ...] = _fixed(
        (), 'Night recordings to validate on; empty uses the end of each of night_bags'
    )

    def problems(self) -> list[str]:
        """Name contradictions between settings."""
        problems = super().problems()
        by_day = {*self.bags, *self.validation_bags}
        if both := named_twice(by_day, {*self.night_bags, *self.night_validation_bags}):
            problems.append(f'night_bags: {", ".join(both)} is also listed as a daytime recording')
        if both := named_twice(self.night_bags, self.night_validation_bags):
            problems.append(
                f'night_validation_bags: {", ".join(both)} is also listed in night_bags'
            )
        if self.night_validation_bags and not self.night_bags:
            problems.append('night_validation_bags: needs night_bags')
        return problems

    def by_night(self) -> RgbDataConfig:
        """Return the settings of the night recordings."""
        values = {f.name: getattr(self, f.name) for f in dataclasses.fields(RgbDataConfig)}
        values |= {'bags': self.night_bags, 'validation_bags': self.night_validation_bags}
        return RgbDataConfig(**values)
