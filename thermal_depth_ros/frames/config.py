# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""User settings of the camera pipelines; also the ROS parameters of the nodes."""

import dataclasses
from typing import Any, ClassVar

from thermal_depth_ros.base.contract import RGB, THERMAL
from thermal_depth_ros.base.settings import SettingsError, describe, setting
from thermal_depth_ros.geometry.crop import crop_setting

ORGANISED, UNORGANISED = 'organised', 'unorganised'  # layouts of clouds, as PCL calls them
ALL_FIELDS, IMAGE_FIELDS, XYZ_FIELDS = 'all', 'image', 'xyz'  # of clouds
MAX_DECIMATION = 64


def engine_setting() -> Any:
    """Return the setting of the library that runs the networks."""
    return setting(
        'auto',
        'Library that runs the networks: auto takes the fastest that is installed and agrees with '
        'PyTorch; tensorrt requires CUDA',
        choices=('auto', 'torch', 'onnxruntime', 'openvino', 'tensorrt'),
        read_only=True,
    )


@dataclasses.dataclass(frozen=True)
class CameraConfig:
    """Settings common to both cameras."""

    kind: ClassVar[str]
    bundle: str = setting(
        '', 'Model bundle: a name under models/ or the path of its folder', read_only=True
    )
    network: str = setting(
        'bundle',
        'bundle runs the networks; passthrough publishes a constant depth, to measure the '
        'graph alone',
        choices=('bundle', 'passthrough'),
        read_only=True,
    )
    device: str = setting(
        'auto',
        'Compute device: auto (CUDA if available), cpu, cuda or cuda:N',
        read_only=True,
    )
    engine: str = engine_setting()
    engine_check: str = setting(
        'refuse',
        'Engine whose results differ from those of PyTorch at start-up: refuse runs the network '
        'in another one, mark runs it with a warning',
        choices=('refuse', 'mark'),
        read_only=True,
    )
    precision: str = setting(
        'auto',
        'Precision of the networks: auto is fp16 on CUDA; on the CPU bf16 where OpenVINO then '
        'still agrees with fp32, otherwise fp32; fp16 requires CUDA, int8 files of '
        '`thermal-depth export --int8`',
        choices=('auto', 'fp32', 'bf16', 'fp16', 'int8'),
        read_only=True,
    )
    threads: int = setting(
        0,
        'CPU threads of the networks, shared by all cameras of a process; 0 is half of the '
        'processors in a node, all of them offline, and OMP_NUM_THREADS where that is set',
        minimum=0,
        maximum=256,
        read_only=True,
    )
    image_transport: str = setting(
        'raw', 'Transport of the input images', choices=('raw', 'compressed'), read_only=True
    )
    max_image_pixels: int = setting(
        25_000_000,
        'Largest accepted image, pixels; larger ones are dropped before decoding, as are '
        'images with more than four times the pixels of camera_info (and more than a million)',
        minimum=10_000,
        maximum=1_000_000_000,
    )
    crop_top: int = crop_setting('top')
    crop_bottom: int = crop_setting('bottom')
    crop_left: int = crop_setting('left')
    crop_right: int = crop_setting('right')
    min_depth_m: float = setting(
        0.1,
        'Smallest valid depth, m; anything nearer is reported as -Inf',
        minimum=0.0,
        maximum=1000.0,
    )
    max_depth_m: float = setting(
        80.0,
        'Largest valid depth, m; anything farther is reported as +Inf',
        minimum=0.1,
        maximum=10000.0,
    )
    min_confidence: float = setting(
        0.0, 'Depth with a lower confidence is reported as NaN', minimum=0.0, maximum=1.0
    )
    point_decimation: int = setting(
        1,
        'Point clouds contain every n-th row and column of the depth image',
        minimum=1,
        maximum=MAX_DECIMATION,
    )
    point_layout: str = setting(
        ORGANISED,
        'Points of the clouds: organised has one for every pixel, NaN where there is no depth; '
        'unorganised only those with depth, in one row (is_dense)',
        choices=(ORGANISED, UNORGANISED),
    )
    point_fields: str = setting(
        ALL_FIELDS,
        'Fields of the clouds beside x, y, z: all; image, which is the intensity or rgb alone; or '
        'xyz for none',
        choices=(ALL_FIELDS, IMAGE_FIELDS, XYZ_FIELDS),
    )
    scale_source: str = setting(
        'bundle',
        'Source of the metric scale: bundle (as trained), fixed (metric_scale), or wheel '
        '(estimated from wheel/odometry while driving)',
        choices=('bundle', 'fixed', 'wheel'),
        read_only=True,
    )
    metric_scale: float = setting(
        1.0, 'Metres per network unit (scale_source fixed)', minimum=1e-6, maximum=1e6
    )

    def __post_init__(self) -> None:
        if not self.min_depth_m < self.max_depth_m:
            raise SettingsError(
                f'min_depth_m: {self.min_depth_m:g} is not below max_depth_m {self.max_depth_m:g}'
            )


@dataclasses.dataclass(frozen=True)
class ThermalConfig(CameraConfig):
    """Settings of the thermal camera (depth and motion)."""

    kind = THERMAL
    bundle: str = setting(
        'thermal_default',
        'Model bundle: a name under models/ or the path of its folder',
        read_only=True,
    )
    odometry: bool = setting(True, 'Estimate motion between consecutive frames', read_only=True)
    publish_tf: bool = setting(
        True,
        'Broadcast the transform odom_frame -> base_frame; disable it if a localisation '
        'filter broadcasts it',
    )
    odom_frame: str = setting('odom', 'Parent frame of the estimated pose', read_only=True)
    base_frame: str = setting(
        'base_link', 'Body frame of the vehicle, whose pose is estimated', read_only=True
    )
    odometry_max_gap_s: float = setting(
        2.0,
        'Longest gap between two frames before tracking counts as lost, s',
        minimum=0.01,
        maximum=60.0,
    )
    odometry_max_speed_mps: float = setting(
        60.0,
        'Largest plausible speed, m/s; a faster estimate counts as lost tracking',
        minimum=0.1,
        maximum=1000.0,
    )


@dataclasses.dataclass(frozen=True)
class RgbConfig(CameraConfig):
    """Settings of the RGB camera (depth and semantics)."""

    kind = RGB
    bundle: str = setting(
        'rgb_default',
        'Model bundle: a name under models/ or the path of its folder',
        read_only=True,
    )
    sky_is_far: bool = setting(True, 'Report the depth of sky pixels as +Inf')
    semantic_min_confidence: float = setting(
        0.0,
        'Pixels with a lower confidence get the label 255 (unlabelled)',
        minimum=0.0,
        maximum=1.0,
    )
    overlay_opacity: float = setting(
        0.5, 'Opacity of the class colours in the overlay image', minimum=0.0, maximum=1.0
    )


def refuse_fixed_changes(old: CameraConfig, new: CameraConfig) -> None:
    """Check that only dynamic settings differ.

    Raises:
        SettingsError: A setting that is fixed at start-up differs; all are named.
    """
    if type(old) is not type(new):
        raise SettingsError(f'{type(new).__name__} is not {type(old).__name__}')
    changed = [
        entry.name
        for entry in describe(old)
        if entry.read_only and getattr(old, entry.name) != getattr(new, entry.name)
    ]
    if changed:
        raise SettingsError(f'{", ".join(changed)}: fixed at start-up, restart to change')
