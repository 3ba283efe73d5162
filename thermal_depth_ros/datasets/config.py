# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Settings of conversions: those of all layouts, and those of one."""

import dataclasses

from thermal_depth_ros.base.contract import RGB, THERMAL
from thermal_depth_ros.base.settings import setting
from thermal_depth_ros.datasets.streams import FILES, TRANSPORTS


@dataclasses.dataclass(frozen=True)
class ConvertConfig:
    """What is written, for every layout."""

    sequences: tuple[str, ...] = setting(
        (), 'Sequences to convert, by the names of their recordings; empty converts all'
    )
    images: str = setting(
        FILES,
        'How images are stored: files keeps JPEG and PNG as they are (CompressedImage; images that '
        'are demosaiced, rectified or of a video become PNG), raw decodes them (Image)',
        choices=TRANSPORTS,
    )


@dataclasses.dataclass(frozen=True)
class SplitConfig(ConvertConfig):
    """What is written, for layouts with published splits."""

    split: str = setting(
        '', 'Split to convert, by the name of its published list; empty converts everything'
    )
    split_file: str = setting('', 'File of the list, where it does not lie beside the data')
    partial: bool = setting(False, 'Convert what is there of a split, although its list names more')


@dataclasses.dataclass(frozen=True)
class KittiConfig(SplitConfig):
    """KITTI: raw drives and odometry sequences."""

    cameras: tuple[str, ...] = setting(
        ('image_02',), 'Cameras; the first one gets /rgb, others a namespace such as /image_03'
    )
    depth: str = setting(
        '',
        'Folder of the depth benchmark (with train/ and val/, or drives); empty searches beside '
        'the data',
    )
    lidar: bool = setting(True, 'Write the sweeps of the LiDAR')


@dataclasses.dataclass(frozen=True)
class RobotcarConfig(SplitConfig):
    """Oxford RobotCar: the SDK's layout, and the folders of ADDS-DepthNet."""

    camera: str = setting(
        'stereo/left',
        'Camera, by its folder',
        choices=('stereo/left', 'stereo/centre', 'stereo/right', 'mono_left', 'mono_right')
        + ('mono_rear',),
    )
    models: str = setting(
        '', 'Folder of the camera models of the SDK; empty searches models/ beside the data'
    )
    extrinsics: str = setting(
        '', 'Folder of the extrinsics of the SDK; empty searches extrinsics/ beside the data'
    )
    rectify: bool = setting(
        True,
        'Demosaic and undistort the images with the table of the SDK; false takes images for which '
        'that was done, as they are',
    )
    poses: str = setting(
        'vo', 'Source of the poses: visual odometry, or GPS and IMU', choices=('vo', 'ins', 'rtk')
    )
    depth_window_s: float = setting(
        4.0,
        'True depth is made of the sweeps of lms_front this long before and after an image, moved '
        'by the poses, s; 0 writes the sweeps themselves',
        minimum=0.0,
        maximum=60.0,
    )
    frame_period_s: float = setting(
        0.0625,
        'Time between images whose names are numbers (ADDS-DepthNet), s',
        minimum=1e-3,
        maximum=10.0,
    )


@dataclasses.dataclass(frozen=True)
class NuscenesConfig(SplitConfig):
    """nuScenes, with lidarseg where it is there."""

    version: str = setting('', 'Folder of the tables, such as v1.0-trainval; empty takes the one')
    cameras: tuple[str, ...] = setting(
        ('CAM_FRONT',), 'Cameras; the first one gets /rgb, others a namespace such as /CAM_BACK'
    )
    sweeps: bool = setting(True, 'Write the images between the keyframes as well')
    lidar: bool = setting(False, 'Write the sweeps of the LiDAR at keyframes, besides true depth')


@dataclasses.dataclass(frozen=True)
class Ms2Config(SplitConfig):
    """MS2: stereo RGB and thermal, left cameras."""

    sensors: tuple[str, ...] = setting(('thr', 'rgb'), 'Cameras: thr, rgb, nir (as grey rgb)')
    depth_kind: str = setting(
        'depth_filtered',
        'True depth: depth_filtered (ground truth of the benchmark), depth or depth_multi',
        choices=('depth_filtered', 'depth', 'depth_multi'),
    )
    frame_period_s: float = setting(
        0.1, 'Time between frames where no timestamps.txt says it, s', minimum=1e-3, maximum=10.0
    )


