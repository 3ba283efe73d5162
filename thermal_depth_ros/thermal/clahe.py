# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""OpenCV's contrast-limited adaptive histogram equalisation for tensors on any device.

It gives the same grey levels as `cv2.createCLAHE`, with the same arithmetic, so that training is
independent of the device that maps the images.
"""

import numpy as np
import torch

_LEVELS = 256


def equalise(images: torch.Tensor, clip: float, tiles: int) -> torch.Tensor:
    """Return images (N, H, W) uint8 with equalised local contrast.

    Args:
        images: (N, H, W) uint8.
        clip: Limit of a histogram's bins, as a multiple of their mean; 0: no limit.
        tiles: Number of tiles per axis.
    """
    cells = _in_tiles(images, tiles)
    return _interpolated(images, _tile_maps(cells.flatten(-2), clip), cells.shape[-2:])


def _in_tiles(images: torch.Tensor, tiles: int) -> torch.Tensor:
    """Return the tiles (N, tiles, tiles, h, w) of images (N, H, W).

    If one side is not divisible, both are padded by reflection, the divisible one by a whole pixel
    per tile, as in OpenCV.
    """
    height, width = images.shape[1:]
    if height % tiles or width % tiles:
        rows, columns = (
            _reflected(side, side + tiles - side % tiles, images.device) for side in (height, width)
        )
        images = images[:, rows][:, :, columns]
    cells = images.unflatten(2, (tiles, -1)).unflatten(1, (tiles, -1))
    by_tile: torch.Tensor = cells.transpose(2, 3)
    return by_tile


def _reflected(size: int, wanted: int, device: torch.device) -> torch.Tensor:
    """Return indices (wanted,) that extend 0..size-1 by reflection about the last pixel."""
    period = max(2 * (size - 1), 1)
    index = torch.arange(wanted, device=device) % period
    return torch.minimum(index, period - index) if size > 1 else index


def _tile_maps(pixels: torch.Tensor, clip: float) -> torch.Tensor:
    """Return the grey level mapping (..., 256) float32 of tiles of pixels (..., P)."""
    count = pixels.shape[-1]
    histogram = torch.zeros((*pixels.shape[:-1], _LEVELS), dtype=torch.int32, device=pixels.device)
    histogram.scatter_add_(-1, pixels.long(), torch.ones_like(pixels, dtype=torch.int32))
    if clip > 0:
        histogram = _clipped(histogram, max(int(clip * count / _LEVELS), 1))
    scale = float(np.float32(_LEVELS - 1) / np.float32(count))
    return (histogram.cumsum(-1).float() * scale).round().clamp(0, _LEVELS - 1)


def _clipped(histogram: torch.Tensor, limit: int) -> torch.Tensor:
    """Clip the bins (..., 256) and redistribute the excess evenly over all of them."""
    cut = (histogram - limit).clamp(min=0).sum(-1, keepdim=True)
    rest = cut % _LEVELS
    # The remainder goes to every step-th bin, one each.
    step = (_LEVELS // rest.clamp(min=1)).clamp(min=1)
    level = torch.arange(_LEVELS, device=histogram.device)
    gets_one = (level % step == 0) & (level // step < rest)
    return histogram.clamp(max=limit) + cut // _LEVELS + gets_one


def _interpolated(images: torch.Tensor, maps: torch.Tensor, size: torch.Size) -> torch.Tensor:
    """Map images (N, H, W) bilinearly between the maps (N, tiles, tiles, 256) of their tiles."""
    tiles = maps.shape[1]
    (above, below, v), (left, right, u) = (
        _between(length, tile, tiles, images.device)
        for length, tile in zip(images.shape[1:], size, strict=True)
    )
    number = torch.arange(len(images), device=images.device)[:, None, None]
    grey = images.long()

    def mapped(row: torch.Tensor, column: torch.Tensor) -> torch.Tensor:
        return maps[number, row[:, None], column, grey]

    upper = mapped(above, left) * (1 - u) + mapped(above, right) * u
    lower = mapped(below, left) * (1 - u) + mapped(below, right) * u
    mixed = upper * (1 - v[:, None]) + lower * v[:, None]
    return mixed.round().clamp(0, _LEVELS - 1).to(torch.uint8)


def _between(
    length: int, tile: int, tiles: int, device: torch.device
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Return the two tiles around each of `length` pixels and the weight of the second."""
    inverse = float(np.float32(1) / np.float32(tile))
    position = torch.arange(length, dtype=torch.float32, device=device) * inverse - 0.5
    first = position.floor()
    weight = position - first
    before = first.long()
    return before.clamp(min=0), (before + 1).clamp(max=tiles - 1), weight
