# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
import copy
import math

import numpy as np
import pytest

from thermal_depth_ros.geometry.camera import PinholeCamera
from thermal_depth_ros.geometry.crop import Crop
from thermal_depth_ros.messages.camera_info import (
    camera_from_info,
    cropped_camera_info,
    depth_camera_info,
    pinhole_camera_info,
)
from thermal_depth_ros.messages.errors import MessageError
from thermal_depth_ros.messages.stamps import header_message, stamp_ns

K = (500.0, 0.0, 320.5, 0.0, 510.0, 250.5, 0.0, 0.0, 1.0)
P = (400.0, 0.0, 300.0, 0.0, 0.0, 410.0, 240.0, 0.0, 0.0, 0.0, 1.0, 0.0)


@pytest.fixture
def info(types):
    def make(model='plumb_bob', d=(), k=K, width=640, height=512, binning=(0, 0), roi=(0, 0, 0, 0)):
        left, top, across, down = roi
        return types.CameraInfo(
            header=header_message(types, 5, 'camera_optical'),
            height=height,
            width=width,
            distortion_model=model,
            d=types.doubles(d),
            k=np.array(k),
            r=np.eye(3).reshape(-1),
            p=np.array(P),
            binning_x=binning[0],
            binning_y=binning[1],
            roi=types.RegionOfInterest(
                x_offset=left, y_offset=top, width=across, height=down, do_rectify=False
            ),
        )

    return make


def test_the_camera_of_a_plain_message(info):
    camera = camera_from_info(info())
    assert camera == PinholeCamera(640, 512, 500.0, 510.0, 320.5, 250.5)
    assert camera.flaw is None


@pytest.mark.parametrize(
    ('model', 'd', 'expected'),
    [
        ('plumb_bob', (0.1, 0.2, 0.0, 0.0, 0.3), 'plumb_bob'),
        ('plumb_bob', (0.1, 0.2, 0.0, 0.0), 'plumb_bob'),
        ('rational_polynomial', (0.1,) * 8, 'rational_polynomial'),
        ('rational_polynomial', (0.1,) * 14, 'rational_polynomial'),
        ('equidistant', (0.1, 0.2, 0.3, 0.4), 'equidistant'),
        ('fisheye', (0.1, 0.2, 0.3, 0.4), 'equidistant'),
        ('', (0.1, 0.2, 0.0, 0.0, 0.3), 'plumb_bob'),
        ('', (0.1,) * 12, 'rational_polynomial'),
        ('plumb_bob', (0.0,) * 5, ''),
        ('plumb_bob', (), ''),
        ('', (), ''),
        ('of my own', (0.0, 0.0, 0.0), ''),
    ],
)
def test_distortion(info, model, d, expected):
    camera = camera_from_info(info(model, d))
    assert camera.distortion_model == expected
    assert camera.distortion == (tuple(d) if expected else ())


@pytest.mark.parametrize(
    ('model', 'd', 'field', 'value'),
    [
        ('double_sphere', (0.1, 0.2), 'distortion_model', 'double_sphere'),
        ('plumb_bob', (0.1,) * 3, 'len(D)', '3'),
        ('plumb_bob', (0.1,) * 8, 'len(D)', '8'),
        ('', (0.1, 0.2, 0.0, 0.0), 'distortion_model', 'plumb_bob or equidistant'),
        ('none', (0.1, 0.2, 0.3, 0.4), 'distortion_model', '4 distortion coefficients'),
        ('equidistant', (0.1,) * 5, 'len(D)', '5'),
        ('', (0.1,) * 3, 'distortion_model', "''"),
    ],
)
def test_distortion_that_cannot_be_used_is_named(info, model, d, field, value):
    with pytest.raises(MessageError) as caught:
        camera_from_info(info(model, d))
    assert caught.value.field == field
    assert value in str(caught.value)


@pytest.mark.parametrize(
    ('model', 'd', 'kept'),
    [
        ('equidistant', (0.1, 0.2, 0.3, 0.0, 0.0), 4),
        ('plumb_bob', (0.1, 0.2, 0.0, 0.0, 0.3, 0.0, 0.0, 0.0), 5),
        ('rational_polynomial', (0.1,) * 8 + (0.0, 0.0), 8),
    ],
)
def test_zeros_that_fill_up_d_are_left_out(info, model, d, kept):
    assert camera_from_info(info(model, d)).distortion == d[:kept]


def test_rectified_images_have_the_intrinsics_of_p(info):
    camera = camera_from_info(info('plumb_bob', (0.1,) * 5), rectified=True)
    assert camera == PinholeCamera(640, 512, 400.0, 410.0, 300.0, 240.0)


@pytest.mark.parametrize('rectified', [False, True])
def test_a_transposed_matrix_is_named(info, rectified):
    message = info()
    message.k = np.array(K).reshape(3, 3).T.reshape(-1)
    message.p = np.array([400.0, 0, 0, 0, 0, 410, 0, 0, 300, 240, 1, 0])
    with pytest.raises(MessageError, match=f'^{"p" if rectified else "k"} .*transposed'):
        camera_from_info(message, rectified)


