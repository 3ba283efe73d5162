# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Depth of an even ground in front of a camera that looks ahead."""

import math

import numpy as np
import torch

from thermal_depth_ros.losses.ground_plane import (
    CAMERA_HEIGHT,
    FARTHEST,
    ground_depth,
    ground_loss,
)

K = torch.tensor([[[90.0, 0.0, 39.5], [0.0, 60.0, 20.0], [0.0, 0.0, 1.0]]], dtype=torch.float64)


def test_pixels_below_the_horizon_lie_on_the_plane():
    depth = ground_depth(K, 48)[0, 0, :, 0].numpy()
    rows = np.arange(48)
    rays = np.stack([np.zeros(48), (rows - 20.0) / 60.0, np.ones(48)], axis=1)
    points = rays * depth[:, None]
    near = (depth < FARTHEST - 1e-9) & (rows > 20)
    assert near.sum() > 20
    np.testing.assert_allclose(points[near, 1], CAMERA_HEIGHT)
    np.testing.assert_allclose(depth[~near], FARTHEST)


def test_the_ground_itself_costs_nothing_in_any_camera():
    both = torch.cat([K, K.clone()])
    both[1, 1, 2] = 30.0
    depth = ground_depth(both, 48).expand(2, 1, 48, 64)
    assert depth[0, 0, 40, 0] < depth[1, 0, 40, 0]
    assert ground_loss(depth, both) == 0
    torch.testing.assert_close(
        ground_loss(3.0 * depth, both), torch.tensor(math.log(3.0), dtype=torch.float64)
    )
