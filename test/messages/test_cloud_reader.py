# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
import struct

import numpy as np
import pytest

from thermal_depth_ros.geometry.camera import PinholeCamera
from thermal_depth_ros.messages.cloud import CameraRays, depth_cloud
from thermal_depth_ros.messages.cloud_reader import cloud_field, cloud_to_xyz
from thermal_depth_ros.messages.errors import MessageError


def some_rays(height, width):
    return CameraRays(PinholeCamera(width, height, 1.0, 1.0, 0.0, 0.0))


def test_reading_any_byte_order_offset_and_padding(bag):
    """A cloud as another program might write it: big endian, doubles, gaps everywhere."""
    height, width, point_step, row_step = 3, 4, 41, 180
    data = bytearray(height * row_step)
    for row in range(height):
        for column in range(width):
            at = row * row_step + column * point_step
            struct.pack_into('>d', data, at + 1, row + 0.5)
            struct.pack_into('>d', data, at + 17, column + 0.25)
            struct.pack_into('>d', data, at + 30, 100.0 * row + column)
    msg = depth_cloud(bag, np.ones((3, 4), np.float32), some_rays(3, 4), 0, '')
    field = type(msg.fields[0])
    msg.fields = [
        field(name=n, offset=o, datatype=8, count=1) for n, o in (('y', 17), ('x', 1), ('z', 30))
    ]
    msg.point_step, msg.row_step, msg.is_bigendian = point_step, row_step, True
    msg.data = np.frombuffer(bytes(data), np.uint8)
    points = cloud_to_xyz(msg)
    assert points.shape == (3, 4, 3)
    assert points[2, 3].tolist() == [2.5, 3.25, 203.0]


def test_a_cloud_of_one_row_is_a_list_of_points(bag):
    msg = depth_cloud(bag, np.ones((1, 5), np.float32), some_rays(1, 5), 0, '')
    assert cloud_to_xyz(msg).shape == (5, 3)


@pytest.mark.parametrize(
    ('changes', 'field'),
    [
        ({'point_step': 11}, 'point_step'),
        ({'row_step': 12 * 6 - 1}, 'row_step'),
        ({'height': 5}, 'len(data)'),
        ({'height': 2**31}, 'len(data)'),
        ({'data': np.zeros(7, np.uint8)}, 'len(data)'),
        ({'fields': []}, 'fields'),
    ],
)
def test_clouds_that_contradict_themselves_are_refused(bag, changes, field):
    msg = depth_cloud(bag, np.ones((4, 6), np.float32), some_rays(4, 6), 0, '')
    for name, value in changes.items():
        setattr(msg, name, value)
    with pytest.raises(MessageError) as caught:
        cloud_to_xyz(msg)
    assert caught.value.field == field


def test_a_field_of_an_unknown_type_is_refused(bag):
    msg = depth_cloud(bag, np.ones((4, 6), np.float32), some_rays(4, 6), 0, '')
    msg.fields = [type(f)(name=f.name, offset=f.offset, datatype=9, count=1) for f in msg.fields]
    with pytest.raises(MessageError, match='datatype is 9'):
        cloud_field(msg, 'x')


def test_an_empty_cloud_has_no_points(bag):
    msg = depth_cloud(bag, np.ones((1, 1), np.float32), some_rays(1, 1), 0, '')
    msg.width = msg.row_step = 0
    msg.data = np.zeros(0, np.uint8)
    assert cloud_to_xyz(msg).shape == (0, 3)
