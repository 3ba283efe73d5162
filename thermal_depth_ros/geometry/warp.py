# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Inverse warping: look at a source image through the target's depth and motion."""

import dataclasses

import torch
import torch.nn.functional as F

MIN_DEPTH = 1e-3  # points nearer to the source's image plane than this are clamped and invalid


@dataclasses.dataclass(frozen=True)
class Warp:
    """Positions of the target pixels in the source camera; H, W are those of the target."""

    grid: torch.Tensor  # (B, H, W, 2) normalised (x, y) of the source image, corners at +-1
    computed_depth: torch.Tensor  # (B, 1, H, W) depth of the target's points in the source camera
    valid: torch.Tensor  # (B, 1, H, W) bool: in front of the source camera and inside its image


def back_project(depth: torch.Tensor, K: torch.Tensor) -> torch.Tensor:
    """Points X = D(u, v) K^-1 [u, v, 1]^T.

    Args:
        depth: (B, 1, H, W) along the optical axis.
        K: (B, 3, 3) intrinsics in pixels, origin at the centre of the top-left pixel.

    Returns:
        Points (B, 3, H, W) in the camera of the depth map.
    """
    height, width = depth.shape[-2:]
    v, u = torch.meshgrid(
        torch.arange(height, dtype=depth.dtype, device=depth.device),
        torch.arange(width, dtype=depth.dtype, device=depth.device),
        indexing='ij',
    )
    pixels = torch.stack([u, v, torch.ones_like(u)]).reshape(1, 3, -1)
    # Unlike inv, this one does not make the host wait for a GPU to say that K can be inverted.
    rays: torch.Tensor = torch.linalg.inv_ex(K).inverse @ pixels
    return rays.reshape(-1, 3, height, width) * depth


def project_grid(depth: torch.Tensor, T_target_source: torch.Tensor, K: torch.Tensor) -> Warp:
    """Find the source position of each target pixel.

    X' = R X + t, Z' = max(X'_z, 1e-3), (u', v') = K X' / Z'. Positions are normalised by W - 1
    and H - 1, so they must be sampled with align_corners=True for the identity motion to be the
    identity warp.

    Args:
        depth: (B, 1, H, W) of the target.
        T_target_source: (B, 4, 4), maps points of the target camera into the source camera.
        K: (B, 3, 3) shared by both views.
    """
    batch, _, height, width = depth.shape
    points = back_project(depth, K).reshape(batch, 3, -1)
    moved = T_target_source[:, :3, :3] @ points + T_target_source[:, :3, 3:]
    z = moved[:, 2:].clamp(min=MIN_DEPTH)
    x, y = ((K @ moved)[:, :2] / z).unbind(1)
    grid = torch.stack([2 * x / (width - 1) - 1, 2 * y / (height - 1) - 1], -1)
    grid = grid.reshape(batch, height, width, 2)
    inside = grid.abs().amax(-1).reshape(batch, 1, height, width) <= 1
    ahead = moved[:, 2:].reshape(batch, 1, height, width) > MIN_DEPTH
    return Warp(grid, z.reshape(batch, 1, height, width), inside & ahead)


def sample(
    source: torch.Tensor, warp: Warp, padding: str = 'zeros', align_corners: bool = True
) -> torch.Tensor:
    """Sample a source map (B, C, H, W) bilinearly at the warped positions.

    Padding 'zeros' (thermal) gives 0 for any position outside, without mixing with the
    border pixels; 'border' (RGB) repeats the border. align_corners=False exists for checks
    against reference implementations that mix the two conventions.
    """
    grid = warp.grid
    if padding == 'zeros':
        grid = torch.where(grid.abs() > 1, torch.full_like(grid, 2.0), grid)
    return F.grid_sample(
        source, grid, mode='bilinear', padding_mode=padding, align_corners=align_corners
    )