def test_a_point_keeps_its_ray_under_region_and_binning(info):
    """A pixel of the small image, followed back to the full one, has the same ray."""
    whole = camera_from_info(info())
    part = camera_from_info(info(binning=(2, 4), roi=(100, 60, 400, 200)))
    assert (part.width, part.height) == (200, 50)
    for u, v in ((0, 0), (37, 11), (199, 49)):
        full_u, full_v = 100 + 2 * u, 60 + 4 * v
        assert (u - part.cx) / part.fx == pytest.approx((full_u - whole.cx) / whole.fx)
        assert (v - part.cy) / part.fy == pytest.approx((full_v - whole.cy) / whole.fy)


def test_a_region_of_zero_size_is_the_whole(info):
    assert camera_from_info(info(roi=(0, 0, 0, 0))).width == 640
    assert camera_from_info(info(binning=(1, 1))).height == 512


@pytest.mark.parametrize('roi', [(600, 0, 100, 100), (0, 500, 100, 13), (700, 0, 0, 0)])
def test_a_region_outside_the_image_is_refused(info, roi):
    with pytest.raises(MessageError, match='roi'):
        camera_from_info(info(roi=roi))


def test_binning_coarser_than_the_image_is_refused(info):
    with pytest.raises(MessageError, match='binning_x is 641'):
        camera_from_info(info(binning=(641, 1)))


@pytest.mark.parametrize(
    ('changes', 'flaw'),
    [
        ({0: 0.0, 4: 0.0}, 'fx is 0'),
        ({4: 0.0}, 'fy is 0'),
        ({0: -5.0}, 'fx is -5'),
        ({2: math.nan}, 'cx is nan'),
        ({5: math.inf}, 'cy is inf'),
    ],
)
def test_an_uncalibrated_camera_says_which_number_is_at_fault(info, changes, flaw):
    k = list(K)
    for place, value in changes.items():
        k[place] = value
    assert camera_from_info(info(k=k)).flaw == flaw


def test_distortion_that_is_not_a_number_is_named(info):
    distorted = camera_from_info(info('plumb_bob', (math.nan, 0.0, 0.0, 0.0, 0.0)))
    assert distorted.flaw == 'a distortion coefficient is nan'
    assert not distorted.calibrated


def test_ros_1_has_its_matrices_in_capitals(info):
    from types import SimpleNamespace

    msg = info('plumb_bob', (0.1,) * 5)
    names = ('header', 'height', 'width', 'distortion_model', 'binning_x', 'binning_y', 'roi')
    old = SimpleNamespace(**{name: getattr(msg, name) for name in names})
    old.D, old.K, old.R, old.P = np.array(msg.d), np.array(msg.k), np.array(msg.r), np.array(msg.p)
    assert camera_from_info(old) == camera_from_info(msg)


def test_the_info_of_depth_is_a_copy_with_another_stamp(types, info):
    source = info('plumb_bob', (0.1, 0.2, 0.3, 0.4, 0.5), binning=(2, 2), roi=(10, 20, 300, 200))
    before = copy.deepcopy(source)
    made = depth_camera_info(types, source, 1_500_000_007, 'other_optical')
    assert stamp_ns(made.header) == 1_500_000_007
    assert made.header.frame_id == 'other_optical'
    for name in ('height', 'width', 'distortion_model', 'binning_x', 'binning_y'):
        assert getattr(made, name) == getattr(source, name)
    for name in ('d', 'k', 'r', 'p'):
        np.testing.assert_array_equal(getattr(made, name), getattr(source, name))
    assert made.roi.x_offset == 10
    assert camera_from_info(made) == camera_from_info(source)
    made.k[0] = 1.0
    made.roi.x_offset = 99
    assert source.k[0] == before.k[0]
    assert source.roi.x_offset == 10
    assert stamp_ns(source.header) == 5


@pytest.mark.parametrize('distortion', [(), (0.1, -0.2, 0.001, 0.002, 0.05)])
def test_a_camera_survives_its_message(types, distortion):
    model = 'plumb_bob' if distortion else ''
    camera = PinholeCamera(640, 512, 500.0, 510.0, 320.5, 250.5, model, distortion)
    made = pinhole_camera_info(types, camera, 7, 'rgb_optical')
    assert camera_from_info(made) == camera
    pinhole = PinholeCamera(640, 512, 500.0, 510.0, 320.5, 250.5)
    assert camera_from_info(made, rectified=True) == pinhole
    assert (stamp_ns(made.header), made.header.frame_id) == (7, 'rgb_optical')


@pytest.mark.parametrize('binning', [(0, 0), (2, 4)])
@pytest.mark.parametrize('roi', [(0, 0, 0, 0), (100, 60, 400, 200)])
@pytest.mark.parametrize('rectified', [False, True])
def test_a_cropped_camera_info_gives_every_pixel_its_ray(info, types, binning, roi, rectified):
    msg, crop = info(binning=binning, roi=roi), Crop(top=3, bottom=2, left=5, right=4)
    whole = camera_from_info(msg, rectified)
    cut = depth_camera_info(types, cropped_camera_info(msg, crop), 7, 'camera_optical')
    left = camera_from_info(cut, rectified)
    assert (left.height, left.width) == (whole.height - 5, whole.width - 9)
    assert left == whole.cropped(5, 3, left.width, left.height)
    if not any(roi) and not any(binning):
        assert (cut.height, cut.width, cut.roi.height) == (507, 631, 0)
        assert (cut.k[2], cut.k[5]) == (K[2] - 5, K[5] - 3)
