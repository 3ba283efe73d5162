# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Additional channels of a cloud, four bytes each: float32 or uint32."""

import dataclasses
from collections.abc import Callable

import cv2
import numpy as np

from thermal_depth_ros.messages.errors import MessageError

# Values of sensor_msgs/PointField.
UINT32, FLOAT32 = 6, 7

Write = Callable[[np.ndarray, np.ndarray], None]


@dataclasses.dataclass(frozen=True, eq=False)
class Channel:
    """One field of a cloud, made from a source image (H, W) or (H, W, 3)."""

    name: str
    datatype: int
    source: np.ndarray
    convert: Write

    def picked(self, pick: tuple[slice, slice]) -> 'Channel':
        """Return the channel of some rows and columns."""
        return dataclasses.replace(self, source=self.source[pick])

    def write(self, plane: np.ndarray, rows: slice) -> None:
        """Write some rows of the channel into a plane (rows, W) float32."""
        self.convert(self.source[rows], plane)


def cloud_channels(
    intensity: np.ndarray | None,
    rgb: np.ndarray | None,
    label: np.ndarray | None,
    confidence: np.ndarray | None,
) -> list[Channel]:
    """Return the channels of those images that are given, in the order of the fields.

    Raises:
        MessageError: An image has the wrong shape.
    """
    given = (
        ('intensity', FLOAT32, intensity, _write_numbers),
        ('rgb', FLOAT32, rgb, _write_packed_rgb),
        ('label', UINT32, label, _write_integers),
        ('confidence', FLOAT32, confidence, _write_numbers),
    )
    channels = [Channel(n, t, source, w) for n, t, source, w in given if source is not None]
    for channel in channels:
        wanted = (3,) if channel.name == 'rgb' else ()
        if channel.source.shape[2:] != wanted:
            shape = '(H, W, 3)' if wanted else '(H, W)'
            raise MessageError(f'{channel.name}.shape', channel.source.shape, f'not {shape}')
    return channels


def _write_numbers(source: np.ndarray, plane: np.ndarray) -> None:
    np.copyto(plane, source, casting='unsafe')


def _write_integers(source: np.ndarray, plane: np.ndarray) -> None:
    np.copyto(plane.view(np.uint32), source, casting='unsafe')


def _write_packed_rgb(source: np.ndarray, plane: np.ndarray) -> None:
    # 0x00RRGGBB. Alpha stays zero: 0xFF in the top byte would make the float32 a NaN.
    if np.little_endian:
        packed = cv2.cvtColor(source, cv2.COLOR_RGB2BGRA)
        packed[..., 3] = 0
    else:
        packed = np.zeros((*source.shape[:2], 4), np.uint8)
        packed[..., 1:] = source
    np.copyto(plane, packed.view(np.float32)[..., 0])
