# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Inputs of the message benchmark: random images, depth maps and rays."""

import array
import dataclasses
from collections.abc import Iterator
from typing import Any

import numpy as np

from thermal_depth_ros.geometry.camera import PinholeCamera
from thermal_depth_ros.messages.cloud import CameraRays, depth_cloud
from thermal_depth_ros.messages.image import array_to_image
from thermal_depth_ros.messages.types import MessageTypes

_PADDING = 64
_DEPTH_CAMERA = PinholeCamera(640, 512, 500.0, 500.0, 319.5, 255.5)


@dataclasses.dataclass(frozen=True, eq=False)
class CloudFrame:
    """A depth map (H, W), the rays of its camera, and the finished cloud."""

    depth_m: np.ndarray
    rays: CameraRays
    points: np.ndarray  # (H * W, 3) float32
    octets: np.ndarray  # the bytes of the cloud message


def thermal_and_rgb() -> Iterator[tuple[str, np.ndarray]]:
    """Yield encoding and pixels of a thermal and of an RGB image."""
    random = np.random.default_rng(0)
    yield 'mono16', random.integers(0, 2**16, (512, 640), dtype=np.uint16)
    yield 'rgb8', random.integers(0, 2**8, (480, 640, 3), dtype=np.uint8)


def plain_octets(source: np.ndarray) -> 'array.array[int]':
    """Copy bytes into a fresh array.array, as plainly as it can be done."""
    octets = array.array('B')
    octets.frombytes(source.data)
    return octets


def image_messages(
    types: MessageTypes, encoding: str, pixels: np.ndarray, count: int
) -> Iterator[tuple[str, list[Any]]]:
    """Yield 'native', 'swapped' (for two-byte pixels) and 'padded' image messages."""
    yield 'native', [_message(types, encoding, pixels) for _ in range(count)]
    if pixels.dtype.itemsize > 1:
        swapped = [_message(types, encoding, pixels.byteswap()) for _ in range(count)]
        for message in swapped:
            message.is_bigendian = 1 - message.is_bigendian
        yield 'swapped', swapped
    yield 'padded', [_padded(types, encoding, pixels) for _ in range(count)]


def cloud_frames(types: MessageTypes, count: int) -> list[CloudFrame]:
    """Make depth maps with sky, holes and noise, and the clouds they give."""
    random = np.random.default_rng(1)
    rays = CameraRays(_DEPTH_CAMERA)
    frames = []
    for _ in range(count):
        depth_m = random.uniform(0.5, 80.0, rays.planes.shape[1:]).astype(np.float32)
        depth_m[:80] = np.inf
        depth_m[random.random(depth_m.shape) < 0.02] = np.nan
        octets = np.array(depth_cloud(types, depth_m, rays, 1, 'camera_optical').data, np.uint8)
        frames.append(CloudFrame(depth_m, rays, octets.view(np.float32).reshape(-1, 3), octets))
    return frames


def _message(types: MessageTypes, encoding: str, pixels: np.ndarray) -> Any:
    return array_to_image(types, pixels, encoding, 1, 'camera_optical')


def _padded(types: MessageTypes, encoding: str, pixels: np.ndarray) -> Any:
    message = _message(types, encoding, pixels)
    row = message.step
    data, view = types.octets((row + _PADDING) * message.height)
    rows = view.reshape(message.height, row + _PADDING)
    rows[:, :row] = pixels.reshape(message.height, -1).view(np.uint8)
    rows[:, row:] = 0
    message.data, message.step = data, row + _PADDING
    return message
