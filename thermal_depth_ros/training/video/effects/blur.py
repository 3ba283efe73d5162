# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Defocus and motion blur in one convolution."""

import numpy as np
import torch
from torch.nn import functional as F

_FINER = 5  # samples along a side of a pixel


def blur_kernel(defocus_px: float, motion_px: float, angle_rad: float) -> np.ndarray:
    """Return the kernel (2 R + 1, 2 R + 1) of a disc moved along a line, of sum 1.

    Args:
        defocus_px: Radius of the disc, pixels.
        motion_px: Length of the line, pixels.
        angle_rad: Direction of the line, from x to y.
    """
    half_x, half_y = (motion_px / 2 * f(angle_rad) for f in (np.cos, np.sin))
    radius = int(np.ceil(max(abs(half_x), abs(half_y)) + defocus_px))
    # Points of the disc, displaced along the line: the centres of equal cells.
    side = _cells(defocus_px)
    x, y = (axis.ravel() for axis in np.meshgrid(side, side))
    inside = np.hypot(x, y) <= defocus_px
    along = _cells(motion_px / 2) / (motion_px / 2 or 1.0)
    x = (x[inside][:, None] + half_x * along).ravel() + radius
    y = (y[inside][:, None] + half_y * along).ravel() + radius
    kernel = np.zeros((2 * radius + 2, 2 * radius + 2))
    column, row = np.floor(x).astype(int), np.floor(y).astype(int)
    for right in (0, 1):  # each point is shared by the four pixels around it
        for below in (0, 1):
            weight = np.abs(1 - right - (x - column)) * np.abs(1 - below - (y - row))
            np.add.at(kernel, (row + below, column + right), weight)
    kernel = kernel[:-1, :-1]
    return kernel / kernel.sum()


def blurred(images: torch.Tensor, kernel: np.ndarray) -> torch.Tensor:
    """Return images (N, C, H, W) convolved with a kernel; the border is continued."""
    if kernel.shape == (1, 1):
        return images
    height, width = images.shape[-2:]
    flat = images.reshape(1, -1, height, width)
    pad, planes = kernel.shape[0] // 2, flat.shape[1]
    weight = torch.from_numpy(kernel[::-1, ::-1].copy()).to(images).expand(planes, 1, -1, -1)
    padded = F.pad(flat, (pad, pad, pad, pad), mode='replicate')
    # Planes as channels in groups are ten times as fast on a CPU as planes in a batch.
    return F.conv2d(padded, weight, groups=planes).reshape(images.shape)


def _cells(half: float) -> np.ndarray:
    """Return the centres of equal cells from -half to half, several to a pixel."""
    count = max(int(np.ceil(2 * half * _FINER)), 1)
    return ((np.arange(count) + 0.5) / count * 2 - 1) * half
