# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
import pytest

from thermal_depth_ros.base import contract

pytest.importorskip('sensor_msgs.msg')
from sensor_msgs.msg import CameraInfo  # noqa: E402

from thermal_depth_ros.messages.camera_info import LatestCalibration  # noqa: E402


def info(p=(300.0, 0.0, 30.0, 0.0, 0.0, 310.0, 20.0, 0.0, 0.0, 0.0, 1.0, 0.0)):
    return CameraInfo(
        width=64,
        height=48,
        distortion_model='plumb_bob',
        d=[0.1, 0.0, 0.0, 0.0, 0.0],
        k=[400.0, 0.0, 32.0, 0.0, 410.0, 24.0, 0.0, 0.0, 1.0],
        p=p,
    )


@pytest.mark.parametrize(
    ('topic', 'rectified'),
    [
        ('thermal/image_raw', False),
        ('/rect/image_raw', False),
        ('/boson/image_rect', True),
        ('/boson/image_rect_color/compressed', True),
        ('image_rect', True),
    ],
)
def test_the_name_of_a_topic_says_whether_its_images_are_rectified(topic, rectified):
    assert contract.is_rectified(topic) is rectified


def test_raw_images_have_k_and_d_and_rectified_ones_p():
    raw = LatestCalibration().camera(info())
    assert (raw.fx, raw.cx, raw.distortion[0]) == (400.0, 32.0, 0.1)
    rectified = LatestCalibration(rectified=True).camera(info())
    assert (rectified.fx, rectified.fy, rectified.cx, rectified.cy) == (300.0, 310.0, 30.0, 20.0)
    assert rectified.distortion == ()


def test_another_p_gives_another_camera():
    calibration = LatestCalibration(rectified=True)
    assert calibration.camera(info()).fx == 300.0
    assert calibration.camera(info(p=(0.0,) * 12)).flaw == 'fx is 0'
