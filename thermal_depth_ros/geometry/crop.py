# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Cropping of image borders without image content, such as telemetry rows or black borders."""

import dataclasses
from typing import Any

import numpy as np

from thermal_depth_ros.base.errors import ThermalDepthError
from thermal_depth_ros.base.settings import setting
from thermal_depth_ros.geometry.camera import PinholeCamera

SIDES = ('top', 'bottom', 'left', 'right')
_MOST = 4096
_FEW_SHARE, _FEW_PX = 1 / 16, 4  # most of the height or width that telemetry may take


class CropError(ThermalDepthError, ValueError):
    """The crop leaves no pixels; the message names the settings."""


def crop_setting(side: str) -> Any:
    """Declare the setting crop_<side> of a configuration."""
    lines = 'rows' if side in ('top', 'bottom') else 'columns'
    return setting(
        0,
        f'Number of {lines} to crop from the {side} of each image, such as telemetry; outputs and '
        'camera_info describe the cropped image',
        minimum=0,
        maximum=_MOST,
        read_only=True,
    )


@dataclasses.dataclass(frozen=True)
class Crop:
    """Rows and columns to crop at each side, pixels."""

    top: int = 0
    bottom: int = 0
    left: int = 0
    right: int = 0

    def __bool__(self) -> bool:
        return bool(self.top or self.bottom or self.left or self.right)

    def size(self, height: int, width: int) -> tuple[int, int]:
        """Return height and width of a cropped image.

        Raises:
            CropError: No pixels are left.
        """
        left = self.size_or_none(height, width)
        if left is None:
            given = ', '.join(f'crop_{side}: {getattr(self, side)}' for side in SIDES)
            raise CropError(f'nothing is left of an image of {width}x{height} ({given})')
        return left

    def size_or_none(self, height: int, width: int) -> tuple[int, int] | None:
        """Return height and width of a cropped image, None if no pixels are left."""
        left = height - self.top - self.bottom, width - self.left - self.right
        return left if min(left) > 0 else None

    def image(self, image: np.ndarray) -> np.ndarray:
        """Return the cropped view of an image (H, W[, C]).

        Raises:
            CropError: No pixels are left.
        """
        if not self:
            return image
        height, width = self.size(*image.shape[:2])
        return image[self.top : self.top + height, self.left : self.left + width]

    def remaining(self, given: tuple[int, int], size: tuple[int, int]) -> 'Crop':
        """Return the part of this crop that still applies to data of a given size.

        A calibration or a map of true values may be of the whole image, or of what is left
        already, as drivers that do not count telemetry rows publish it; rows and columns are told
        apart by themselves. What is of another size altogether is not cropped.

        Args:
            given: Height and width of the map or calibration.
            size: Height and width of the cropped image.
        """
        down, across = self.top + self.bottom, self.left + self.right
        rows = Crop(self.top, self.bottom) if given[0] == size[0] + down else Crop()
        columns = (self.left, self.right) if given[1] == size[1] + across else (0, 0)
        needed = Crop(rows.top, rows.bottom, *columns)
        return needed if needed.size_or_none(*given) == size else Crop()

    def matching(self, values: np.ndarray, size: tuple[int, int]) -> np.ndarray:
        """Return a map (H, W) at the pixels of the cropped image.

        Args:
            values: Map of the whole image, or of the cropped image.
            size: Height and width of the cropped image.
        """
        height, width = values.shape[:2]
        return self.remaining((height, width), size).image(values) if self else values

    def camera(self, camera: PinholeCamera, size: tuple[int, int]) -> PinholeCamera:
        """Return the camera of the cropped image.

        Args:
            camera: Camera of the whole image, or of the cropped image.
            size: Height and width of the cropped image.
        """
        needed = self.remaining((camera.height, camera.width), size)
        return camera.cropped(needed.left, needed.top, size[1], size[0]) if needed else camera


def crop_of(config: Any) -> Crop:
    """Return the crop of a configuration that has the settings crop_top, crop_bottom and so on."""
    return Crop(**{side: getattr(config, f'crop_{side}') for side in SIDES})


def crop_hint(
    image: tuple[int, int],
    camera: tuple[int, int],
    seen: Crop | None = None,
    other: str = 'camera_info',
) -> str:
    """Suggest crop settings if an image is a few rows or columns larger than its calibration.

    Args:
        image: Height and width.
        camera: Height and width of the calibration, or of what else belongs to the image.
        seen: Border that does not look like image content (see `outlying_border`).
        other: What belongs to the image.

    Returns:
        A sentence, or '' if the sizes are equal or unrelated.
    """
    hints = []
    for extra, size, (first, last), lines in (
        (image[0] - camera[0], image[0], ('top', 'bottom'), 'rows'),
        (image[1] - camera[1], image[1], ('left', 'right'), 'columns'),
    ):
        if extra == 0:
            continue
        if not 0 < extra <= max(_FEW_SHARE * size, _FEW_PX) or extra >= size:
            return ''
        sides = [side for side in (last, first) if seen and getattr(seen, side)] or [last, first]
        ways = ' or '.join(f'crop_{side}: {extra}' for side in sides)
        hints.append(f'{extra} {lines} more than its {other}; if they are telemetry, set {ways}')
    return f'the image has {" and ".join(hints)}' if hints else ''
