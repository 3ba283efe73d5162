# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Splits the images of a recording into training and validation images."""

import numpy as np

from thermal_depth_ros.samples.config import DataConfig


def within_limits(numbers: np.ndarray, config: DataConfig) -> np.ndarray:
    """Whether images (N,), given by their indices, lie within first_frame and last_frame."""
    inside = numbers >= config.first_frame
    return inside & (numbers < config.last_frame) if config.last_frame else inside


def kept_for_validation(
    numbers: np.ndarray, stamps_ns: np.ndarray, end: int, config: DataConfig
) -> np.ndarray:
    """Whether images (N,) at the end of a training recording are kept for validation.

    Args:
        numbers: Indices of the images.
        stamps_ns: Stamps of the images, increasing.
        end: Index after the last image that may be used.
        config: Settings with the size of the validation part.
    """
    if config.validation_bags or len(numbers) == 0:
        return np.zeros(len(numbers), bool)
    if config.validation_frames:
        return numbers >= end - config.validation_frames
    if config.validation_fraction == 0:
        return np.zeros(len(numbers), bool)
    length = float(stamps_ns[-1] - stamps_ns[0])
    return stamps_ns - stamps_ns[0] > (1 - config.validation_fraction) * length
