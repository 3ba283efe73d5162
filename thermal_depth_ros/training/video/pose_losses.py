# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Losses of the estimated motion with respect to odometry and twists."""

import torch


def odometry_loss(
    found: torch.Tensor, measured: torch.Tensor, rotation_weight: float
) -> torch.Tensor:
    """Mean distance of motions (..., 4, 4) from measured ones, in metres.

    ||t - t*|| + w ||sin(angle) axis of R R*^T||. The default weight of 10 reflects that one radian
    moves a point at ten metres by ten metres.
    """
    translation = (found[..., :3, 3] - measured[..., :3, 3]).norm(dim=-1)
    R = found[..., :3, :3] @ measured[..., :3, :3].transpose(-1, -2)
    skew = (R - R.transpose(-1, -2)) / 2
    vector = torch.stack([skew[..., 2, 1], skew[..., 0, 2], skew[..., 1, 0]], -1)
    # The norm has no gradient at zero; motions that agree exactly must not give NaN.
    rotation = (vector.square().sum(-1) + 1e-12).sqrt()
    return (translation + rotation_weight * rotation).mean()


def travel_loss(found: torch.Tensor, travelled_m: torch.Tensor) -> torch.Tensor:
    """Mean of | ||t|| - d | in metres over motions (B, N, 4, 4) and distances d (B, N).

    The distance is the integral of the twist, for example of the wheels, between the two images;
    it fixes the scale, which monocular training leaves undetermined.
    """
    length = (found[..., :3, 3].square().sum(-1) + 1e-12).sqrt()
    return (length - travelled_m).abs().mean()
