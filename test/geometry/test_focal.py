# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Another focal length against the projection of points."""

import numpy as np
import torch

from thermal_depth_ros.geometry import se3
from thermal_depth_ros.geometry.focal import mean_focal_px, pose_vector_for_focal


def test_the_mean_is_geometric():
    assert mean_focal_px(np.diag([50.0, 200.0, 1.0])) == 100.0


def flow(points, focal_px, T):
    """Return where points (N, 3) move in the image, pixels from the principal point."""
    there = points @ T[:3, :3].T + T[:3, 3]
    return focal_px * (there[:, :2] / there[:, 2:] - points[:, :2] / points[:, 2:])


def test_a_longer_lens_sees_a_compressed_scene():
    """The flow of (x, y, z) at r f is that of (x, y, z / r) at f, by the motion the lens makes."""
    ratio, focal_px = 1.6, 100.0
    rng = np.random.default_rng(0)
    depth_m = rng.uniform(5, 20, 50)
    points = np.column_stack([rng.uniform(-0.1, 0.1, (50, 2)) * depth_m[:, None], depth_m])
    compressed = points * [1, 1, 1 / ratio]
    seen_t = torch.tensor([[0.05, -0.03, 0.2]]).double()
    seen_w = torch.tensor([[0.002, -0.003, 0.01]]).double()
    ratios = torch.tensor([ratio]).double()
    t, w = pose_vector_for_focal(torch.cat([seen_t, seen_w], 1), ratios).split(3, 1)
    real = flow(points, ratio * focal_px, se3.axisangle_pose(w, t)[0].numpy())
    seen = flow(compressed, focal_px, se3.axisangle_pose(seen_w, seen_t)[0].numpy())
    assert np.abs(real).max() > 1.0
    np.testing.assert_allclose(seen, real, atol=0.02)  # small angles


def test_without_the_correction_of_the_axis_the_flow_is_another():
    """So that the test above cannot pass by chance."""
    points = np.array([[1.0, 0.5, 10.0]])
    t = torch.tensor([[0.0, 0.0, 1.0]]).double()
    real = flow(points, 160.0, se3.axisangle_pose(torch.zeros(1, 3).double(), t)[0].numpy())
    seen_t = t / torch.tensor([1, 1, 1.6]).double()
    for given, agrees in ((seen_t, True), (t, False)):
        T = se3.axisangle_pose(torch.zeros(1, 3).double(), given)[0].numpy()
        found = flow(points * [1, 1, 1 / 1.6], 100.0, T)
        assert np.allclose(found, real, atol=1e-9) == agrees


def test_each_sample_has_its_own_ratio():
    found = pose_vector_for_focal(torch.ones(2, 3, 6), torch.tensor([1.0, 2.0]))
    assert (found[0] == 1.0).all()
    assert (found[1] == torch.tensor([1.0, 1.0, 2.0, 0.5, 0.5, 1.0])).all()
