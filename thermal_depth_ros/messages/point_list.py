# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Points of a LiDAR -> unordered sensor_msgs/PointCloud2."""

import sys
from typing import Any

import numpy as np

from thermal_depth_ros.messages.cloud import FLOAT32, UINT32
from thermal_depth_ros.messages.errors import MessageError
from thermal_depth_ros.messages.types import MessageTypes


def point_list(
    types: MessageTypes,
    xyz: np.ndarray,
    stamp_ns: int,
    frame_id: str,
    *,
    intensity: np.ndarray | None = None,
    label: np.ndarray | None = None,
) -> Any:
    """Build a cloud of one row: x y z in metres, then intensity and label where they are given.

    Args:
        types: The library that the message is made for.
        xyz: (N, 3) of any float type.
        stamp_ns: Time of the sweep.
        frame_id: Frame of the points.
        intensity: (N,) of any number type, written as float32.
        label: (N,) class ids, written as uint32.

    Raises:
        MessageError: The lengths differ, or the stamp cannot be represented.
    """
    if xyz.ndim != 2 or xyz.shape[1] != 3:
        raise MessageError('xyz.shape', xyz.shape, 'points are (N, 3)')
    columns = [(name, FLOAT32, xyz[:, at]) for at, name in enumerate('xyz')]
    columns += [('intensity', FLOAT32, intensity)] if intensity is not None else []
    columns += [('label', UINT32, label)] if label is not None else []
    made = np.empty(
        len(xyz), [(name, np.uint32 if t == UINT32 else np.float32) for name, t, _ in columns]
    )
    for name, _, values in columns:
        if len(values) != len(xyz):
            raise MessageError(f'len({name})', len(values), f'there are {len(xyz)} points')
        made[name] = values
    step = made.dtype.itemsize
    return types.with_data(
        types.PointCloud2,
        stamp_ns,
        frame_id,
        types.octets_of(made.view(np.uint8)),
        height=1,
        width=len(xyz),
        fields=[
            types.PointField(name=name, offset=4 * at, datatype=datatype, count=1)
            for at, (name, datatype, _) in enumerate(columns)
        ],
        is_bigendian=sys.byteorder == 'big',
        point_step=step,
        row_step=step * len(xyz),
        is_dense=bool(np.isfinite(xyz).all()),
    )
