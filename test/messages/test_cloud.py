# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
import math
import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from thermal_depth_ros.geometry.camera import PinholeCamera
from thermal_depth_ros.messages.cloud import CameraRays, depth_cloud
from thermal_depth_ros.messages.cloud_reader import cloud_to_xyz
from thermal_depth_ros.messages.errors import MessageError

FLOAT32, UINT32 = 7, 6
SPECIAL = [math.nan, math.inf, -math.inf, 0.0, -0.0, 1e-30, 1e30]


def a_camera(height, width):
    return PinholeCamera(width, height, 0.8 * width, 0.9 * width, width / 2 - 0.3, height / 2 + 0.2)


def some_depth(height, width, seed=0):
    random = np.random.default_rng(seed)
    depth = random.uniform(0.1, 90.0, (height, width)).astype(np.float32)
    places = random.integers(0, depth.size, min(depth.size, 2 * len(SPECIAL)))
    depth.reshape(-1)[places] = np.resize(SPECIAL, places.size)
    return depth


def images(height, width, seed=0):
    random = np.random.default_rng(seed)
    return {
        'intensity': random.integers(0, 2**16, (height, width), dtype=np.uint16),
        'rgb': random.integers(0, 256, (height, width, 3), dtype=np.uint8),
        'label': random.integers(0, 256, (height, width), dtype=np.uint8),
        'confidence': random.random((height, width), dtype=np.float32),
    }


def layout(msg):
    return [(f.name, f.offset, f.datatype, f.count) for f in msg.fields]


def point_at(msg, row, column):
    """Unpack one point by what the message says about itself."""
    at = row * msg.row_step + column * msg.point_step
    letters = {FLOAT32: 'f', UINT32: 'I'}
    point = {}
    for field in msg.fields:
        letter = letters[field.datatype]
        (point[field.name],) = struct.unpack_from(f'={letter}', msg.data, at + field.offset)
    return point


