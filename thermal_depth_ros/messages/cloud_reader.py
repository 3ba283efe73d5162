# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""sensor_msgs/PointCloud2 -> arrays."""

from typing import Any

import numpy as np

from thermal_depth_ros.messages.errors import MessageError
from thermal_depth_ros.messages.image import octets_view

_DATATYPES = {1: 'i1', 2: 'u1', 3: 'i2', 4: 'u2', 5: 'i4', 6: 'u4', 7: 'f4', 8: 'f8'}


def cloud_to_xyz(msg: Any) -> np.ndarray:
    """Return the points of any PointCloud2, in metres, float32.

    Returns:
        (H, W, 3) of an organised cloud, (N, 3) of one with a single row.

    Raises:
        MessageError: See cloud_field.
    """
    xyz = np.stack([cloud_field(msg, name) for name in 'xyz'], axis=-1).astype(np.float32)
    return xyz[0] if msg.height == 1 else xyz


def cloud_field(msg: Any, name: str) -> np.ndarray:
    """Return one field of a PointCloud2 as a view (H, W) with the byte order of the message.

    Raises:
        MessageError: The field is missing or of unknown type, or the sizes of the message are
            inconsistent.
    """
    fields = {field.name: field for field in msg.fields}
    if name not in fields:
        raise MessageError('fields', sorted(fields), f'no field {name!r}')
    datatype = int(fields[name].datatype)
    if datatype not in _DATATYPES:
        raise MessageError(f'fields.{name}.datatype', datatype, 'no type of a PointField')
    dtype: np.dtype[Any] = np.dtype(_DATATYPES[datatype]).newbyteorder(
        '>' if msg.is_bigendian else '<'
    )
    offset, octets = int(fields[name].offset), octets_view('data', msg.data)
    height, width = int(msg.height), int(msg.width)
    point_step, row_step = int(msg.point_step), int(msg.row_step)
    if offset + dtype.itemsize > point_step:
        reason = f'{name} ends at byte {offset + dtype.itemsize} of a point'
        raise MessageError('point_step', point_step, reason)
    if row_step < width * point_step:
        raise MessageError('row_step', row_step, f'{width} points have {width * point_step} bytes')
    if octets.size != height * row_step:
        reason = f'row_step * height is {row_step} * {height}'
        raise MessageError('len(data)', octets.size, reason)
    if not octets.size:
        return np.empty((height, width), dtype)
    strides = (row_step, point_step)
    values: np.ndarray = np.ndarray((height, width), dtype, octets, offset, strides)
    return values
