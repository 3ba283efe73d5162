# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Self-supervised term of DepthSegNet24: minimum reprojection over sources and scales."""

import dataclasses
from collections.abc import Sequence

import torch
import torch.nn.functional as F

from thermal_depth_ros.geometry.intrinsics import resized_intrinsics
from thermal_depth_ros.geometry.warp import project_grid, sample
from thermal_depth_ros.losses.photometric import ALPHA, photometric_error
from thermal_depth_ros.losses.smoothness import mean_normalised, smoothness
from thermal_depth_ros.networks.disparity import sigmoid_to_depth

_HIDDEN = 1.0  # error where a source does not show a pixel: above any error of images in [0, 1]


@dataclasses.dataclass(frozen=True)
class ReprojectionOptions:
    """Switches of the term; the defaults are those of Monodepth2."""

    alpha: float = ALPHA
    minimum: bool = True
    auto_mask: bool = True
    visible_only: bool = False  # whether sources count only where they show the pixel
    tie_break_noise: float = 1e-5
    comparison_scales: int = 1  # sizes of the images that are compared, each half the one before
    smoothness_weight: float = 1e-3
    smooth_on: str = 'disp'
    align_corners: bool = True
    min_depth: float = 0.1  # depth range of the disparities
    max_depth: float = 100.0


@dataclasses.dataclass(frozen=True)
class Source:
    """A neighbouring image and the camera motion to it."""

    image: torch.Tensor  # (B, 3, H, W)
    T_target_source: torch.Tensor  # (B, 4, 4)


@dataclasses.dataclass(frozen=True)
class ReprojectionLoss:
    """Loss of all scales and its parts."""

    total: torch.Tensor  # scalar, mean over the scales
    per_scale: tuple[torch.Tensor, ...]  # scalars
    warp_selected: tuple[
        torch.Tensor, ...
    ]  # (B, H, W) bool: a warped source has a lower error than the unwarped ones


def reprojection_loss(
    target: torch.Tensor,
    sources: Sequence[Source],
    disparities: Sequence[torch.Tensor],
    K: torch.Tensor,
    options: ReprojectionOptions | None = None,
    scaled_targets: Sequence[torch.Tensor] | None = None,
    depth_factor: torch.Tensor | None = None,
) -> ReprojectionLoss:
    """Average over scales of L_pe + 0.001 / 2^s * L_smooth (DepthSegNet24, eq. 8).

    With several `comparison_scales`, L_pe is the mean over images of these sizes, with the depth
    of the scale: where depth is wrong by many pixels, only small images still say in which
    direction, and noise is less in them (coarse to fine, as in direct image alignment).

    Args:
        target: (B, 3, H, W) in [0, 1].
        sources: Previous and next image with their motions.
        disparities: Decoder outputs (B, 1, H / 2^s, W / 2^s), finest first, in (0, 1).
        K: (B, 3, 3) at the size of the target.
        options: Options of the loss; None for the defaults.
        scaled_targets: The target at each scale; area-averaged here where None.
        depth_factor: (B,) factor on the depth of each image, which augmentation may have zoomed.
    """
    options = options or ReprojectionOptions()
    levels = _pyramid(target, sources, K, options)
    losses, selected = [], []
    for scale, disparity in enumerate(disparities):
        full = F.interpolate(disparity, target.shape[-2:], mode='bilinear', align_corners=False)
        errors, chosen = [], []
        for level in levels:
            size = level.target.shape[-2:]
            at_size = full if level is levels[0] else F.interpolate(full, size, mode='area')
            depth = sigmoid_to_depth(at_size, options.min_depth, options.max_depth)
            if depth_factor is not None:
                depth = depth * depth_factor[:, None, None, None]
            photometric, warped = _photometric(level, depth, options)
            errors.append(photometric)
            chosen.append(warped)
        if scaled_targets is None:
            image = F.interpolate(target, disparity.shape[-2:], mode='area')
        else:
            image = scaled_targets[scale]
        values = disparity
        if options.smooth_on == 'depth':
            values = sigmoid_to_depth(disparity, options.min_depth, options.max_depth)
        smooth = smoothness(mean_normalised(values), image)
        photometric = torch.stack(errors).mean()
        losses.append(photometric + options.smoothness_weight / 2**scale * smooth)
        selected.append(chosen[0])
    return ReprojectionLoss(torch.stack(losses).mean(), tuple(losses), tuple(selected))


@dataclasses.dataclass(frozen=True)
class _Level:
    """The views at one size."""

    target: torch.Tensor  # (B, 3, h, w)
    sources: Sequence[Source]
    K: torch.Tensor  # (B, 3, 3)
    still: torch.Tensor  # (B, S, h, w) error of each source as it is


def _pyramid(
    target: torch.Tensor,
    sources: Sequence[Source],
    K: torch.Tensor,
    options: ReprojectionOptions,
) -> list[_Level]:
    """Return the views at each size, full size first."""
    levels = []
    for number in range(options.comparison_scales):
        if number:
            size = [length // 2 for length in target.shape[-2:]]
            K = resized_intrinsics(K, target.shape[-2:], size)
            target = F.interpolate(target, size, mode='area')
            sources = [
                Source(F.interpolate(one.image, size, mode='area'), one.T_target_source)
                for one in sources
            ]
        still = torch.cat([_error(source.image, target, options) for source in sources], 1)
        levels.append(_Level(target, sources, K, still))
    return levels


def _error(image: torch.Tensor, target: torch.Tensor, options: ReprojectionOptions) -> torch.Tensor:
    return photometric_error(image, target, options.alpha).mean(1, keepdim=True)


def _photometric(
    level: _Level, depth: torch.Tensor, options: ReprojectionOptions
) -> tuple[torch.Tensor, torch.Tensor]:
    errors, still = [], level.still
    for source in level.sources:
        warp = project_grid(depth, source.T_target_source, level.K)
        warped = sample(source.image, warp, 'border', options.align_corners)
        error = _error(warped, level.target, options)
        errors.append(error.where(warp.valid, _HIDDEN) if options.visible_only else error)
    moved = torch.cat(errors, 1)
    if not options.minimum:
        moved, still = moved.mean(1, keepdim=True), still.mean(1, keepdim=True)
    best = moved.amin(1)
    if not options.auto_mask:
        return best.mean(), torch.ones_like(best, dtype=torch.bool)
    # Equal errors (a constant image) would otherwise be broken in favour of one side everywhere.
    noise = options.tie_break_noise * torch.randn_like(still)
    rest = (still + noise).amin(1)
    return torch.minimum(best, rest).mean(), best < rest
