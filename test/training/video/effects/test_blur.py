# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Kernels have the moments of a disc and of a line; convolution is that of OpenCV."""

import cv2
import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from thermal_depth_ros.training.video.effects.blur import blur_kernel, blurred


def moments(kernel: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return mean (x, y) and covariance of a kernel around its middle pixel."""
    radius = kernel.shape[0] // 2
    axis = np.arange(-radius, radius + 1)
    x, y = np.meshgrid(axis, axis)
    points = np.stack([x.ravel(), y.ravel()])
    mean = points @ kernel.ravel()
    return mean, (points * kernel.ravel()) @ points.T - np.outer(mean, mean)


@given(
    st.floats(0, 8, allow_subnormal=False),
    st.floats(0, 20, allow_subnormal=False),
    st.floats(0, np.pi),
)
def test_every_kernel_is_an_average_around_the_pixel(defocus_px, motion_px, angle_rad):
    kernel = blur_kernel(defocus_px, motion_px, angle_rad)
    assert kernel.shape[0] == kernel.shape[1] and kernel.shape[0] % 2 == 1
    assert kernel.min() >= 0
    np.testing.assert_allclose(kernel.sum(), 1.0)
    np.testing.assert_allclose(moments(kernel)[0], 0.0, atol=1e-6)


def test_a_disc_has_a_quarter_of_its_squared_radius_as_variance():
    _, covariance = moments(blur_kernel(4.0, 0.0, 0.0))
    # Bilinear shares of a point add at most 1/4 along each axis, a sixth on average.
    np.testing.assert_allclose(np.diag(covariance), 4.0 + 1 / 6, rtol=0.05)
    np.testing.assert_allclose(covariance[0, 1], 0.0, atol=1e-9)


@pytest.mark.parametrize('angle_deg', [0, 30, 90, 120])
def test_a_line_has_a_twelfth_of_its_squared_length_as_variance_along_it(angle_deg):
    angle = np.deg2rad(angle_deg)
    _, covariance = moments(blur_kernel(0.0, 12.0, angle))
    along = np.array([np.cos(angle), np.sin(angle)])
    across = np.array([-np.sin(angle), np.cos(angle)])
    assert 11.5 < along @ covariance @ along < 13.0
    assert across @ covariance @ across < 0.3


def test_no_blur_is_the_identity():
    assert blur_kernel(0.0, 0.0, 1.0).tolist() == [[1.0]]
    images = torch.rand(1, 1, 4, 5)
    assert blurred(images, blur_kernel(0.0, 0.0, 1.0)) is images


def test_convolution_is_that_of_opencv():
    image = np.random.default_rng(0).random((20, 30, 3)).astype(np.float32)
    kernel = blur_kernel(1.3, 6.0, 0.4)
    kernel[0, 0] += 0.1  # convolution flips a kernel, correlation does not
    made = blurred(torch.from_numpy(image).permute(2, 0, 1)[None], kernel)[0]
    flipped = np.ascontiguousarray(kernel[::-1, ::-1])
    expected = cv2.filter2D(image, -1, flipped, borderType=cv2.BORDER_REPLICATE)
    np.testing.assert_allclose(made.permute(1, 2, 0), expected, atol=1e-5)


def test_kernels_may_be_larger_than_the_image():
    assert blurred(torch.full((1, 1, 3, 4), 0.5), blur_kernel(6.0, 9.0, 0.7)).numpy() == (
        pytest.approx(0.5, abs=1e-6)
    )
