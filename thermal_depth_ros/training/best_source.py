# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Reconstruction of the target from whichever neighbour shows each pixel best."""

from collections.abc import Sequence

import torch

from thermal_depth_ros.geometry.warp import project_grid, sample
from thermal_depth_ros.losses.masked import masked_mean
from thermal_depth_ros.losses.pairwise import PairwiseLoss, PairwiseOptions, View, depth_difference
from thermal_depth_ros.losses.photometric import photometric_error

_NOT_SEEN = 1e3  # larger than any photometric error


def best_source_loss(
    target: View,
    sources: Sequence[torch.Tensor],
    depths: Sequence[torch.Tensor] | None,
    T_target_source: torch.Tensor,
    K: torch.Tensor,
    options: PairwiseOptions,
) -> tuple[torch.Tensor, torch.Tensor, PairwiseLoss]:
    """Mean over pixels of the smallest error over the sources, against occlusion.

    A pixel hidden in one neighbour is usually visible in the other. Pixels that no source shows,
    and with the auto-mask those that some unmoved source shows better, are left out.

    Args:
        target: loss image (B, C, H, W) and depth (B, 1, H, W).
        sources: loss images (B, C, H, W).
        depths: of the sources (B, 1, H, W); None leaves geometry and self-weight out.
        T_target_source: (B, S, 4, 4).
        K: (B, 3, 3).
        options: as for pairs.

    Returns:
        Reconstruction, geometric consistency (mean over the sources), and the maps of the best
        source.
    """
    errors, differences, warps = [], [], []
    for index, image in enumerate(sources):
        warp = project_grid(target.depth, T_target_source[:, index], K)
        warped = sample(image, warp, 'zeros', options.align_corners)
        error = photometric_error(target.image, warped, options.alpha, clamp_difference=True)
        error = error.mean(1, keepdim=True)
        difference = torch.zeros_like(error)
        if depths is not None:
            projected = sample(depths[index], warp, 'zeros', options.align_corners)
            difference = depth_difference(warp.computed_depth, projected)
            if options.self_weight:
                error = error * (1 - difference)
        errors.append(error.where(warp.valid, torch.full_like(error, _NOT_SEEN)))
        differences.append(difference.where(warp.valid, torch.zeros_like(difference)))
        warps.append((warped, warp.valid))
    best, chosen = torch.cat(errors, 1).min(1, keepdim=True)
    mask = best < _NOT_SEEN
    if options.auto_mask:
        still = torch.cat([_still_error(target, image, options) for image in sources], 1)
        mask = mask & (best < still.amin(1, keepdim=True))
    least, processes = options.min_valid_elements, options.processes
    geometry = torch.stack(
        [
            masked_mean(difference, valid & mask, least, processes)
            for difference, (_, valid) in zip(differences, warps, strict=True)
        ]
    ).mean()
    warped = torch.stack([warped for warped, _ in warps], 1)
    of_best = chosen[:, :, None].expand(-1, -1, warped.shape[2], -1, -1)
    maps = PairwiseLoss(
        masked_mean(best, mask, least, processes),
        geometry,
        best,
        torch.cat(differences, 1).gather(1, chosen),
        mask,
        warped.gather(1, of_best)[:, 0],
    )
    return maps.reconstruction, geometry, maps


def _still_error(target: View, image: torch.Tensor, options: PairwiseOptions) -> torch.Tensor:
    error = photometric_error(target.image, image, options.alpha, clamp_difference=True)
    return error.mean(1, keepdim=True)
