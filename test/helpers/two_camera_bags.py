# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Recordings of a vehicle with a thermal and an RGB camera, put together field by field."""

from pathlib import Path

import numpy as np

from thermal_depth_ros.bags.writer import RecordingWriter
from thermal_depth_ros.base import contract
from thermal_depth_ros.messages.bag_types import bag_typestore

STORE = bag_typestore()
TYPES = STORE.types
START_NS = 1_700_000_000_000_000_000
STEP_NS = 100_000_000
DELAY_NS = 7_000_000  # the recorder hears of a frame after it was taken
THERMAL_SIZE, RGB_SIZE = (24, 32), (30, 40)
PASSTHROUGH = ['--thermal.network', 'passthrough', '--rgb.network', 'passthrough']


def header(stamp_ns: int, frame_id: str):
    time_message = TYPES['builtin_interfaces/msg/Time'](
        sec=stamp_ns // 10**9, nanosec=stamp_ns % 10**9
    )
    return TYPES['std_msgs/msg/Header'](stamp=time_message, frame_id=frame_id)


def image(stamp_ns: int, kind: str, index: int):
    rng = np.random.default_rng(index)
    if kind == 'thermal':
        (height, width), encoding, channels = THERMAL_SIZE, 'mono16', 2
    else:
        (height, width), encoding, channels = RGB_SIZE, 'bgr8', 3
    return TYPES[contract.IMAGE](
        header=header(stamp_ns, f'{kind}_optical_frame'),
        height=height,
        width=width,
        encoding=encoding,
        is_bigendian=0,
        step=width * channels,
        data=rng.integers(0, 255, height * width * channels, dtype=np.uint8),
    )


def info(stamp_ns: int, kind: str):
    height, width = THERMAL_SIZE if kind == 'thermal' else RGB_SIZE
    k = np.array([30.0, 0, width / 2, 0, 30.0, height / 2, 0, 0, 1])
    p = np.insert(k, [3, 6, 9], 0.0)
    roi = TYPES['sensor_msgs/msg/RegionOfInterest'](
        x_offset=0, y_offset=0, height=0, width=0, do_rectify=False
    )
    return TYPES[contract.CAMERA_INFO](
        header=header(stamp_ns, f'{kind}_optical_frame'),
        height=height,
        width=width,
        distortion_model='plumb_bob',
        d=np.zeros(5),
        k=k,
        r=np.eye(3).ravel(),
        p=p,
        binning_x=0,
        binning_y=0,
        roi=roi,
    )


def mounted(kind: str, rotation=(-0.5, 0.5, -0.5, 0.5)):
    x, y, z, w = rotation
    transform = TYPES['geometry_msgs/msg/Transform'](
        translation=TYPES['geometry_msgs/msg/Vector3'](x=1.0, y=0.0, z=0.5),
        rotation=TYPES['geometry_msgs/msg/Quaternion'](x=x, y=y, z=z, w=w),
    )
    return TYPES['geometry_msgs/msg/TransformStamped'](
        header=header(START_NS, 'base_link'),
        child_frame_id=f'{kind}_optical_frame',
        transform=transform,
    )


def record(
    path: Path, count: int = 5, kinds=('thermal', 'rgb'), spoil=None, tf='/tf_static'
) -> Path:
    """Write a drive with both cameras; `spoil(message, index)` may damage thermal images."""
    with RecordingWriter(path) as writer:
        transforms = TYPES[contract.TF_MESSAGE](transforms=[mounted(kind) for kind in kinds])
        for moment in range(1 if tf.endswith('static') else 3):
            at = START_NS + moment * STEP_NS
            writer.write(tf, contract.TF_MESSAGE, transforms, at, latched=tf.endswith('static'))
        for index in range(count):
            stamp = START_NS + index * STEP_NS
            for kind in kinds:
                message = image(stamp, kind, index)
                if spoil and kind == 'thermal':
                    spoil(message, index)
                at = stamp + DELAY_NS
                # The image comes before its camera_info, as it may on the network.
                writer.write(f'/{kind}/image_raw', contract.IMAGE, message, at)
                writer.write(f'/{kind}/camera_info', contract.CAMERA_INFO, info(stamp, kind), at)
    return path
