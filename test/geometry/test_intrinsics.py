# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Camera matrices of resized images: the same rays."""

import numpy as np
import pytest
import torch

from thermal_depth_ros.geometry.intrinsics import resized_intrinsics


@pytest.mark.parametrize(('across', 'down'), [(2, 2), (4, 3)])
def test_a_coarse_pixel_looks_along_the_mean_of_the_rays_of_its_pixels(across, down):
    K = torch.tensor([[[70.0, 0.5, 31.2], [0.0, 80.0, 24.9], [0.0, 0.0, 1.0]]], dtype=torch.float64)
    coarse = resized_intrinsics(K, (48, 64), (48 // down, 64 // across))
    of_fine, of_coarse = (np.linalg.inv(one[0].numpy()) for one in (K, coarse))
    for column, row in ((0, 0), (3, 5)):
        columns, rows = np.meshgrid(
            across * column + np.arange(across), down * row + np.arange(down)
        )
        pixels = np.stack([columns.ravel(), rows.ravel(), np.ones(across * down)])
        np.testing.assert_allclose(of_coarse @ [column, row, 1], (of_fine @ pixels).mean(axis=1))
