# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Temporal mapping of a group of thermal images for the training loss (method 1.3).

Raw thermal images drift in level and have little contrast. A loss between neighbours needs the
same mapping for all of them: it is computed from the statistics of the group, never of one image.
"""

import dataclasses

import cv2
import numpy as np
import torch

LOSS_MEAN, LOSS_STD = 0.45, 0.225


@dataclasses.dataclass(frozen=True)
class TemporalMapping:
    """Settings of the rearrangement and of the local contrast."""

    bins: int = 30
    clahe_clip: float = 2.0
    clahe_tiles: int = 8


def group_window(counts: torch.Tensor) -> torch.Tensor:
    """Map a group (G, 1, H, W) of raw counts to [0, 1] through one window (step A).

    The window's ends are the means over the group of the images' minima and maxima, not the
    extremes of the group. A window without width gives zeros.
    """
    values = counts.to(torch.float32)
    low = values.amin((-3, -2, -1)).mean()
    high = values.amax((-3, -2, -1)).mean()
    if not high > low:
        return torch.zeros_like(values)
    return (values.clamp(low, high) - low) / (high - low)


def rearrange(windowed: torch.Tensor, bins: int) -> torch.Tensor:
    """Equalise the histogram of a group (G, 1, H, W), piecewise linearly (step B).

    A value z in bin x of width w maps to c_x + p_x (z - (m + w x)) / w, with p_x the share of
    the group's pixels in the bin and c_x the sum of the shares below it, on top of m. Because c_x
    comes from the group alone, equal values map to equal values in all of its images.
    """
    low, high = windowed.amin(), windowed.amax()
    if not high > low:
        return torch.zeros_like(windowed)
    counts = torch.histc(windowed, bins, float(low), float(high))
    share = counts / counts.sum()
    start = low + torch.cumsum(share, 0) - share
    width = (high - low) / bins
    position = (windowed - low) / width
    # Bins of the mapping are closed on the right; the lowest value belongs to none and maps to 0.
    index = (position.ceil().long() - 1).clamp(0, bins - 1)
    mapped = start[index] + share[index] * (position - index)
    return torch.where(windowed > low, mapped, torch.zeros_like(mapped))


def local_contrast(images_u8: np.ndarray, clip: float, tiles: int) -> np.ndarray:
    """Contrast-limited adaptive equalisation of 8-bit images (G, H, W) (step C)."""
    clahe = cv2.createCLAHE(clipLimit=clip, tileGridSize=(tiles, tiles))
    return np.stack([clahe.apply(image) for image in images_u8])


def temporal_mapping(counts: torch.Tensor, settings: TemporalMapping) -> torch.Tensor:
    """Map a group (G, 1, H, W) of raw counts to loss images in [0, 1] (steps A to C)."""
    mapped = rearrange(group_window(counts), settings.bins)
    images_u8 = (mapped[:, 0] * 255).to(torch.uint8).cpu().numpy()
    contrast = local_contrast(images_u8, settings.clahe_clip, settings.clahe_tiles)
    return torch.from_numpy(contrast)[:, None].to(mapped) / 255


def standardise(images: torch.Tensor) -> torch.Tensor:
    """Shift and scale images in [0, 1] to (x - 0.45) / 0.225 (step D)."""
    return (images - LOSS_MEAN) / LOSS_STD
