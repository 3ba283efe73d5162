# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Real recordings, ROS 1 and ROS 2, read with rosbags alone."""

import cv2
import numpy as np
import pytest
from rosbags.highlevel import AnyReader
from rosbags.typesys import Stores, get_typestore

from thermal_depth_ros.messages.bag_types import bag_types
from thermal_depth_ros.messages.camera_info import camera_from_info
from thermal_depth_ros.messages.cloud_reader import cloud_field, cloud_to_xyz
from thermal_depth_ros.messages.compressed import decode_compressed
from thermal_depth_ros.messages.decode import decode_camera_image, is_compressed
from thermal_depth_ros.messages.errors import MessageError
from thermal_depth_ros.messages.image import array_to_image, image_to_array
from thermal_depth_ros.messages.odometry import odometry_sample, transform_to_matrix
from thermal_depth_ros.messages.stamps import stamp_ns


@pytest.fixture
def first(shared_data):
    """Return the first messages of a topic of a recording."""

    def read(bag, topic, count=1):
        store = get_typestore(Stores.ROS2_JAZZY)
        with AnyReader([shared_data / bag], default_typestore=store) as reader:
            connections = [c for c in reader.connections if c.topic == topic]
            assert connections, topic
            raw = reader.messages(connections=connections)
            found = []
            for connection, _, data in raw:
                found.append(reader.deserialize(data, connection.msgtype))
                if len(found) == count:
                    break
        return found if count > 1 else found[0]

    return read


@pytest.mark.parametrize(
    ('bag', 'topic', 'kind', 'shape', 'dtype'),
    [
        ('lepton_thermal16.bag', '/thermal/image_raw', 'thermal', (120, 160), np.uint16),
        ('aerial_thermal8', '/thermal/image_raw/compressed', 'thermal', (512, 640), np.uint8),
        ('driving_thermal16', '/left/thermal/image_raw', 'thermal', (256, 640), np.uint16),
        ('driving_thermal16', '/left/rgb/image_raw', 'rgb', (384, 1224, 3), np.uint8),
        ('handheld_rgbd', '/rgb/image_raw/compressed', 'rgb', (360, 540, 3), np.uint8),
        ('driving_lidar', '/front/image_rect/compressed', 'rgb', (1216, 1936, 3), np.uint8),
    ],
)
def test_every_camera_of_the_recordings(first, bag, topic, kind, shape, dtype):
    msg = first(bag, topic)
    image = decode_camera_image(msg, kind)
    assert (image.shape, image.dtype) == (shape, dtype)
    assert image.std() > 1
    assert stamp_ns(msg.header) > 0
    assert is_compressed(msg) == topic.endswith('compressed')


def test_a_real_bgr8_image_has_its_colours_turned(first):
    msg = first('driving_thermal16', '/left/rgb/image_raw')
    assert msg.encoding == 'bgr8'
    raw = np.frombuffer(msg.data, np.uint8).reshape(384, 1224, 3)
    np.testing.assert_array_equal(decode_camera_image(msg, 'rgb'), raw[..., ::-1])


def test_a_real_jpeg_has_the_colours_of_its_picture(first):
    msg = first('handheld_rgbd', '/rgb/image_raw/compressed')
    shown = cv2.imdecode(np.array(msg.data), cv2.IMREAD_COLOR)[..., ::-1]
    np.testing.assert_array_equal(decode_camera_image(msg, 'rgb'), shown)


def test_real_depth_in_a_png(first):
    depth = decode_compressed(first('handheld_rgbd', '/ground_truth/depth/compressed')).array
    assert (depth.shape, depth.dtype) == ((360, 540), np.uint16)
    assert 300 < np.median(depth[depth > 0]) < 10_000  # millimetres, indoors


@pytest.mark.parametrize(
    ('bag', 'topic', 'size'),
    [
        ('handheld_rgbd', '/rgb/camera_info', (540, 360)),
        ('aerial_thermal8', '/thermal/camera_info', (640, 512)),
        ('driving_lidar', '/front/camera_info', (1936, 1216)),
    ],
)
def test_real_calibrations(first, bag, topic, size):
    camera = camera_from_info(first(bag, topic))
    assert camera.calibrated and (camera.width, camera.height) == size
    assert 0.3 < camera.fx / camera.width < 3


def test_real_clouds_motion_and_transforms(first):
    cloud = first('driving_lidar', '/lidar/points')
    points = cloud_to_xyz(cloud).reshape(-1, 3)
    assert len(points) == cloud.width * cloud.height > 1000
    assert cloud_field(cloud, cloud.fields[0].name).size == len(points)
    assert 5 < np.nanmedian(np.linalg.norm(points, axis=1)) < 100
    sample = odometry_sample(first('driving_lidar', '/ground_truth/odometry'))
    assert (sample.frame_id, sample.child_frame_id) == ('world', 'base_link')
    for transform in first('driving_lidar', '/tf_static').transforms:
        R = transform_to_matrix(transform.transform)[:3, :3]
        np.testing.assert_allclose(R @ R.T, np.eye(3), atol=1e-9)


@pytest.mark.parametrize('big', [False, True])
@pytest.mark.parametrize('padding', [0, 6])
def test_what_a_camera_sends_in_another_layout_is_the_same_image(first, big, padding):
    counts = image_to_array(first('lepton_thermal16.bag', '/thermal/image_raw'))
    msg = array_to_image(bag_types(), counts, 'mono16', 0, '')
    rows = np.zeros((120, 320 + padding), np.uint8)
    rows[:, :320] = counts.astype('>u2' if big else '<u2').view(np.uint8)
    msg.data, msg.step, msg.is_bigendian = rows.reshape(-1), 320 + padding, int(big)
    np.testing.assert_array_equal(decode_camera_image(msg, 'thermal'), counts)


def test_a_real_jpeg_that_was_cut_is_refused(first):
    msg = first('aerial_thermal8', '/thermal/image_raw/compressed')
    msg.data = msg.data[: len(msg.data) // 2]
    with pytest.raises(MessageError, match=f'len.data. is {len(msg.data)}: the JPEG is truncated'):
        decode_camera_image(msg, 'thermal')


def test_a_depth_image_is_no_colour_image(image):
    with pytest.raises(MessageError, match="encoding is '32FC1'"):
        decode_camera_image(image('32FC1', 2, 2, 8, bytes(16)), 'rgb')


def test_an_rgb_camera_may_be_grey(image):
    rgb = decode_camera_image(image('mono8', 2, 2, 2, bytes([1, 2, 3, 4])), 'rgb')
    assert rgb[1, 1].tolist() == [4, 4, 4]
