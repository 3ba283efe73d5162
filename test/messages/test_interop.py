# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Between us and what other people read and write our messages with, both ways."""

import importlib

import numpy as np
import pytest

from thermal_depth_ros.geometry import rigid
from thermal_depth_ros.geometry.camera import PinholeCamera
from thermal_depth_ros.messages.cloud import CameraRays, depth_cloud
from thermal_depth_ros.messages.cloud_reader import cloud_field, cloud_to_xyz
from thermal_depth_ros.messages.decode import decode_camera_image
from thermal_depth_ros.messages.image import array_to_image, image_to_array
from thermal_depth_ros.messages.odometry import pose_message, pose_to_matrix
from thermal_depth_ros.messages.stamps import header_message

pytestmark = pytest.mark.ros


def _import(name):
    try:
        return importlib.import_module(name)
    except ImportError as error:
        pytest.skip(f'{name} cannot be imported: {error}')


@pytest.fixture(scope='module')
def bridge():
    made = _import('cv_bridge').CvBridge()
    try:
        made.encoding_to_dtype_with_channels('mono8')
    except (ImportError, AttributeError) as error:  # its compiled half may be missing
        pytest.skip(f'cv_bridge cannot be used: {error}')
    return made


@pytest.fixture(scope='module')
def point_cloud2():
    return _import('sensor_msgs_py.point_cloud2')


@pytest.fixture(scope='module')
def transformations():
    return _import('tf_transformations')


ENCODINGS = {
    'mono8': (np.uint8, 1),
    'mono16': (np.uint16, 1),
    '8UC1': (np.uint8, 1),
    '16UC1': (np.uint16, 1),
    'rgb8': (np.uint8, 3),
    'bgr8': (np.uint8, 3),
    'rgba8': (np.uint8, 4),
    'bgra8': (np.uint8, 4),
    'bayer_rggb8': (np.uint8, 1),
    'yuv422': (np.uint8, 2),
    '32FC1': (np.float32, 1),
}


@pytest.mark.parametrize('encoding', ENCODINGS)
def test_images_between_us_and_cv_bridge(ros, bridge, encoding):
    dtype, channels = ENCODINGS[encoding]
    shape = (6, 8) if channels == 1 else (6, 8, channels)
    pixels = np.random.default_rng(0).integers(0, 256, shape).astype(dtype)
    ours = array_to_image(ros, pixels, encoding, 5, 'camera_optical')
    np.testing.assert_array_equal(bridge.imgmsg_to_cv2(ours, 'passthrough'), pixels)
    theirs = bridge.cv2_to_imgmsg(pixels, encoding, header=ours.header)
    np.testing.assert_array_equal(image_to_array(theirs), pixels)


@pytest.mark.parametrize('encoding', ['rgb8', 'bgr8', 'rgba8', 'bgra8', 'mono8'])
def test_colours_are_those_of_cv_bridge(ros, bridge, encoding):
    dtype, channels = ENCODINGS[encoding]
    shape = (6, 8) if channels == 1 else (6, 8, channels)
    pixels = np.random.default_rng(0).integers(0, 256, shape).astype(dtype)
    msg = array_to_image(ros, pixels, encoding, 5, 'camera_optical')
    try:
        theirs = bridge.imgmsg_to_cv2(msg, 'rgb8')
    except (ImportError, NotImplementedError) as error:
        pytest.skip(f'cv_bridge cannot convert colours here: {error}')
    np.testing.assert_array_equal(decode_camera_image(msg, 'rgb'), theirs)


@pytest.mark.parametrize('codec', ['jpg', 'png'])
def test_compressed_images_of_cv_bridge(bridge, codec):
    rows, columns = np.indices((48, 64))
    bgr = np.stack([rows * 5, columns * 4, rows + columns], axis=-1).astype(np.uint8)
    msg = bridge.cv2_to_compressed_imgmsg(bgr, codec)
    ours = decode_camera_image(msg, 'rgb')
    np.testing.assert_array_equal(
        ours[..., ::-1], bridge.compressed_imgmsg_to_cv2(msg, 'passthrough')
    )
    assert np.abs(ours[..., ::-1].astype(int) - bgr).mean() < (3 if codec == 'jpg' else 1e-9)


