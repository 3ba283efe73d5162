# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Size limits of images, applied before decoding."""

import dataclasses
from typing import Any

from thermal_depth_ros.base.budgets import IMAGE_PIXELS
from thermal_depth_ros.messages.errors import MessageError

# camera_info may describe a binned or scaled image; anything larger is not from this camera.
_TIMES_CALIBRATED = 4
_SMALLEST_LIMIT = 1_000_000  # in case of a placeholder in camera_info


@dataclasses.dataclass(frozen=True)
class PixelLimit:
    """Largest number of pixels of an image, and the reason for the limit."""

    pixels: int
    reason: str

    def check(self, width: int, height: int) -> int:
        """Return the number of pixels of a declared size.

        Raises:
            MessageError: It is zero or above the limit.
        """
        pixels = width * height
        if width <= 0 or height <= 0 or pixels > self.pixels:
            reason = f'a declared size outside 1 to {self.pixels} pixels ({self.reason})'
            raise MessageError('data', f'{width}x{height}', reason)
        return pixels


def default_limit() -> PixelLimit:
    """Return the limit of images without further information.

    Raises:
        SettingsError: The environment variable of the limit is invalid.
    """
    return PixelLimit(IMAGE_PIXELS.value, f'set by {IMAGE_PIXELS.variable}')


def camera_limit(max_image_pixels: int, info: Any) -> PixelLimit:
    """Return the limit of images of a camera.

    Args:
        max_image_pixels: Setting max_image_pixels.
        info: CameraInfo of ROS 2 or ROS 1, or None.
    """
    limit = PixelLimit(max_image_pixels, 'set by max_image_pixels')
    return limit if info is None else calibrated_limit(limit, int(info.width), int(info.height))


def calibrated_limit(limit: PixelLimit, width: int, height: int) -> PixelLimit:
    """Return the smaller of a limit and that by the size in camera_info (0 if unknown)."""
    if width <= 0 or height <= 0:
        return limit
    calibrated = max(_SMALLEST_LIMIT, _TIMES_CALIBRATED * width * height)
    if calibrated >= limit.pixels:
        return limit
    return PixelLimit(calibrated, f'camera_info speaks of {width}x{height}')
