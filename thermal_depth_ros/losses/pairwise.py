# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Reconstruction and geometry consistency of two ordered views (Fan et al. 2024, eq. 1)."""

import dataclasses

import torch

from thermal_depth_ros.geometry.warp import project_grid, sample
from thermal_depth_ros.losses.masked import ONE_PROCESS, Processes, masked_mean
from thermal_depth_ros.losses.photometric import ALPHA, photometric_error


@dataclasses.dataclass(frozen=True)
class View:
    """One image of a pair with its depth."""

    image: torch.Tensor  # (B, C, H, W) loss image, standardised
    depth: torch.Tensor  # (B, 1, H, W)


@dataclasses.dataclass(frozen=True)
class PairwiseOptions:
    """Switches of the pairwise loss; the defaults are the paper's."""

    alpha: float = ALPHA
    self_discovered_mask: bool = True
    auto_mask: bool = True
    # Reference implementations return 0 for a mask of at most 10000 elements.
    min_valid_elements: int = 10000
    align_corners: bool = True
    processes: Processes = ONE_PROCESS  # sharing the batch


@dataclasses.dataclass(frozen=True)
class PairwiseLoss:
    """Loss terms of one ordered pair and the maps they are computed from."""

    reconstruction: torch.Tensor  # scalar
    geometry: torch.Tensor  # scalar
    weighted_error: torch.Tensor  # (B, C, H, W)
    depth_difference: torch.Tensor  # (B, 1, H, W) in [0, 1]
    mask: torch.Tensor  # (B, 1, H, W) bool
    warped: torch.Tensor  # (B, C, H, W)


def depth_difference(computed: torch.Tensor, projected: torch.Tensor) -> torch.Tensor:
    """Relative difference |a - b| / (a + b), clamped to [0, 1] (Fan et al. 2024, Sec. III-C)."""
    return ((computed - projected).abs() / (computed + projected)).clamp(0, 1)


def unmoved_error(target: View, source: View, options: PairwiseOptions) -> torch.Tensor:
    """Photometric error (B, 1, H, W) of the unwarped source, averaged over channels.

    It is symmetric in the two views.
    """
    error = photometric_error(target.image, source.image, options.alpha, clamp_difference=True)
    return error.mean(1, keepdim=True)


def pairwise_loss(
    target: View,
    source: View,
    T_target_source: torch.Tensor,
    K: torch.Tensor,
    options: PairwiseOptions | None = None,
    pairs: int = 1,
    still: torch.Tensor | None = None,
) -> PairwiseLoss:
    """Compare the target with the source seen through the target's depth.

    L_rec = sum_V (1 - D_diff) e / (|V| C), L_gc = sum_V D_diff / |V|, where V holds the pixels
    that land in the source and are reconstructed better than by the unmoved source, and D_diff
    compares the source's depth with the target's depth expressed in the source camera. The
    gradient flows through the weight 1 - D_diff.

    Args:
        target: The view that is reconstructed.
        source: The view that is warped.
        T_target_source: (B, 4, 4), maps points of the target camera into the source camera.
        K: (B, 3, 3).
        options: Options of the loss; None for those of the paper.
        pairs: Number of ordered pairs concatenated in the batch; the terms are computed for each
            pair separately and summed.
        still: `unmoved_error` of the views, if already computed.
    """
    options = options or PairwiseOptions()
    warp = project_grid(target.depth, T_target_source, K)
    warped = sample(source.image, warp, 'zeros', options.align_corners)
    projected = sample(source.depth, warp, 'zeros', options.align_corners)
    error = photometric_error(target.image, warped, options.alpha, clamp_difference=True)
    difference = depth_difference(warp.computed_depth, projected)
    mask = warp.valid
    if options.auto_mask:
        if still is None:
            still = unmoved_error(target, source, options)
        mask = mask & (error.mean(1, keepdim=True) < still)
    weighted = error * (1 - difference) if options.self_discovered_mask else error
    return PairwiseLoss(
        masked_mean(weighted, mask, options.min_valid_elements, options.processes, pairs),
        masked_mean(difference, mask, options.min_valid_elements, options.processes, pairs),
        weighted,
        difference,
        mask,
        warped,
    )
