# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Rigid motions as batched tensors, in the two parametrisations of the papers.

T_{a->b} maps points of camera a into camera b: p_b = T p_a.
"""

import torch


def euler_to_matrix(angles: torch.Tensor) -> torch.Tensor:
    """Rotation R_x(rx) R_y(ry) R_z(rz) from angles (..., 3) in rad, as (..., 3, 3)."""
    (sx, sy, sz), (cx, cy, cz) = angles.sin().unbind(-1), angles.cos().unbind(-1)
    rows = (
        (cy * cz, -cy * sz, sy),
        (cx * sz + sx * sy * cz, cx * cz - sx * sy * sz, -sx * cy),
        (sx * sz - cx * sy * cz, sx * cz + cx * sy * sz, cx * cy),
    )
    return torch.stack([torch.stack(row, -1) for row in rows], -2)


def skew(vector: torch.Tensor) -> torch.Tensor:
    """Cross-product matrix (..., 3, 3) of a vector (..., 3)."""
    x, y, z = vector.unbind(-1)
    zero = torch.zeros_like(x)
    rows = ((zero, -z, y), (z, zero, -x), (-y, x, zero))
    return torch.stack([torch.stack(row, -1) for row in rows], -2)


def axisangle_to_matrix(rotation_vector: torch.Tensor) -> torch.Tensor:
    """Rotation (..., 3, 3) from a rotation vector (..., 3) by Rodrigues' formula.

    Written with sin(a)/a and (1 - cos(a))/a^2, whose series at zero keeps value and gradient
    exact there.
    """
    squared = (rotation_vector * rotation_vector).sum(-1)[..., None, None]
    small = squared < 1e-8
    safe = torch.where(small, torch.ones_like(squared), squared)
    angle = safe.sqrt()
    first = torch.where(small, 1 - squared / 6, angle.sin() / angle)
    second = torch.where(small, 0.5 - squared / 24, (1 - angle.cos()) / safe)
    cross = skew(rotation_vector)
    identity = torch.eye(3, dtype=cross.dtype, device=cross.device)
    return identity + first * cross + second * (cross @ cross)


def compose_matrix(rotation: torch.Tensor, translation: torch.Tensor) -> torch.Tensor:
    """Motion (..., 4, 4) from rotation (..., 3, 3) and translation (..., 3)."""
    top = torch.cat([rotation, translation[..., None]], -1)
    bottom = torch.zeros_like(top[..., :1, :])
    bottom[..., 3] = 1
    return torch.cat([top, bottom], -2)


def pose_vec_to_matrix(pose: torch.Tensor) -> torch.Tensor:
    """Motion (..., 4, 4) from a pose vector (..., 6) = (t, euler angles) of PoseResNet."""
    return compose_matrix(euler_to_matrix(pose[..., 3:]), pose[..., :3])


def axisangle_pose(
    rotation_vector: torch.Tensor, translation: torch.Tensor, invert: bool = False
) -> torch.Tensor:
    """Motion (..., 4, 4) from the output of Monodepth2's PoseNet.

    Forward: Trans(t) Rot(w). Inverted: Rot(w)^T Trans(-t), the exact inverse.
    """
    rotation = axisangle_to_matrix(rotation_vector)
    if not invert:
        return compose_matrix(rotation, translation)
    transposed = rotation.transpose(-1, -2)
    return compose_matrix(transposed, -(transposed @ translation[..., None])[..., 0])


def invert(motion: torch.Tensor) -> torch.Tensor:
    """Inverse (..., 4, 4) of a rigid motion (..., 4, 4)."""
    transposed = motion[..., :3, :3].transpose(-1, -2)
    return compose_matrix(transposed, -(transposed @ motion[..., :3, 3:])[..., 0])
