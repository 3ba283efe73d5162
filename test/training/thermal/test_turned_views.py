# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Two views of one image by turned cameras."""

import cv2
import numpy as np
import pytest
import torch

from thermal_depth_ros.geometry.warp import project_grid, sample
from thermal_depth_ros.training.thermal.turned_views import turned_views

HEIGHT, WIDTH = 60, 80
K = np.array([[70.0, 0.0, 37.0], [0.0, 75.0, 31.0], [0.0, 0.0, 1.0]])


def radiance(rays: np.ndarray) -> np.ndarray:
    """Return what arrives at a camera along rays (H, W, 3), smooth over all directions."""
    x, y, z = np.moveaxis(rays / np.linalg.norm(rays, axis=-1, keepdims=True), -1, 0)
    return 0.5 + 0.2 * np.sin(9 * x + 4 * y) + 0.15 * np.cos(11 * y - 3 * z)


def seen(R_camera_world: np.ndarray) -> np.ndarray:
    v, u = np.mgrid[0:HEIGHT, 0:WIDTH].astype(float)
    rays = np.stack([(u - K[0, 2]) / K[0, 0], (v - K[1, 2]) / K[1, 1], np.ones_like(u)], -1)
    return radiance(rays @ R_camera_world)


@pytest.mark.parametrize('seed', range(6))
def test_views_are_those_of_cameras_turned_either_way(seed):
    image = seen(np.eye(3)).astype(np.float32)
    views, T = turned_views(image, K, 12.0, np.random.default_rng(seed))
    vector, _ = cv2.Rodrigues(T[:3, :3])
    half, _ = cv2.Rodrigues(vector / 2)
    inner = slice(12, -12), slice(12, -12)  # the views reach 6 degrees beyond the image
    for view, R in zip(views, (half.T, half), strict=True):
        expected = seen(R)[inner]
        gain = np.median(view[inner] / expected)
        assert 1 / 1.16 < gain < 1.16
        np.testing.assert_allclose(view[inner] / gain, expected, atol=5e-3)


@pytest.mark.parametrize('depth', [0.7, 50.0])
def test_the_motion_warps_the_second_view_into_the_first_at_any_depth(depth):
    image = seen(np.eye(3)).astype(np.float32)
    views, T = turned_views(image, K, 10.0, np.random.default_rng(3))
    first, second = torch.from_numpy(views)[:, None, None].unbind(0)
    motion, intrinsics = (torch.from_numpy(value)[None].float() for value in (T, K))
    warp = project_grid(torch.full((1, 1, HEIGHT, WIDTH), depth), motion, intrinsics)
    ratio = (sample(second, warp) / first)[..., 12:-12, 12:-12]
    assert (ratio / ratio.median() - 1).abs().max() < 0.02
    still = (second / first)[..., 12:-12, 12:-12]
    assert (still / still.median() - 1).abs().max() > 0.2, 'the views differ'


def test_angles_reach_the_largest_one_and_axes_point_everywhere():
    image = np.full((8, 8), 0.5, np.float32)
    rng = np.random.default_rng(0)
    motions = [turned_views(image, K, 6.0, rng)[1] for _ in range(300)]
    vectors = np.array([cv2.Rodrigues(T[:3, :3])[0][:, 0] for T in motions])
    angles = np.rad2deg(np.linalg.norm(vectors, axis=1))
    assert 5.7 < angles.max() <= 6.0 + 1e-6 and np.mean(angles) == pytest.approx(3.0, abs=0.4)
    assert (np.abs(np.mean(np.sign(vectors), axis=0)) < 0.25).all()
    assert all((T[:3, 3] == 0).all() for T in motions)
