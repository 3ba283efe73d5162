# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Temporal mapping of a group of thermal images for the training loss (Shin et al. 2022).

Raw thermal images drift in level and have low contrast. A loss between neighbours requires the
same mapping for all of them, computed from the statistics of the group, not of single images.
"""

import dataclasses

import cv2
import numpy as np
import torch

from thermal_depth_ros.thermal.clahe import equalise
from thermal_depth_ros.thermal.outlying_border import (
    BORDER_SHARE,
    COLUMN_STEP,
    FAR,
    LEAST_WIDTH_DEEP,
    OUTLYING_SHARE,
    ROW_STEP,
    places,
)

LOSS_MEAN, LOSS_STD = 0.45, 0.225


@dataclasses.dataclass(frozen=True)
class TemporalMapping:
    """Settings of the histogram rearrangement and of CLAHE."""

    bins: int = 30
    clahe_clip: float = 2.0
    clahe_tiles: int = 8


def group_window(counts: torch.Tensor) -> torch.Tensor:
    """Map groups (..., G, 1, H, W) of raw counts to [0, 1], each through one window (step A).

    The window limits are the means of the image minima and maxima over the group, not the extremes
    of the group, ignoring telemetry at the border. A window of zero width gives zeros.
    """
    values = counts.to(torch.float32)
    low, high = (
        ends.mean(-1)[..., None, None, None, None] for ends in picture_extremes(values.squeeze(-3))
    )
    return _where_wide(low, high, (values.clamp(low, high) - low) / (high - low))


def rearrange(windowed: torch.Tensor, bins: int) -> torch.Tensor:
    """Equalise the histogram of groups (..., G, 1, H, W), piecewise linearly (step B).

    A value z in bin x of width w maps to c_x + p_x (z - (m + w x)) / w, with p_x the share of
    the group's pixels in the bin and c_x the sum of the shares below it, on top of m. Because c_x
    comes from the group alone, equal values map to equal values in all of its images.
    """
    pixels = windowed.flatten(-4)
    low, high = pixels.amin(-1, keepdim=True), pixels.amax(-1, keepdim=True)
    share = _histogram(windowed, low, high, bins) / pixels.shape[-1]
    start = low + share.cumsum(-1) - share
    position = (pixels - low) / ((high - low) / bins)
    # Bins of the mapping are closed on the right; the lowest value is in none and maps to 0.
    index = (position.ceil().nan_to_num().long() - 1).clamp(0, bins - 1)
    mapped = start.gather(-1, index) + share.gather(-1, index) * (position - index)
    mapped = torch.where(pixels > low, mapped, torch.zeros_like(mapped))
    return _where_wide(low, high, mapped).reshape(windowed.shape)


def local_contrast(images_u8: torch.Tensor, clip: float, tiles: int) -> torch.Tensor:
    """Contrast-limited adaptive equalisation of 8-bit images (..., H, W) (step C)."""
    images = images_u8.flatten(0, -3)
    if images.device.type != 'cpu':
        return equalise(images, clip, tiles).reshape(images_u8.shape)
    # The same result, faster on the CPU.
    clahe = cv2.createCLAHE(clipLimit=clip, tileGridSize=(tiles, tiles))
    mapped = np.stack([clahe.apply(image) for image in images.numpy()])
    return torch.from_numpy(mapped).reshape(images_u8.shape)


def temporal_mapping(counts: torch.Tensor, settings: TemporalMapping) -> torch.Tensor:
    """Map groups (..., G, 1, H, W) of raw counts to loss images in [0, 1] (steps A to C)."""
    mapped = rearrange(group_window(counts), settings.bins)
    images_u8 = (mapped * 255).to(torch.uint8)
    return local_contrast(images_u8, settings.clahe_clip, settings.clahe_tiles) / 255


def standardise(images: torch.Tensor) -> torch.Tensor:
    """Shift and scale images in [0, 1] to (x - 0.45) / 0.225 (step D)."""
    return (images - LOSS_MEAN) / LOSS_STD


def _histogram(
    windowed: torch.Tensor, low: torch.Tensor, high: torch.Tensor, bins: int
) -> torch.Tensor:
    """Count the values of groups (..., G, 1, H, W) in bins that are closed on the left.

    Args:
        windowed: The groups.
        low: (..., 1) least value of each group, the left end of its first bin.
        high: (..., 1) greatest value, the right end of its last bin, which counts it.
        bins: Number of bins of equal width.

    Returns:
        (..., bins) in the type of the groups, as `torch.histc` counts one group.
    """
    # Rows are counted separately: on a GPU, threads adding to the same bin wait for each other.
    rows = windowed.flatten(-4, -2)
    low, high = low[..., None], high[..., None]
    index = ((rows - low) * bins / (high - low)).nan_to_num().long().clamp(0, bins - 1)
    counts = rows.new_zeros((*rows.shape[:-1], bins))
    counts.scatter_add_(-1, index, torch.ones_like(rows))
    return counts.sum(-2)


def _where_wide(low: torch.Tensor, high: torch.Tensor, values: torch.Tensor) -> torch.Tensor:
    """Return the values of groups with a nonzero range, and zeros for the others."""
    return torch.where(high > low, values, torch.zeros_like(values))


def picture_extremes(images: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Return minima and maxima (...) of the pictures in images (..., H, W), float32."""
    height, width = images.shape[-2:]
    rows, columns = height // BORDER_SHARE, width // BORDER_SHARE
    interior = images[..., rows : height - rows, columns : width - columns]
    sample = interior[..., ::ROW_STEP, ::COLUMN_STEP].flatten(-2)
    first, last = places(sample.shape[-1])
    low, high = (sample.kthvalue(place + 1, dim=-1).values for place in (first, last))
    margin = FAR * (high - low).clamp(min=LEAST_WIDTH_DEEP)
    low, high = (low - margin)[..., None, None], (high + margin)[..., None, None]
    outside = ((images < low) | (images > high)).float()
    edge_rows, edge_columns = (_edge(size, images.device) for size in (height, width))
    bad_rows = outside[..., :, columns : width - columns].mean(-1) >= OUTLYING_SHARE
    bad_columns = outside[..., rows : height - rows, :].mean(-2) >= OUTLYING_SHARE
    bad = (bad_rows & edge_rows)[..., :, None] | (bad_columns & edge_columns)[..., None, :]
    endless = float('inf')
    return (
        images.masked_fill(bad, endless).amin((-2, -1)),
        images.masked_fill(bad, -endless).amax((-2, -1)),
    )


def _edge(size: int, device: torch.device) -> torch.Tensor:
    """Return which of `size` lines belong to the border, (size,) bool."""
    index, border = torch.arange(size, device=device), size // BORDER_SHARE
    return (index < border) | (index >= size - border)
