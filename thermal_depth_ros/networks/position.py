# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Position embedding of a vision transformer on a grid it was not trained with."""

import torch
import torch.nn.functional as F

from thermal_depth_ros.networks.precision import at_least_single


def interpolate_position(
    embedding: torch.Tensor,
    prefix: int,
    source_grid: tuple[int, int],
    target_grid: tuple[int, int],
    offset: float = 0.1,
    antialias: bool = False,
) -> torch.Tensor:
    """Resample a learned position embedding to another patch grid, in at least float32.

    DINOv2 enlarges the target by `offset` before it divides by the source grid, and the scale
    factor so obtained (not the target size) enters the coordinate map. Its published weights are
    used with exactly this map; offset 0 resamples to the target size itself.

    Args:
        embedding: (1, prefix + gh * gw, C) stored embedding, row-major patches.
        prefix: Number of leading entries (class token and the like), which are left alone.
        source_grid: (gh, gw) of the stored embedding.
        target_grid: (gh, gw) wanted.
        offset: DINOv2's 0.1, or 0.
        antialias: Low-pass before shrinking (DINOv2 with registers).

    Returns:
        (1, prefix + gh' * gw', C) in the dtype of `embedding`; `embedding` itself when the grids
        are equal.
    """
    if tuple(source_grid) == tuple(target_grid):
        return embedding
    patches = at_least_single(embedding[:, prefix:])
    patches = patches.reshape(1, *source_grid, -1).permute(0, 3, 1, 2)
    if offset:
        scale = tuple(
            (want + offset) / have for want, have in zip(target_grid, source_grid, strict=True)
        )
        patches = F.interpolate(patches, scale_factor=scale, mode='bicubic', antialias=antialias)
    else:
        patches = F.interpolate(
            patches, size=tuple(target_grid), mode='bicubic', antialias=antialias
        )
    if tuple(patches.shape[-2:]) != tuple(target_grid):
        raise ValueError(
            f'position embedding: offset {offset} makes a {tuple(patches.shape[-2:])} grid of '
            f'{tuple(source_grid)} where {tuple(target_grid)} is wanted'
        )
    patches = patches.flatten(2).transpose(1, 2).to(embedding.dtype)
    return torch.cat([embedding[:, :prefix], patches], dim=1)
