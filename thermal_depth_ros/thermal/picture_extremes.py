# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Extremes of thermal images as tensors, without what is no picture at their border.

The rule is that of `outlying_border`, for many images at once and on any device.
"""

import torch

from thermal_depth_ros.thermal.outlying_border import (
    BORDER_SHARE,
    COLUMN_STEP,
    FAR,
    LEAST_WIDTH_DEEP,
    OUTLYING_SHARE,
    ROW_STEP,
    places,
)


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
