# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
import dataclasses

import numpy as np
import pytest

from thermal_depth_ros.frames.frame import (
    CameraFrame,
    InferenceError,
    checked_image,
)
from thermal_depth_ros.geometry.camera import PinholeCamera


def camera(width=64, height=48, fx=50.0):
    return PinholeCamera(width, height, fx, 50.0, 31.5, 23.5)


def frame(camera_model):
    return CameraFrame(1, 'optical', np.zeros((48, 64), np.uint8), camera_model)


@pytest.mark.parametrize(
    ('kind', 'image', 'words'),
    [
        ('thermal', np.zeros((4, 5, 3), np.uint8), r'thermal image: shape \(4, 5, 3\)'),
        ('thermal', np.zeros((0, 5), np.uint16), r'shape \(0, 5\)'),
        ('thermal', np.zeros((4, 5), np.float32), 'type float32'),
        ('thermal', np.zeros((4, 5), np.int16), 'type int16'),
        ('thermal', np.zeros((4, 5), np.uint32), 'type uint32'),
        ('rgb', np.zeros((4, 5), np.uint8), r'rgb image: shape \(4, 5\)'),
        ('rgb', np.zeros((4, 5, 4), np.uint8), r'shape \(4, 5, 4\)'),
        ('rgb', np.zeros((4, 0, 3), np.uint8), r'shape \(4, 0, 3\)'),
        ('rgb', np.zeros((4, 5, 3), np.uint16), 'type uint16'),
        ('rgb', np.zeros((1, 1, 3), np.uint8), 'rgb image: 1x1 is no picture'),
        ('thermal', np.zeros((3, 40), np.uint16), 'thermal image: 40x3 is no picture'),
        ('rgb', np.zeros((10, 161, 3), np.uint8), '161x10 is no picture.*16 times as long'),
        ('rgb', np.zeros(5, np.uint8), r'shape \(5,\)'),
    ],
)
def test_images_of_another_kind_are_refused_by_name(kind, image, words):
    with pytest.raises(InferenceError, match=words):
        checked_image(kind, image)


def test_views_and_foreign_byte_order_become_plain_arrays_of_the_same_values():
    counts = np.arange(40, dtype='>u2').reshape(5, 8)[::-1, ::2]
    plain = checked_image('thermal', counts)
    assert plain.dtype == np.uint16 and plain.dtype.isnative and plain.flags.c_contiguous
    assert (plain == counts).all()


def test_a_plain_image_is_not_copied():
    image = np.zeros((4, 5, 3), np.uint8)
    assert np.shares_memory(checked_image('rgb', image), image)


def test_calibration_problems_are_told_apart():
    assert frame(camera()).calibration_problem == ''
    assert frame(None).calibration_problem == 'no camera_info'
    unknown = dataclasses.replace(frame(None), camera_problem="distortion_model is 'x': unknown")
    assert unknown.calibration_problem == "distortion_model is 'x': unknown"
    assert 'for 32x48, the image is 64x48' in frame(camera(width=32)).calibration_problem
    far = frame(dataclasses.replace(camera(), cx=640.0)).calibration_problem
    assert far == 'camera is uncalibrated (cx is 640, far outside 64 pixels)'
    assert frame(dataclasses.replace(camera(), cx=-40.0)).calibration_problem == '', 'of a crop'
    assert 'uncalibrated (fx is 0)' in frame(camera(fx=0.0)).calibration_problem
    assert 'uncalibrated (fx is nan)' in frame(camera(fx=float('nan'))).calibration_problem
    bent = dataclasses.replace(camera(), distortion=(float('nan'),) * 5)
    assert 'coefficient is nan' in frame(bent).calibration_problem


def test_a_camera_fits_by_its_size_calibrated_or_not():
    assert frame(camera()).camera_fits and frame(camera(fx=0.0)).camera_fits
    assert not frame(camera(width=32)).camera_fits and not frame(None).camera_fits
