# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Where the intrinsics come from, and what is said where they do not."""

import contextlib
from pathlib import Path

import cv2
import numpy as np
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.thermal_bags import CAMERA_K, INFO, Contents, Messages, passing
from thermal_depth_ros.geometry.camera import PinholeCamera
from thermal_depth_ros.geometry.rays import pixel_rays
from thermal_depth_ros.samples import SamplesError
from thermal_depth_ros.samples.survey import read_calibration

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
        ('image_width: 640', 'columns: 640', 'image_width is missing'),
        ('image_width: 640', 'image_width: 0', 'image_width is 0'),
        ('camera_matrix', 'matrix', 'camera_matrix is missing'),
        ('[437.4, 0.0, ', '[', 'camera_matrix has 7 numbers, not 9'),
        ('[437.4', '[nought', 'nought'),
        ('[437.4', '[0.0', 'fx is 0'),
        ('plumb_bob', 'pumpkin', 'pumpkin'),
        ('camera_name: narrow', '{', 'not YAML'),
        ('camera_name: narrow', '2024-13-99: &a [*a]', 'stands in itself'),
        (YAML, 'just text', 'not a list of fields'),
        ('image_width: 640', 'image_width: 2024-02-30', 'image_width is .2024-02-30.'),
        (
            'image_width: 640',
            'image_width: 2024-02-03',
            'image_width is .2024-02-03., not a number',
        ),
        ('image_width: 640', 'image_width: .inf', 'image_width is inf'),
        ('[437.4', '[2024-02-03', 'camera_matrix is .2024-02-03., not a number'),
        ('data: [437.4, 0.0, 323.5, 0.0, 437.3, 256.4, 0.0, 0.0, 1.0]', 'data: 2024-02-03', 'list'),
        ('[-0.43', '[' + '9' * 400, 'a number of 400 characters'),
        ('plumb_bob', '2024-02-03', 'distortion_model is .2024-02-03.'),
        ('plumb_bob', 'plumb_bob\ncamera_model: fisheye', 'plumb_bob contradicts the fisheye'),
        (YAML, YAML + '#' * (1 << 20), 'larger than'),
    ],
)
def test_a_useless_file_is_named_with_what_is_wrong(
    calibration, old: str, new: str, complaint: str
) -> None:
    path = calibration(YAML.replace(old, new))
    with pytest.raises(SamplesError, match=f'{path}: no calibration.*{complaint}'):
        read_calibration(path, rectified=False)


def test_a_file_that_is_not_there_is_named(open_bags, record) -> None:
    with pytest.raises(SamplesError, match='/nowhere.yaml: no calibration'):
        open_bags(record(passing(3)), calibration='/nowhere.yaml')


def test_without_camera_info_the_way_out_is_shown(open_bags, record, calibration) -> None:
    contents = passing(4)
    contents.k = None
    path = record(contents)
    with pytest.raises(SamplesError, match='no CameraInfo belongs to /thermal/image_raw; give'):
        open_bags(path)
    small = (
        YAML.replace('640', '64').replace('512', '48').replace('323.5', '32').replace('256', '24')
    )
    samples = open_bags(path, calibration=str(calibration(small)), undistort=False)
    assert samples.train.triplet(0).K[0, 0] == 437.4


def test_the_first_usable_camera_info_holds(open_bags, record) -> None:
    contents, messages = passing(4), Messages(False)
    contents.k = None
    bad, good = Contents(), Contents()
    bad.k = (0.0,) * 9
    contents.extra = [
        (0.01 * i, INFO, 'sensor_msgs/msg/CameraInfo', messages.info(0.0, one))
        for i, one in enumerate((bad, good))
    ]
    samples = open_bags(record(contents))
    np.testing.assert_array_equal(samples.train.triplet(0).K.reshape(-1), CAMERA_K)
    contents.extra = contents.extra[:1]
    with pytest.raises(SamplesError, match='/thermal/camera_info is unusable .fx is 0'):
        open_bags(record(contents, 'uncalibrated'))


FISHEYE = (0.175653, -0.031772, 0.000362, -0.000719)


def ost(model_lines: str, coefficients: tuple[float, ...]) -> str:
    return (
        f'image_width: 160\nimage_height: 128\n{model_lines}'
        'camera_matrix: {rows: 3, cols: 3, data: [90, 0, 79.5, 0, 90, 63.5, 0, 0, 1]}\n'
        f'distortion_coefficients: {{rows: 1, cols: 4, data: {list(coefficients)}}}\n'
    )


