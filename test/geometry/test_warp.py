# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Inverse warp: identity, exact synthetic scenes, reference numbers, gradients."""

import numpy as np
import pytest
import torch

from thermal_depth_ros.geometry import se3
from thermal_depth_ros.geometry.warp import back_project, project_grid, sample

K = torch.tensor([[[40.0, 0, 23.5], [0, 42.0, 15.5], [0, 0, 1]]], dtype=torch.float64)


def _noise(*shape: int) -> torch.Tensor:
    return torch.rand(*shape, dtype=torch.float64, generator=torch.Generator().manual_seed(1))


def test_identity_motion_is_the_identity_warp():
    image = _noise(1, 3, 32, 48)
    warp = project_grid(1 + _noise(1, 1, 32, 48), torch.eye(4, dtype=torch.float64)[None], K)
    torch.testing.assert_close(sample(image, warp, 'border'), image, atol=1e-9, rtol=0)


def test_sideways_motion_shifts_by_the_disparity():
    image = _noise(1, 1, 32, 48)
    depth = torch.full((1, 1, 32, 48), 4.0, dtype=torch.float64)
    motion = torch.eye(4, dtype=torch.float64)[None].clone()
    motion[0, 0, 3] = 4.0 * 3 / 40.0  # fx t / Z = 3 pixels
    warp = project_grid(depth, motion, K)
    warped = sample(image, warp)
    torch.testing.assert_close(warped[..., :44], image[..., 3:47], atol=1e-9, rtol=0)
    assert not warp.valid[..., 46:].any()
    assert (warped[..., 46:] == 0).all()


def test_points_behind_the_camera_are_invalid():
    depth = torch.full((1, 1, 32, 48), 4.0, dtype=torch.float64)
    motion = torch.eye(4, dtype=torch.float64)[None].clone()
    motion[0, 2, 3] = -5.0
    warp = project_grid(depth, motion, K)
    assert not warp.valid.any()
    assert (warp.computed_depth == 1e-3).all()


def test_a_slanted_plane_seen_from_two_places():
    """The depth of a plane n.X = h is h / (n.ray) in either camera; the warp must agree."""
    normal, height = torch.tensor([0.1, -0.2, 1.0], dtype=torch.float64), 6.0
    rays = back_project(torch.ones(1, 1, 32, 48, dtype=torch.float64), K)
    depth = height / torch.einsum('i,bihw->bhw', normal, rays)[:, None]
    pose = torch.tensor([[0.3, -0.1, 0.4, 0.02, -0.03, 0.05]], dtype=torch.float64)
    motion = se3.pose_vec_to_matrix(pose)
    R, t = motion[0, :3, :3], motion[0, :3, 3]
    source_normal = R @ normal
    source_height = height + source_normal @ t
    source_depth = source_height / torch.einsum('i,bihw->bhw', source_normal, rays)[:, None]
    warp = project_grid(depth, motion, K)
    # Inverse depth of a plane is linear in the image, so bilinear sampling of it is exact.
    seen = 1 / sample(1 / source_depth, warp, 'border')
    torch.testing.assert_close(seen[warp.valid], warp.computed_depth[warp.valid])
    assert warp.valid.double().mean() > 0.7


def test_gradients():
    depth = (2 + _noise(1, 1, 6, 8)).requires_grad_()
    pose = torch.tensor([[0.05, 0.02, 0.03, 0.01, 0.02, 0.01]], dtype=torch.float64)
    pose.requires_grad_()
    image = _noise(1, 2, 6, 8)

    def warped(depth, pose):
        warp = project_grid(depth, se3.pose_vec_to_matrix(pose), K)
        return sample(image, warp, 'border'), warp.computed_depth

    assert torch.autograd.gradcheck(warped, (depth, pose))


@pytest.mark.parametrize('case', ['sc', 'sc_behind'])
@pytest.mark.parametrize('align', [0, 1])
def test_reference_numbers_with_padding_of_zeros(reference_vectors, case, align):
    data = np.load(reference_vectors / 'warp.npz', allow_pickle=False)
    given = {
        name: torch.from_numpy(data[f'in/{case}/{name}']).double()
        for name in ('img', 'depth', 'ref_depth', 'intrinsics', 'pose')
    }
    motion = se3.pose_vec_to_matrix(given['pose'])
    warp = project_grid(given['depth'], motion, given['intrinsics'])
    wanted = f'out/{case}/ac{align}'
    for source, name in ((given['img'], 'projected_img'), (given['ref_depth'], 'projected_depth')):
        ours = sample(source, warp, 'zeros', align_corners=bool(align)).numpy()
        np.testing.assert_allclose(ours, data[f'{wanted}/{name}'], atol=2e-5)
    np.testing.assert_array_equal(warp.valid.numpy(), data[f'out/{case}/valid_mask'])
    np.testing.assert_allclose(
        warp.computed_depth.numpy(), data[f'out/{case}/computed_depth'], atol=1e-5
    )


@pytest.mark.parametrize('align', [0, 1])
def test_reference_numbers_with_padding_of_the_border(reference_vectors, align):
    data = np.load(reference_vectors / 'warp.npz', allow_pickle=False)
    image, depth, intrinsics = (
        torch.from_numpy(data[f'in/md2/{name}']).double() for name in ('img', 'depth', 'K')
    )
    rotation, translation = (
        torch.from_numpy(data[f'in/md2/{name}']).double()[:, 0]
        for name in ('axisangle', 'translation')
    )
    motion = se3.axisangle_pose(rotation, translation)
    np.testing.assert_allclose(motion.numpy(), data['out/md2/T'], atol=1e-6)
    points = back_project(depth, intrinsics[:, :3, :3]).reshape(2, 3, -1)
    np.testing.assert_allclose(points.numpy(), data['out/md2/cam_points'][:, :3], atol=2e-5)
    warp = project_grid(depth, motion, intrinsics[:, :3, :3])
    np.testing.assert_allclose(warp.grid.numpy(), data['out/md2/pix_coords_normalised'], atol=2e-6)
    ours = sample(image, warp, 'border', align_corners=bool(align)).numpy()
    np.testing.assert_allclose(ours, data[f'out/md2/ac{align}/warped'], atol=2e-5)
