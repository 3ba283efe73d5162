# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Where the intrinsics come from, and what is said where they do not."""

from pathlib import Path

import numpy as np
import pytest

from thermal_depth_ros.samples import SamplesError
from thermal_depth_ros.samples.intrinsics import read_calibration

# As the ROS package camera_calibration writes it.
YAML = """image_width: 640
image_height: 512
camera_name: narrow_stereo
camera_matrix:
  rows: 3
  cols: 3
  data: [437.4, 0.0, 323.5, 0.0, 437.3, 256.4, 0.0, 0.0, 1.0]
distortion_model: plumb_bob
distortion_coefficients:
  rows: 1
  cols: 5
  data: [-0.43, 0.17, -0.001, -0.001, 0.0]
rectification_matrix:
  rows: 3
  cols: 3
  data: [1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0]
projection_matrix:
  rows: 3
  cols: 4
  data: [400.0, 0.0, 320.0, 0.0, 0.0, 401.0, 255.0, 0.0, 0.0, 0.0, 1.0, 0.0]
"""


@pytest.fixture
def calibration(tmp_path: Path):
    def make(text: str) -> Path:
        path = tmp_path / 'camera.yaml'
        path.write_text(text)
        return path

    return make


def test_a_calibration_file_is_read(calibration) -> None:
    camera = read_calibration(calibration(YAML), rectified=False)
    assert (camera.width, camera.height) == (640, 512)
    assert (camera.fx, camera.fy, camera.cx, camera.cy) == (437.4, 437.3, 323.5, 256.4)
    assert camera.distortion_model == 'plumb_bob'
    assert camera.distortion == (-0.43, 0.17, -0.001, -0.001, 0.0)


def test_rectified_images_have_the_projection_matrix(calibration) -> None:
    camera = read_calibration(calibration(YAML), rectified=True)
    assert (camera.fx, camera.cx, camera.distortion) == (400.0, 320.0, ())
    without = YAML.partition('projection_matrix')[0]
    assert read_calibration(calibration(without), rectified=True).fx == 437.4


def test_a_file_without_distortion_has_none(calibration) -> None:
    text = 'image_width: 8\nimage_height: 6\ncamera_matrix: [5, 0, 4, 0, 5, 3, 0, 0, 1]\n'
    camera = read_calibration(calibration(text), rectified=False)
    assert camera.distortion_model == '' and camera.fx == 5


@pytest.mark.parametrize(
    ('old', 'new', 'complaint'),
    [
        ('image_width: 640', 'width: 640', 'image_width is missing'),
        ('image_width: 640', 'image_width: 0', 'image_width is 0'),
        ('camera_matrix', 'matrix', 'camera_matrix is missing'),
        ('[437.4, 0.0, ', '[', 'camera_matrix has 7 numbers, not 9'),
        ('[437.4', '[nought', 'nought'),
        ('[437.4', '[0.0', 'fx is 0'),
        ('plumb_bob', 'pumpkin', 'pumpkin'),
        ('camera_name: narrow', '{', 'not valid YAML'),
        (YAML, 'just text', 'not a list of fields'),
    ],
)
def test_a_useless_file_is_named_with_what_is_wrong(
    calibration, old: str, new: str, complaint: str
) -> None:
    path = calibration(YAML.replace(old, new))
    with pytest.raises(SamplesError, match=f'{path}: no calibration.*{complaint}'):
        read_calibration(path, rectified=False)


def test_a_file_that_is_not_there_is_named(open_bags, kit, record) -> None:
    with pytest.raises(SamplesError, match='/nowhere.yaml: no calibration'):
        open_bags(record(kit.passing(3)), calibration='/nowhere.yaml')


def test_without_camera_info_the_way_out_is_shown(open_bags, kit, record, calibration) -> None:
    contents = kit.passing(4)
    contents.k = None
    path = record(contents)
    with pytest.raises(SamplesError, match='no CameraInfo belongs to /thermal/image_raw; give'):
        open_bags(path)
    small = YAML.replace('640', '64').replace('512', '48')
    samples = open_bags(path, calibration=str(calibration(small)), undistort=False)
    assert samples.train.triplet(0).K[0, 0] == 437.4


def test_the_first_usable_camera_info_holds(open_bags, kit, record) -> None:
    contents, messages = kit.passing(4), kit.Messages(False)
    contents.k = None
    bad, good = kit.Contents(), kit.Contents()
    bad.k = (0.0,) * 9
    contents.extra = [
        (0.01 * i, kit.INFO, 'sensor_msgs/msg/CameraInfo', messages.info(0.0, one))
        for i, one in enumerate((bad, good))
    ]
    samples = open_bags(record(contents))
    np.testing.assert_array_equal(samples.train.triplet(0).K.reshape(-1), kit.K)
    contents.extra = contents.extra[:1]
    with pytest.raises(SamplesError, match='/thermal/camera_info is of no use .fx is 0'):
        open_bags(record(contents, 'uncalibrated'))
