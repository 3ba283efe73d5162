# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""From messages of a camera to frames, and what is wondered about on the way."""

import numpy as np
import pytest

from thermal_depth_ros.geometry.camera import PinholeCamera
from thermal_depth_ros.geometry.crop import Crop
from thermal_depth_ros.messages.camera_info import camera_from_info, pinhole_camera_info
from thermal_depth_ros.messages.errors import MessageError
from thermal_depth_ros.messages.frame_reader import FrameReader
from thermal_depth_ros.messages.image import array_to_image

MOST = 10**6
CAMERA = PinholeCamera(32, 24, 30.0, 31.0, 15.0, 11.0)
PICTURE = np.random.default_rng(0).integers(28000, 28500, (24, 32)).astype(np.uint16)


@pytest.fixture
def image(types):
    def make(array, encoding='mono16'):
        return array_to_image(types, array, encoding, 7, 'optical')

    return make


@pytest.fixture
def info(types):
    return pinhole_camera_info(types, CAMERA, 7, 'optical')


def test_a_plain_image_raises_no_questions(image, info) -> None:
    reader = FrameReader('thermal', '/thermal/image_raw', Crop())
    frame, own = reader.read(image(PICTURE), info, MOST)
    assert own is info and reader.remarks == {}
    assert (frame.stamp_ns, frame.frame_id, frame.camera) == (7, 'optical', CAMERA)
    assert reader.read(image(PICTURE), info, MOST, taken_ns=9)[0].stamp_ns == 9


def test_frame_camera_and_camera_info_are_of_what_is_left(image, info) -> None:
    reader = FrameReader('thermal', '/thermal/image_raw', Crop(top=2, right=3))
    frame, own = reader.read(image(PICTURE), info, MOST)
    np.testing.assert_array_equal(frame.image, PICTURE[2:, :-3])
    assert frame.camera == CAMERA.cropped(0, 2, 29, 22) == camera_from_info(own)


def test_telemetry_is_wondered_about_with_and_without_camera_info(image, info) -> None:
    rows = np.vstack([PICTURE, np.zeros((1, 32), np.uint16)])
    reader = FrameReader('thermal', '/thermal/image_raw', Crop())
    assert not reader.read(image(rows), info, MOST)[0].camera_fits
    assert 'crop_bottom: 1' in reader.remarks['border']
    alone = FrameReader('thermal', '/thermal/image_raw', Crop())
    alone.read(image(rows), None, MOST)
    assert 'set crop_bottom: 1' in alone.remarks['border']
    more = FrameReader('thermal', '/thermal/image_raw', Crop(bottom=1))
    more.read(image(np.vstack([rows, rows[-1:]])), None, MOST)
    assert 'set crop_bottom: 2' in more.remarks['border']


def test_a_visible_camera_read_as_thermal_is_wondered_about(image) -> None:
    grey = (PICTURE % 200).astype(np.uint8)
    reader = FrameReader('thermal', '/flir_camera/image_raw', Crop())
    reader.read(image(grey, 'mono8'), None, MOST)
    assert 'give it to the rgb camera' in reader.remarks['visible']
    rgb = FrameReader('rgb', '/flir_camera/image_raw', Crop())
    rgb.read(image(grey, 'mono8'), None, MOST)
    assert rgb.remarks == {}


def test_temperatures_are_read_and_it_is_reported(image) -> None:
    celsius = np.linspace(-5, 30, 24 * 32, dtype=np.float32).reshape(24, 32)
    reader = FrameReader('thermal', '/thermal/image_raw', Crop())
    frame, _ = reader.read(image(celsius, '32FC1'), None, MOST)
    assert (frame.image[0, 0], frame.image[-1, -1]) == (26815, 30315)
    assert 'read as temperatures' in reader.remarks['temperature']


def test_a_crop_that_leaves_nothing_is_named(image) -> None:
    reader = FrameReader('thermal', '/thermal/image_raw', Crop(left=20, right=12))
    with pytest.raises(MessageError, match='size is .32x24.*nothing is left.*crop_left: 20'):
        reader.read(image(PICTURE), None, MOST)


def test_what_is_wrong_with_a_camera_info_is_reported_of_the_frame(image, info) -> None:
    reader = FrameReader('thermal', '/thermal/image_raw', Crop())
    info.distortion_model, info.d = 'mystery', [0.1, 0.2]
    frame, _ = reader.read(image(PICTURE), info, MOST)
    assert frame.camera is None and 'mystery' in frame.camera_problem
    assert reader.read(image(PICTURE), None, MOST)[0].camera_problem == ''