@pytest.fixture(scope='module')
def scene():
    random = np.random.default_rng(1)
    depth = random.uniform(1, 50, (12, 16)).astype(np.float32)
    depth[0, :4] = np.nan, np.inf, -np.inf, np.nan
    rays = CameraRays(PinholeCamera(16, 12, 13.1, 12.7, 7.4, 5.8))
    images = {
        'rgb': random.integers(0, 256, (12, 16, 3), dtype=np.uint8),
        'label': random.integers(0, 19, (12, 16), dtype=np.uint8),
        'confidence': random.random((12, 16), dtype=np.float32),
    }
    return depth, rays, images


def test_our_clouds_read_by_sensor_msgs_py(ros, point_cloud2, scene):
    depth, rays, images = scene
    msg = depth_cloud(ros, depth, rays, 5, 'camera_optical', **images)
    names = ['x', 'y', 'z', 'rgb', 'label', 'confidence']
    # Not reshaped by sensor_msgs_py, which takes the width for the number of rows.
    points = point_cloud2.read_points(msg, names).reshape(12, 16)
    for name in names:
        np.testing.assert_array_equal(points[name], cloud_field(msg, name))
    finite = point_cloud2.read_points_numpy(msg, ['x', 'y', 'z'], skip_nans=True)
    assert len(finite) == depth.size - 4
    np.testing.assert_array_equal(finite, cloud_to_xyz(msg)[np.isfinite(depth)])


def test_clouds_of_sensor_msgs_py_read_by_us(ros, point_cloud2, scene):
    depth, rays, _ = scene
    points = np.stack([rays[0] * 2, rays[1] * 3, rays[0]], axis=-1)
    header = header_message(ros, 5, 'camera_optical')
    msg = point_cloud2.create_cloud_xyz32(header, points.reshape(-1, 3))
    np.testing.assert_array_equal(cloud_to_xyz(msg), points.reshape(-1, 3))


def test_our_xyz_cloud_is_the_one_of_sensor_msgs_py(ros, point_cloud2, scene):
    depth, rays, _ = scene
    ours = depth_cloud(ros, depth, rays, 5, 'camera_optical')
    theirs = point_cloud2.create_cloud_xyz32(ours.header, cloud_to_xyz(ours).reshape(-1, 3))
    assert ours.fields == theirs.fields
    assert ours.point_step == theirs.point_step
    assert bytes(ours.data) == bytes(theirs.data)


def random_rotations(count=50):
    random = np.random.default_rng(2)
    turns = [
        rigid.exponential(np.array([0, 0, 0, *random.uniform(-3, 3, 3)])) for _ in range(count)
    ]
    halves = [np.diag([*signs, 1.0]) for signs in ((1, -1, -1), (-1, 1, -1), (-1, -1, 1))]
    return [*turns, *halves, np.eye(4)]


def test_our_rotations_read_by_tf_transformations(ros, transformations):
    for T in random_rotations():
        q = pose_message(ros, T).orientation
        theirs = transformations.quaternion_matrix([q.x, q.y, q.z, q.w])
        np.testing.assert_allclose(theirs, T, atol=1e-12)


def test_rotations_of_tf_transformations_read_by_us(ros, transformations):
    for T in random_rotations():
        x, y, z, w = transformations.quaternion_from_matrix(T)
        pose = pose_message(ros, np.eye(4))
        pose.orientation = ros.Quaternion(x=float(x), y=float(y), z=float(z), w=float(w))
        np.testing.assert_allclose(pose_to_matrix(pose), T, atol=1e-12)
    for angles in ((0.1, -0.4, 2.0), (3.0, 0.2, -1.0)):
        x, y, z, w = transformations.quaternion_from_euler(*angles)
        pose.orientation = ros.Quaternion(x=float(x), y=float(y), z=float(z), w=float(w))
        expected = transformations.euler_matrix(*angles)
        np.testing.assert_allclose(pose_to_matrix(pose), expected, atol=1e-12)
