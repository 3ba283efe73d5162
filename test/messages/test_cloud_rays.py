# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
import gc

import numpy as np

from thermal_depth_ros.geometry.camera import PinholeCamera
from thermal_depth_ros.geometry.rays import pixel_rays
from thermal_depth_ros.messages import cloud_rays
from thermal_depth_ros.messages.cloud_rays import interleaved_rays


def a_camera(height, width):
    return PinholeCamera(width, height, 0.8 * width, 0.9 * width, width / 2 - 0.3, height / 2 + 0.2)


def test_rays_are_interleaved_once_per_camera():
    rays = pixel_rays(a_camera(6, 9))
    made = interleaved_rays(rays, 2)
    assert interleaved_rays(rays, 2) is made
    np.testing.assert_array_equal(made[..., 0], rays[0, ::2, ::2])
    np.testing.assert_array_equal(made[..., 1], rays[1, ::2, ::2])
    assert (made[..., 2] == 1).all()
    assert interleaved_rays(rays, 1).shape == (6, 9, 3)


def test_rays_are_forgotten_with_their_camera():
    before = len(cloud_rays._kept)
    rays = pixel_rays(a_camera(6, 9))
    interleaved_rays(rays, 1)
    assert len(cloud_rays._kept) == before + 1
    del rays
    gc.collect()
    assert len(cloud_rays._kept) == before


def test_other_rays_never_get_what_was_kept():
    for scale in range(1, 60):
        # Each array is gone before the next one is made, which often gets the same address.
        rays = np.full((2, 3, 4), scale, np.float32)
        assert (interleaved_rays(rays, 1)[..., 0] == scale).all()
        del rays