@dataclasses.dataclass(frozen=True)
class VividConfig(SplitConfig):
    """ViViD, post-processed by Shin et al., before preparation."""

    thin_m: float = setting(
        0.0,
        'Keep a frame whenever the sum of avg_velocity_thermal.txt exceeds this; 0.15 is that of '
        'Shin et al., 0 keeps all',
        minimum=0.0,
        maximum=100.0,
    )


@dataclasses.dataclass(frozen=True)
class VividPlusConfig(ConvertConfig):
    """ViViD++: ROS 1 bags with poses beside them."""

    thermal_topic: str = setting('/thermal/image_raw', 'Topic of the thermal images')
    rgb_topic: str = setting(
        '', 'Topic of the RGB images; empty takes /camera/image_color or /rgb/image'
    )
    lidar_topic: str = setting(
        '', 'Topic of the LiDAR; empty takes /os1_cloud_node/points or /velodyne_points'
    )
    thermal_calibration: str = setting(
        '', 'Calibration of the thermal camera (camera_calibration, OpenCV or Kalibr)'
    )
    rgb_calibration: str = setting('', 'Calibration of the RGB camera')
    mounts: str = setting(
        '',
        'YAML of the extrinsics: frame (thermal, rgb, lidar) -> {parent, matrix of 16 numbers}',
    )
    poses: str = setting(
        '',
        'Folder of the poses (<sequence>_optimized_poses.txt with <sequence>_times.txt); empty '
        'searches loamposes/ and pose/',
    )
    pose_frame: str = setting('lidar', 'Frame that the poses are of: lidar, thermal, rgb or base')


@dataclasses.dataclass(frozen=True)
class TumConfig(ConvertConfig):
    """TUM RGB-D sequences."""

    intrinsics: str = setting(
        'auto',
        'Intrinsics: freiburg1, freiburg2, freiburg3, default (525, 525, 319.5, 239.5), or auto by '
        'the name of the sequence',
        choices=('auto', 'freiburg1', 'freiburg2', 'freiburg3', 'default'),
    )
    calibration: str = setting('', 'Calibration file, instead of published intrinsics')
    units_per_metre: float = setting(
        5000.0, 'Units of depth in 16-bit PNG to the metre', minimum=1.0, maximum=1e5
    )


@dataclasses.dataclass(frozen=True)
class BoreasConfig(ConvertConfig):
    """Boreas sequences."""

    lidar: bool = setting(True, 'Write the sweeps of the LiDAR')


@dataclasses.dataclass(frozen=True)
class FramesConfig(ConvertConfig):
    """Videos, or folders of images, with a calibration file."""

    camera: str = setting(RGB, 'Kind of camera', choices=(THERMAL, RGB))
    calibration: str = setting(
        '', 'Calibration file (camera_calibration, OpenCV or Kalibr); empty writes no camera_info'
    )
    rate_hz: float = setting(
        0.0,
        'Frames per second; 0 takes timestamps.txt or times in the names of images, and the rate '
        'of a video',
        minimum=0.0,
        maximum=1000.0,
    )
    start: str = setting('', 'Time of the first frame as a date (2024-05-01T12:00:00Z)')
    trajectory: str = setting(
        'poses.txt',
        'Poses of the camera, in each sequence: TUM (time and 7 numbers) or KITTI (12 numbers for '
        'each image)',
    )
    units_per_metre: float = setting(
        0.0,
        'Units of depth in 16-bit PNG to the metre: 1000 for millimetres, 256 as in KITTI',
        minimum=0.0,
        maximum=1e6,
    )


@dataclasses.dataclass(frozen=True)
class IrvalConfig(ConvertConfig):
    """IRVAL: thermal videos of vehicles and fixed cameras, without calibration."""

    calibration: str = setting('', 'Calibration file; the data set has none')
    rate_hz: float = setting(
        0.0, 'Frames per second; 0 takes that of the video', minimum=0.0, maximum=1000.0
    )