@pytest.mark.parametrize(
    ('model_lines', 'coefficients', 'expected'),
    [
        ('camera_model: fisheye\n', FISHEYE, 'equidistant'),
        ('camera_model: equidistant\n', FISHEYE, 'equidistant'),
        ('distortion_model: fisheye\n', FISHEYE, 'equidistant'),
        ('camera_model: fisheye\ndistortion_model: equidistant\n', FISHEYE, 'equidistant'),
        ('fisheye_model: 1\n', FISHEYE, 'equidistant'),
        ('fisheye_model: 0\n', FISHEYE, 'plumb_bob'),
        ('camera_model: pinhole\n', FISHEYE, 'plumb_bob'),
        ('camera_model: plumb_bob\n', FISHEYE, 'plumb_bob'),
        ('camera_model: rational_polynomial\n', (0.1,) * 8, 'rational_polynomial'),
        ('', (0.1, 0.2, 0.0, 0.0, 0.3), 'plumb_bob'),
        ('', (0.1,) * 12, 'rational_polynomial'),
        ('', (0.0,) * 4, ''),
    ],
)
def test_the_model_of_the_camera_is_read(
    calibration, model_lines: str, coefficients: tuple[float, ...], expected: str
) -> None:
    camera = read_calibration(calibration(ost(model_lines, coefficients)), rectified=False)
    assert camera.distortion_model == expected
    assert camera.distortion == (coefficients if expected else ())


def test_rays_of_a_fisheye_file_follow_its_own_polynomial(calibration) -> None:
    """theta (1 + k1 theta^2 + k2 theta^4 + ...) = r / f, solved here by bisection."""
    camera = read_calibration(calibration(ost('camera_model: fisheye\n', FISHEYE)), False)
    rays = pixel_rays(camera)
    distance = np.hypot(0 - 79.5, 0 - 63.5) / 90.0
    low, high = 0.0, np.pi / 2
    for _ in range(60):
        theta = (low + high) / 2
        grown = theta * (1 + sum(k * theta ** (2 * n + 2) for n, k in enumerate(FISHEYE)))
        low, high = (theta, high) if grown < distance else (low, theta)
    assert np.hypot(*rays[:, 0, 0]) == pytest.approx(np.tan(theta), rel=1e-4)


def test_four_coefficients_without_a_model_are_refused(calibration) -> None:
    path = calibration(ost('', FISHEYE))
    with pytest.raises(SamplesError, match='4 distortion coefficients without a model.*name the'):
        read_calibration(path, rectified=False)
    assert read_calibration(path, rectified=True).distortion == ()


