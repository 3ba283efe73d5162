# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Fit an image of any size to a network that wants multiples of its patch size.

Everything here is plain differentiable tensor arithmetic without saved state, so it works the
same in training, under `torch.no_grad` and under `torch.inference_mode`.
"""

import dataclasses
import math
from collections.abc import Sequence

import torch
import torch.nn.functional as F


@dataclasses.dataclass(frozen=True)
class Padding:
    """Number of rows and columns added on each side."""

    left: int
    right: int
    top: int
    bottom: int

    def apply(self, image: torch.Tensor) -> torch.Tensor:
        """Surround an image (..., H, W) with zeros."""
        if not any((self.left, self.right, self.top, self.bottom)):
            return image
        return F.pad(image, (self.left, self.right, self.top, self.bottom))

    def remove(self, image: torch.Tensor) -> torch.Tensor:
        """Crop the added border off again: the inverse of `apply`."""
        height, width = image.shape[-2:]
        return image[..., self.top : height - self.bottom, self.left : width - self.right]


def centre_padding(height: int, width: int, multiple: int) -> Padding:
    """Return the padding to the next multiple, centred; an odd row or column goes last.

    For 256x320 and 14 this is 5+5 rows and 1+1 columns (method of DINOv2's dense heads).
    """
    rows, columns = -height % multiple, -width % multiple
    return Padding(columns // 2, columns - columns // 2, rows // 2, rows - rows // 2)


def nearest_multiple(size: int, multiple: int) -> int:
    """Return the multiple closest to a size, at least one multiple (halves go up)."""
    return max(1, (2 * size + multiple) // (2 * multiple)) * multiple


def lower_bound_size(size: Sequence[int], least: Sequence[int], multiple: int) -> tuple[int, int]:
    """Return the size to which an image is scaled so that both sides are at least as long.

    The aspect ratio is kept but for the rounding to multiples, to the nearest where that is long
    enough (the `lower_bound` method of Depth Anything).

    Args:
        size: Height and width of the image.
        least: Least height and width of the result.
        multiple: Both sides of the result are multiples of it.
    """
    scale = max(bound / side for bound, side in zip(least, size, strict=True))
    height, width = (
        rounded
        if (rounded := round(scale * side / multiple) * multiple) >= bound
        else math.ceil(scale * side / multiple) * multiple
        for side, bound in zip(size, least, strict=True)
    )
    return height, width


def upper_bound_size(size: Sequence[int], most: Sequence[int], multiple: int) -> tuple[int, int]:
    """Return the size to which an image is scaled so that no side is longer.

    The aspect ratio is kept but for the rounding to the nearest multiples that are short enough
    (the `upper_bound` method of DPT).

    Args:
        size: Height and width of the image.
        most: Largest height and width of the result, at least `multiple`.
        multiple: Both sides of the result are multiples of it.
    """
    scale = min(bound / side for bound, side in zip(most, size, strict=True))
    height, width = (
        min(nearest_multiple(round(scale * side), multiple), bound // multiple * multiple)
        for side, bound in zip(size, most, strict=True)
    )
    return height, width


def next_multiple(size: int, multiple: int) -> int:
    """Return the smallest multiple that is not below a size."""
    return size + -size % multiple
