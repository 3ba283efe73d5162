# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Rays of pixels: known answers, and distortion applied again by the textbook formula."""

import numpy as np
import pytest

from thermal_depth_ros.geometry.camera import PinholeCamera
from thermal_depth_ros.geometry.rays import CameraModelError, pixel_rays

PLAIN = PinholeCamera(64, 48, 50.0, 55.0, 30.5, 20.25)
VIVID = PinholeCamera(
    640, 512, 437.4, 437.3, 323.5, 256.4, 'plumb_bob', (-0.43164, 0.17812, -0.00149, -0.00114, 0.0)
)


def test_principal_point_looks_straight_ahead():
    rays = pixel_rays(PinholeCamera(5, 5, 10.0, 10.0, 2.0, 3.0))
    assert rays.shape == (2, 5, 5)
    assert rays.dtype == np.float32
    np.testing.assert_array_equal(rays[:, 3, 2], [0, 0])
    np.testing.assert_allclose(rays[:, 4, 4], [0.2, 0.1], rtol=1e-6)


def test_projecting_the_rays_gives_the_pixels():
    rays = np.concatenate([pixel_rays(PLAIN), np.ones((1, 48, 64), np.float32)])
    pixels = np.einsum('ij,jhw->ihw', PLAIN.K, rays)
    v, u = np.mgrid[:48, :64]
    np.testing.assert_allclose(pixels[0], u, atol=1e-4)
    np.testing.assert_allclose(pixels[1], v, atol=1e-4)


def test_plumb_bob_rays_distort_back_to_their_pixels():
    k1, k2, p1, p2, _ = VIVID.distortion
    x, y = pixel_rays(VIVID).astype(np.float64)
    centre = np.s_[100:400, 120:520]  # beyond it this lens folds back and cannot be inverted
    x, y = x[centre], y[centre]
    r2 = x * x + y * y
    radial = 1 + k1 * r2 + k2 * r2 * r2
    u = VIVID.fx * (x * radial + 2 * p1 * x * y + p2 * (r2 + 2 * x * x)) + VIVID.cx
    v = VIVID.fy * (y * radial + p1 * (r2 + 2 * y * y) + 2 * p2 * x * y) + VIVID.cy
    expected_v, expected_u = np.mgrid[100:400, 120:520]
    np.testing.assert_allclose(u, expected_u, atol=1e-2)
    np.testing.assert_allclose(v, expected_v, atol=1e-2)


def test_equidistant_rays():
    camera = PinholeCamera(320, 240, 150.0, 150.0, 160.0, 120.0, 'equidistant', (0.02, 0, 0, 0))
    x, y = pixel_rays(camera)[:, 120, 220]
    theta = np.arctan(np.hypot(x, y))
    assert theta * (1 + 0.02 * theta**2) == pytest.approx(60 / 150, rel=1e-4)


@pytest.mark.parametrize(
    ('changes', 'message'),
    [
        ({'fx': 0.0}, 'uncalibrated'),
        ({'fy': float('nan')}, 'uncalibrated'),
        ({'distortion_model': 'fisheye62', 'distortion': (0.1,)}, 'fisheye62'),
        ({'distortion_model': 'plumb_bob', 'distortion': (0.1,)}, 'not 1'),
    ],
)
def test_bad_cameras_are_refused(changes, message):
    values = {**PLAIN.__dict__, **changes}
    with pytest.raises(CameraModelError, match=message):
        pixel_rays(PinholeCamera(**values))


def test_resize_and_crop():
    half = PLAIN.resized(32, 24)
    np.testing.assert_allclose(half.K[:2], PLAIN.K[:2] / 2)
    window = PLAIN.cropped(4, 8, 16, 16)
    np.testing.assert_allclose(pixel_rays(window), pixel_rays(PLAIN)[:, 8:24, 4:20], atol=1e-6)