@pytest.mark.parametrize('suffix', ['yaml', 'yml', 'xml', 'json'])
def test_files_of_opencv_are_read(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f'camera.{suffix}'
    K = np.array([[437.4, 0, 323.5], [0, 437.3, 256.4], [0, 0, 1]])
    storage = cv2.FileStorage(str(path), cv2.FILE_STORAGE_WRITE)
    storage.write('calibration_time', 'Sat 03 Feb 2024')
    storage.write('image_width', 640)
    storage.write('image_height', 512)
    storage.write('camera_matrix', K)
    storage.write('distortion_coefficients', np.array([[-0.43, 0.17, -0.001, -0.002, 0.05]]).T)
    storage.release()
    camera = read_calibration(path, rectified=False)
    assert (camera.width, camera.height) == (640, 512)
    np.testing.assert_array_equal(camera.K, K)
    assert camera.distortion_model == 'plumb_bob'
    assert camera.distortion == (-0.43, 0.17, -0.001, -0.002, 0.05)


def test_names_and_sizes_of_other_opencv_programs_are_read(tmp_path: Path) -> None:
    path = tmp_path / 'camera.yml'
    storage = cv2.FileStorage(str(path), cv2.FILE_STORAGE_WRITE)
    storage.write('K', np.array([[90.0, 0, 79.5], [0, 91, 63.5], [0, 0, 1]]))
    storage.write('D', np.array(FISHEYE))
    storage.write('image_size', np.array([160, 128]))
    storage.write('fisheye_model', 1)
    storage.release()
    camera = read_calibration(path, rectified=False)
    assert (camera.width, camera.height, camera.fy) == (160, 128, 91)
    assert (camera.distortion_model, camera.distortion) == ('equidistant', FISHEYE)


@pytest.mark.parametrize(
    ('text', 'complaint'),
    [
        ('%YAML:1.0\n---\nimage_width: 640\n', 'camera_matrix is missing'),
        ('%YAML:1.0\n---\ncamera_matrix: !!opencv-matrix\n  rows: 3', 'cv2.FileStorage'),
        ('<?xml version="1.0"?><opencv_storage><K>1 2</K>', 'cv2.FileStorage|not a list'),
        ('<?xml version="1.0"?><html></html>', 'cv2.FileStorage|missing'),
    ],
)
def test_useless_files_of_opencv_are_named(calibration, text: str, complaint: str) -> None:
    with pytest.raises(SamplesError, match=f'no calibration: .*({complaint})'):
        read_calibration(calibration(text), rectified=False)


CAMCHAIN = """cam0:
  cam_overlaps: [1]
  camera_model: pinhole
  distortion_coeffs: [0.175653, -0.031772, 0.000362, -0.000719]
  distortion_model: equidistant
  intrinsics: [90.0, 91.0, 79.5, 63.5]
  resolution: [160, 128]
  rostopic: /thermal/image_raw
cam1:
  T_cn_cnm1:
  - [1.0, 0.0, 0.0, 0.1]
  - [0.0, 1.0, 0.0, 0.0]
  - [0.0, 0.0, 1.0, 0.0]
  - [0.0, 0.0, 0.0, 1.0]
  camera_model: pinhole
  distortion_coeffs: [0.01, 0.02, 0.003, 0.004]
  distortion_model: radtan
  intrinsics: [400.0, 401.0, 320.0, 240.0]
  resolution: [640, 480]
  rostopic: /rgb/image_raw
"""


def test_the_camera_of_a_kalibr_camchain_is_that_of_the_image_topic(calibration) -> None:
    path = calibration(CAMCHAIN)
    thermal = read_calibration(path, False, '/thermal/image_raw/compressed')
    assert thermal == PinholeCamera(160, 128, 90.0, 91.0, 79.5, 63.5, 'equidistant', FISHEYE)
    rgb = read_calibration(path, False, '/rgb/image_raw')
    assert (rgb.distortion_model, rgb.distortion) == ('plumb_bob', (0.01, 0.02, 0.003, 0.004))
    with pytest.raises(SamplesError, match='2 cameras, cam0 ./thermal/image_raw., cam1'):
        read_calibration(path, False, '/other')
    alone = calibration(CAMCHAIN.partition('cam1')[0])
    assert read_calibration(alone, False, '/other') == thermal


@pytest.mark.parametrize(
    ('old', 'new', 'complaint'),
    [
        ('camera_model: pinhole', 'camera_model: omni', 'cam0: camera_model omni of Kalibr'),
        ('_model: equidistant', '_model: fov', 'cam0: distortion_model fov of Kalibr'),
        ('[90.0, 91.0, 79.5, 63.5]', '[90.0]', 'intrinsics has 1 numbers, not 4'),
        ('resolution: [160, 128]', 'resolution: 2024-02-03', 'image_width is missing'),
        ('intrinsics: [90.0', 'intrinsics: [2024-02-03', 'intrinsics is .2024-02-03.'),
    ],
)
def test_a_camchain_of_no_use_is_named(calibration, old: str, new: str, complaint: str) -> None:
    text = CAMCHAIN.partition('cam1')[0].replace(old, new)
    with pytest.raises(SamplesError, match=f'no calibration: .*{complaint}'):
        read_calibration(calibration(text), rectified=False)


@settings(max_examples=50, deadline=None)
@given(st.data())
def test_no_value_of_a_field_ends_in_a_traceback(tmp_path_factory, data) -> None:
    """Whatever YAML allows in a field gives a camera or a line."""
    values = yaml.safe_load(data.draw(st.sampled_from([YAML, CAMCHAIN])))
    scalars = st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(), st.dates(), st.text(max_size=5)
    )
    anything = st.recursive(scalars, lambda inner: st.lists(inner, max_size=9), max_leaves=9)
    target = data.draw(st.sampled_from([values, *filter(_is_mapping, values.values())]))
    target[data.draw(st.sampled_from(sorted(target)))] = data.draw(anything)
    path = tmp_path_factory.mktemp('any') / 'camera.yaml'
    path.write_text(yaml.safe_dump(values, allow_unicode=True), 'utf-8')
    with contextlib.suppress(SamplesError):
        read_calibration(path, False, '/thermal/image_raw')


def _is_mapping(value: object) -> bool:
    return isinstance(value, dict)
