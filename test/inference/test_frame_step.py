# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""From the message of an image to the messages of its outputs."""

import numpy as np
import pytest

from thermal_depth_ros.base.contract import THERMAL, THERMAL_OUTPUTS
from thermal_depth_ros.base.settings import SettingsError
from thermal_depth_ros.frames.config import ThermalConfig
from thermal_depth_ros.frames.frame import InferenceError
from thermal_depth_ros.geometry.camera import PinholeCamera
from thermal_depth_ros.geometry.frames import T_FORWARD, FrameError
from thermal_depth_ros.inference.frame_step import FrameStep
from thermal_depth_ros.inference.passthrough import DEPTH_M
from thermal_depth_ros.inference.pipeline import open_pipeline
from thermal_depth_ros.messages.bag_types import bag_types
from thermal_depth_ros.messages.camera_info import pinhole_camera_info
from thermal_depth_ros.messages.cloud_reader import cloud_to_xyz
from thermal_depth_ros.messages.errors import MessageError
from thermal_depth_ros.messages.image import array_to_image, image_to_array

CAMERA = PinholeCamera(32, 24, 30.0, 31.0, 15.0, 11.0)
EVERYTHING = frozenset(THERMAL_OUTPUTS)
STAMP_NS = 7_000_000_001


def an_image(height=24, width=32):
    counts = np.random.default_rng(0).integers(28000, 28500, (height, width)).astype(np.uint16)
    return array_to_image(bag_types(), counts, 'mono16', STAMP_NS, 'thermal_optical')


@pytest.fixture
def info():
    return pinhole_camera_info(bag_types(), CAMERA, 1, 'thermal_optical')


@pytest.fixture
def step():
    def make(extrinsics=lambda frame_id: T_FORWARD, **settings):
        config = ThermalConfig(network='passthrough', **settings)
        pipeline = open_pipeline(THERMAL, config)
        return FrameStep('/thermal/image_raw', pipeline, config, bag_types(), extrinsics)

    return make


def test_every_output_is_made_with_the_stamp_of_the_image(step, info):
    result = step().run(an_image(), info, EVERYTHING)
    assert result.messages.keys() == EVERYTHING and not result.output.plan.withheld
    assert result.remarks == {} and result.mount is None
    for key in ('depth', 'points', 'odometry', 'camera_info'):
        stamp = result.messages[key].header.stamp
        assert (stamp.sec, stamp.nanosec) == (7, 1)
    assert (image_to_array(result.messages['depth']) == DEPTH_M).all()
    right = (31 - CAMERA.cx) / CAMERA.fx * DEPTH_M
    assert cloud_to_xyz(result.messages['points'])[0, 31, 0] == pytest.approx(right)


def test_a_time_of_acquisition_replaces_the_stamp(step, info):
    result = step().run(an_image(), info, frozenset({'depth'}), 5)
    assert result.frame.stamp_ns == 5
    assert result.messages['depth'].header.stamp.nanosec == 5


def test_the_body_is_asked_for_only_for_odometry(step, info):
    asked = []

    def extrinsics(frame_id):
        asked.append(frame_id)
        raise FrameError('/tf is silent')

    made = step(extrinsics)
    made.run(an_image(), info, frozenset({'depth', 'points'}))
    assert not asked
    result = made.run(an_image(), info, EVERYTHING)
    assert asked == ['thermal_optical']
    assert result.output.plan.withheld == dict.fromkeys(('odometry', 'tf'), '/tf is silent')
    assert result.messages.keys() == EVERYTHING - {'odometry', 'tf'}


def test_an_implausible_mounting_is_reported(step, info):
    result = step(lambda frame_id: np.eye(4)).run(an_image(), info, EVERYTHING)
    assert 'the rotation is the identity' in str(result.mount)


def test_without_calibration_depth_continues(step, info):
    result = step().run(an_image(), None, EVERYTHING)
    assert result.messages.keys() == {'depth', 'confidence', 'colour'}
    assert set(result.output.plan.withheld.values()) == {'no camera_info'}
    larger = step().run(an_image(height=25), info, EVERYTHING)
    assert larger.messages.keys() == {'depth', 'confidence', 'colour'}
    assert 'crop_bottom: 1' in larger.output.plan.calibration_problem


def test_camera_info_and_cloud_are_of_the_cropped_image(step, info):
    result = step(crop_top=2, crop_right=3).run(an_image(), info, EVERYTHING)
    made = result.messages['camera_info']
    assert (made.height, made.width, made.k[5]) == (22, 29, CAMERA.cy - 2)
    assert cloud_to_xyz(result.messages['points']).shape == (22, 29, 3)


def test_new_settings_apply_to_the_next_frame_and_fixed_ones_are_refused(step, info):
    made = step()
    made.update(ThermalConfig(network='passthrough', point_decimation=2, max_depth_m=5.0))
    result = made.run(an_image(), info, EVERYTHING)
    assert result.messages['points'].width == 16
    assert (image_to_array(result.messages['depth']) == np.inf).all()
    with pytest.raises(SettingsError, match='odom_frame'):
        made.update(ThermalConfig(network='passthrough', odom_frame='map'))


def test_unusable_images_are_refused(step, info):
    with pytest.raises(MessageError, match='max_image_pixels'):
        step(max_image_pixels=10_000).run(an_image(200, 200), None, EVERYTHING)
    with pytest.raises(InferenceError, match='40x3 is no picture'):
        step().run(an_image(3, 40), None, EVERYTHING)