@settings(max_examples=60, deadline=None)
@given(
    height=st.integers(1, 9),
    width=st.integers(1, 11),
    decimation=st.integers(1, 4),
    names=st.sets(st.sampled_from(['intensity', 'rgb', 'label', 'confidence'])),
    seed=st.integers(0, 10**6),
)
def test_every_point_by_the_formula(types, height, width, decimation, names, seed):
    camera, depth = a_camera(height, width), some_depth(height, width, seed)
    extra = {n: a for n, a in images(height, width, seed).items() if n in names}
    msg = depth_cloud(types, depth, CameraRays(camera), 12, 'optical', decimation, **extra)
    assert (msg.height, msg.width) == (-(-height // decimation), -(-width // decimation))
    assert msg.is_dense is False
    assert len(msg.data) == msg.height * msg.row_step == msg.height * msg.width * msg.point_step
    for row in range(msg.height):
        for column in range(msg.width):
            u, v = column * decimation, row * decimation
            point, z = point_at(msg, row, column), float(depth[v, u])
            expected = (
                [(u - camera.cx) / camera.fx * z, (v - camera.cy) / camera.fy * z, z]
                if math.isfinite(z)
                else [math.nan] * 3
            )
            found = [point[axis] for axis in 'xyz']
            np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)
            if 'rgb' in names:
                r, g, b = (int(value) for value in extra['rgb'][v, u])
                bits = struct.unpack('=I', struct.pack('=f', point['rgb']))[0]
                assert bits == r << 16 | g << 8 | b
            for name in names - {'rgb'}:
                assert point[name] == extra[name][v, u]


@settings(max_examples=25, deadline=None)
@given(
    height=st.integers(1, 9),
    width=st.integers(1, 11),
    decimation=st.integers(1, 3),
    names=st.sets(st.sampled_from(['intensity', 'rgb', 'label', 'confidence'])),
    finite=st.booleans(),
    seed=st.integers(0, 10**6),
)
def test_an_unorganised_cloud_has_the_points_with_depth_alone(
    types, height, width, decimation, names, finite, seed
):
    depth, rays = some_depth(height, width, seed), CameraRays(a_camera(height, width))
    if not finite:
        depth[:] = np.nan
    extra = {n: a for n, a in images(height, width, seed).items() if n in names}
    whole = depth_cloud(types, depth, rays, 12, 'optical', decimation, **extra)
    valid = depth_cloud(types, depth, rays, 12, 'optical', decimation, organised=False, **extra)
    expected = [
        point_at(whole, row, column)
        for row in range(whole.height)
        for column in range(whole.width)
        if math.isfinite(depth[row * decimation, column * decimation])
    ]
    assert (valid.height, valid.width, valid.is_dense) == (1, len(expected), True)
    assert len(valid.data) == valid.row_step == len(expected) * valid.point_step
    assert (layout(valid), valid.point_step) == (layout(whole), whole.point_step)
    assert [point_at(valid, 0, column) for column in range(valid.width)] == expected


def test_fields_of_the_contract(types):
    depth, rays, extra = some_depth(4, 6), CameraRays(a_camera(4, 6)), images(4, 6)
    xyz = [('x', 0, FLOAT32, 1), ('y', 4, FLOAT32, 1), ('z', 8, FLOAT32, 1)]
    plain = depth_cloud(types, depth, rays, 1, 'optical')
    assert (layout(plain), plain.point_step) == (xyz, 12)
    thermal = depth_cloud(types, depth, rays, 1, 'optical', intensity=extra.pop('intensity'))
    assert (layout(thermal), thermal.point_step) == ([*xyz, ('intensity', 12, FLOAT32, 1)], 16)
    colour = depth_cloud(types, depth, rays, 1, 'optical', **extra)
    more = [('rgb', 12, FLOAT32, 1), ('label', 16, UINT32, 1), ('confidence', 20, FLOAT32, 1)]
    assert (layout(colour), colour.point_step) == ([*xyz, *more], 24)
    assert colour.header.frame_id == 'optical'
    assert (colour.header.stamp.sec, colour.header.stamp.nanosec) == (0, 1)


@pytest.mark.parametrize('names', [(), ('intensity',), ('rgb', 'label', 'confidence')])
def test_images_larger_than_a_block(bag, names):
    """A real size, so that the work is cut into parts with a rest; odd, so that vectors end."""
    height, width = 481, 643
    depth, rays = some_depth(height, width), CameraRays(a_camera(height, width))
    extra = {n: a for n, a in images(height, width).items() if n in names}
    points = cloud_to_xyz(depth_cloud(bag, depth, rays, 0, '', **extra))
    finite = np.isfinite(depth)
    expected = np.stack([*(rays.planes * depth), depth], axis=-1)
    np.testing.assert_array_equal(points[finite], expected[finite])
    assert np.isnan(points[~finite]).all()
    valid = cloud_to_xyz(depth_cloud(bag, depth, rays, 0, '', organised=False, **extra))
    np.testing.assert_array_equal(valid.reshape(-1, 3), expected[finite])


def test_depth_and_images_may_be_strided_views(bag):
    depth, rays, extra = some_depth(10, 12), CameraRays(a_camera(5, 6)), images(10, 12)
    views = {name: image[::2, 1::2] for name, image in extra.items()}
    copies = {name: view.copy() for name, view in views.items()}
    viewed = depth_cloud(bag, depth[::2, 1::2], rays, 0, '', **views)
    copied = depth_cloud(bag, depth[::2, 1::2].copy(), rays, 0, '', **copies)
    np.testing.assert_array_equal(viewed.data, copied.data)


def test_the_inputs_stay_as_they_are(types):
    depth, rays, extra = some_depth(6, 7), CameraRays(a_camera(6, 7)), images(6, 7)
    given_ = [array.copy() for array in (depth, rays.planes, *extra.values())]
    depth_cloud(types, depth, rays, 0, '')
    depth_cloud(types, depth, rays, 0, '', **extra)
    for array, before in zip((depth, rays.planes, *extra.values()), given_, strict=True):
        np.testing.assert_array_equal(array, before)


@pytest.mark.ros
def test_memory_that_served_another_cloud_is_overwritten_in_full(ros, bag):
    rays = CameraRays(a_camera(20, 30))
    for seed in range(5):
        depth = some_depth(20, 30, seed)
        again = bytes(depth_cloud(ros, depth, rays, 0, '', intensity=depth).data)
        assert again == bytes(depth_cloud(bag, depth, rays, 0, '', intensity=depth).data)


@pytest.mark.parametrize(
    ('changes', 'field'),
    [
        ({'depth_m': np.zeros((4, 6, 1), np.float32)}, 'depth.shape'),
        ({'depth_m': np.zeros((0, 6), np.float32)}, 'depth.shape'),
        ({'rays': CameraRays(a_camera(4, 5))}, 'rays.shape'),
        ({'intensity': np.zeros((4, 5))}, 'intensity.shape'),
        ({'rgb': np.zeros((4, 6), np.uint8)}, 'rgb.shape'),
        ({'rgb': np.zeros((4, 6, 4), np.uint8)}, 'rgb.shape'),
        ({'label': np.zeros((5, 6), np.uint8)}, 'label.shape'),
        ({'confidence': np.zeros((4, 6, 1), np.float32)}, 'confidence.shape'),
        ({'decimation': 0}, 'decimation'),
    ],
)
def test_sizes_that_do_not_fit_are_refused(bag, changes, field):
    given_ = {
        'depth_m': np.ones((4, 6), np.float32),
        'rays': CameraRays(a_camera(4, 6)),
        **changes,
    }
    with pytest.raises(MessageError) as caught:
        depth_cloud(bag, stamp_ns=0, frame_id='', **given_)
    assert caught.value.field == field


def test_rays_are_interleaved_once_per_camera_and_decimation():
    rays = CameraRays(a_camera(6, 9))
    made = rays.interleaved(2)
    assert rays.interleaved(2) is made
    np.testing.assert_array_equal(made[..., 0], rays.planes[0, ::2, ::2])
    np.testing.assert_array_equal(made[..., 1], rays.planes[1, ::2, ::2])
    assert (made[..., 2] == 1).all()
    assert rays.interleaved(1).shape == (6, 9, 3)
