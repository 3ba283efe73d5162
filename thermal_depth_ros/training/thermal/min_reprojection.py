# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Reconstruction of the target from the neighbour with the lower error at each pixel."""

from collections.abc import Sequence

import torch

from thermal_depth_ros.geometry.warp import project_grid, sample
from thermal_depth_ros.losses.masked import masked_mean
from thermal_depth_ros.losses.pairwise import PairwiseLoss, PairwiseOptions, View, depth_difference
from thermal_depth_ros.losses.photometric import photometric_error

_NOT_SEEN = 1e3  # larger than any photometric error


def min_reprojection_loss(
    target: View,
    sources: Sequence[View],
    T_target_source: torch.Tensor,
    K: torch.Tensor,
    options: PairwiseOptions,
) -> PairwiseLoss:
    """Compare each pixel of the target with the source that reconstructs it best.

    A pixel hidden in one neighbour is usually visible in the other. Error, geometric consistency
    and self-discovered mask of a pixel are those of its best source. Excluded are pixels that no
    source shows, and with the auto-mask those that some unmoved source matches better.

    Args:
        target: Loss image (B, C, H, W) and depth (B, 1, H, W).
        sources: Loss images and depths of the neighbours, in the same shapes.
        T_target_source: (B, S, 4, 4), maps points of the target camera into those of the sources.
        K: (B, 3, 3).
        options: Options, as for `pairwise_loss`.
    """
    errors, differences, warped = [], [], []
    for index, source in enumerate(sources):
        warp = project_grid(target.depth, T_target_source[:, index], K)
        warped.append(sample(source.image, warp, 'zeros', options.align_corners))
        projected = sample(source.depth, warp, 'zeros', options.align_corners)
        error = _error(target, warped[-1], options)
        errors.append(error.where(warp.valid, torch.full_like(error, _NOT_SEEN)))
        differences.append(depth_difference(warp.computed_depth, projected))
    best, chosen = torch.cat(errors, 1).min(1, keepdim=True)
    mask = best < _NOT_SEEN
    if options.auto_mask:
        still = torch.cat([_error(target, source.image, options) for source in sources], 1)
        mask = mask & (best < still.amin(1, keepdim=True))
    difference = torch.cat(differences, 1).gather(1, chosen)
    weighted = best * (1 - difference) if options.self_discovered_mask else best
    of_best = chosen[:, None].expand(-1, -1, target.image.shape[1], -1, -1)
    return PairwiseLoss(
        masked_mean(weighted, mask, options.min_valid_elements, options.processes),
        masked_mean(difference, mask, options.min_valid_elements, options.processes),
        weighted,
        difference,
        mask,
        torch.stack(warped, 1).gather(1, of_best)[:, 0],
    )


def _error(target: View, image: torch.Tensor, options: PairwiseOptions) -> torch.Tensor:
    """Return the photometric error (B, 1, H, W) of an image with respect to the target."""
    error = photometric_error(target.image, image, options.alpha, clamp_difference=True)
    return error.mean(1, keepdim=True)
