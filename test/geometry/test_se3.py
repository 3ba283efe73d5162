# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Rigid motions as tensors, against reference numbers, scipy-free derivations and gradients."""

import numpy as np
import pytest
import torch

from thermal_depth_ros.geometry import se3


def _random_poses(n: int = 16) -> torch.Tensor:
    return torch.randn(n, 6, dtype=torch.float64, generator=torch.Generator().manual_seed(0))


def test_euler_known_answer():
    pose = torch.tensor([0.1, 0.2, 0.3, 0.01, 0.02, 0.03], dtype=torch.float64)
    expected = torch.tensor(
        [
            [0.99935019, -0.02998950, 0.01999867],
            [0.03019389, 0.99949402, -0.00999783],
            [-0.01968872, 0.01059517, 0.99975002],
        ],
        dtype=torch.float64,
    )
    torch.testing.assert_close(se3.euler_to_matrix(pose[3:]), expected, atol=1e-7, rtol=0)


def test_euler_is_the_product_of_elementary_rotations():
    angles = _random_poses()[:, 3:]
    for axis_angles in angles:
        product = torch.eye(3, dtype=torch.float64)
        for axis in range(3):
            vector = torch.zeros(3, dtype=torch.float64)
            vector[axis] = axis_angles[axis]
            product = product @ torch.linalg.matrix_exp(se3.skew(vector))
        torch.testing.assert_close(se3.euler_to_matrix(axis_angles), product)


@pytest.mark.parametrize('scale', [0.0, 1e-9, 1e-5, 1e-3, 1.0, 3.0])
def test_axisangle_is_the_matrix_exponential(scale):
    vectors = _random_poses()[:, 3:] * scale
    expected = torch.linalg.matrix_exp(se3.skew(vectors))
    torch.testing.assert_close(se3.axisangle_to_matrix(vectors), expected, atol=1e-12, rtol=0)


def test_gradients():
    pose = _random_poses(2).requires_grad_()
    assert torch.autograd.gradcheck(se3.pose_vec_to_matrix, pose)
    assert torch.autograd.gradcheck(lambda p: se3.axisangle_pose(p[:, 3:], p[:, :3], True), pose)


def test_gradient_is_finite_at_rest():
    still = torch.zeros(1, 3, dtype=torch.float64, requires_grad=True)
    se3.axisangle_to_matrix(still)[0, 2, 1].backward()
    torch.testing.assert_close(still.grad, torch.tensor([[1.0, 0, 0]], dtype=torch.float64))


def test_inverse():
    pose = _random_poses()
    motion = se3.pose_vec_to_matrix(pose)
    identity = torch.eye(4, dtype=torch.float64).expand_as(motion)
    torch.testing.assert_close(se3.invert(motion) @ motion, identity)
    forward = se3.axisangle_pose(pose[:, 3:], pose[:, :3])
    backward = se3.axisangle_pose(pose[:, 3:], pose[:, :3], invert=True)
    torch.testing.assert_close(forward @ backward, identity)


def test_reference_numbers(reference_vectors):
    data = np.load(reference_vectors / 'poses.npz', allow_pickle=False)
    pose = torch.from_numpy(data['in/vec'])
    euler = se3.pose_vec_to_matrix(pose)[:, :3]
    np.testing.assert_allclose(euler, data['out/euler_xyz_3x4'], atol=1e-12)
    tolerance = 2e-7 * (1 + np.linalg.norm(data['in/vec'][:, :3], axis=1))[:, None, None]
    rotation = se3.axisangle_to_matrix(pose[:, 3:]).numpy()
    theirs = data['out/axisangle_rotation_4x4'][:, :3, :3]
    np.testing.assert_allclose(rotation, theirs, atol=2e-7)
    for name, inverted in (('axisangle_4x4', False), ('axisangle_inverted_4x4', True)):
        ours = se3.axisangle_pose(pose[:, 3:], pose[:, :3], inverted).numpy()
        assert (np.abs(ours - data[f'out/{name}']) <= tolerance).all()
