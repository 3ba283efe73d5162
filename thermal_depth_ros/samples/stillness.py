# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Whether anything moved between two images, where no odometry says so."""

import dataclasses

import numpy as np

from thermal_depth_ros.samples.frame_facts import BLOCK

_NOISE_FACTOR = 4.0  # a change of the blocks beyond so much noise is a change of the scene
_CONTRAST_PART = 0.02  # of the deviation within the image; about half a pixel of motion
_MAD_TO_SIGMA = 1.4826


@dataclasses.dataclass(frozen=True, eq=False)
class Change:
    """How much images differ from others, and how much they differ by noise alone."""

    change: np.ndarray  # (N,) counts, of means of blocks
    noise: np.ndarray  # (N,) counts, of means of blocks

    @property
    def still(self) -> np.ndarray:
        """Whether a difference is none of the scene (N,)."""
        return self.change <= self.noise


def measure_change(
    blocks: np.ndarray, noise: np.ndarray, targets: np.ndarray, others: np.ndarray
) -> Change:
    """Compare images by the means of their blocks; gain and level may differ.

    Args:
        blocks: (M, H', W') float32 means of blocks of all images; may be a memory map.
        noise: (M,) deviation of one pixel between an image and the one before it.
        targets: (N,) indices of images.
        others: (N,) indices of the images that they are compared with.
    """
    change, limit = np.empty(len(targets)), np.empty(len(targets))
    for row, (target, other) in enumerate(zip(targets, others, strict=True)):
        here, there = blocks[target].ravel(), blocks[other].ravel()
        change[row] = _robust_deviation(_residual(here, there))
        known = noise[[target, other]][np.isfinite(noise[[target, other]])]
        pixel = float(known.min()) if len(known) else 0.0
        limit[row] = max(_NOISE_FACTOR * pixel / BLOCK, _CONTRAST_PART * float(here.std()))
    return Change(change, limit)


def _residual(here: np.ndarray, there: np.ndarray) -> np.ndarray:
    """Return what is left of `here` when the best a * there + b is taken away."""
    centred_here, centred_there = here - here.mean(), there - there.mean()
    power = float(centred_there @ centred_there)
    gain = float(centred_here @ centred_there) / power if power > 0 else 0.0
    return centred_here - gain * centred_there


def _robust_deviation(values: np.ndarray) -> float:
    return float(np.median(np.abs(values - np.median(values)))) * _MAD_TO_SIGMA
