# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Depth -> sensor_msgs/PointCloud2, organised or only the points with depth."""

import dataclasses
import functools
import sys
from collections.abc import Callable
from typing import Any

import cv2
import numpy as np

from thermal_depth_ros.geometry.camera import PinholeCamera
from thermal_depth_ros.geometry.rays import pixel_rays
from thermal_depth_ros.messages.errors import MessageError
from thermal_depth_ros.messages.types import MessageTypes

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

    def gathered(self, places: np.ndarray) -> 'Channel':
        """Return the channel of some pixels (N,), by their index in the image, as one row."""
        return dataclasses.replace(self, source=_gathered(self.source, places))

    def write(self, plane: np.ndarray, part: tuple[slice, slice]) -> None:
        """Write some rows and columns of the channel into a plane (h, w) float32."""
        self.convert(self.source[part], plane)


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


_NATIVE_IS_BIG = sys.byteorder == 'big'
_CHANNEL_BYTES = 4
# Pixels per block, so that their channels stay in the caches between the steps while the call
# overhead remains small.
_BLOCK_PIXELS = 128 * 1024


class CameraRays:
    """Rays of one camera in the orders in which clouds are written, each computed once."""

    def __init__(self, camera: PinholeCamera) -> None:
        """Compute the rays.

        Raises:
            CameraModelError: The camera is not calibrated or its distortion model is unknown.
        """
        self.camera = camera
        self.planes = pixel_rays(camera)  # (2, H, W) float32 x/z, y/z
        self._interleaved: dict[int, np.ndarray] = {}

    def interleaved(self, decimation: int) -> np.ndarray:
        """Return (H', W', 3) float32 x/z, y/z, 1 of every n-th row and column."""
        made = self._interleaved.get(decimation)
        if made is None:
            picked = self.planes[:, ::decimation, ::decimation]
            made = np.ones((*picked.shape[1:], 3), np.float32)
            made[..., :2] = picked.transpose(1, 2, 0)
            self._interleaved[decimation] = made
        return made


def depth_cloud(
    types: MessageTypes,
    depth_m: np.ndarray,
    rays: CameraRays,
    stamp_ns: int,
    frame_id: str,
    decimation: int = 1,
    *,
    organised: bool = True,
    intensity: np.ndarray | None = None,
    rgb: np.ndarray | None = None,
    label: np.ndarray | None = None,
    confidence: np.ndarray | None = None,
) -> Any:
    """Build a cloud: one point for each pixel, x, y and z NaN where depth is not finite.

    The points are written directly into the memory of the message. Fields, if given, in this order:
    x y z in metres in the optical frame, intensity, rgb (0x00RRGGBB packed into a float32, as in
    RViz and PCL), label (uint32, as in PCL), confidence.

    Args:
        types: The library that the message is made for.
        depth_m: (H, W) float32, metres along z.
        rays: (2, H, W) float32, x/z and y/z of every pixel; must not change afterwards.
        stamp_ns: Acquisition time.
        frame_id: Optical frame of the camera.
        decimation: Keep every n-th row and column.
        organised: Keep the rows and columns of the image. Otherwise the points with finite depth
            follow each other in one row, in the order of the pixels, and `is_dense` is true.
        intensity: (H, W) of any number type.
        rgb: (H, W, 3) uint8 R, G, B.
        label: (H, W) class ids.
        confidence: (H, W) float32.

    Raises:
        MessageError: The size of an array differs from the depth, or decimation is below 1.
    """
    if decimation < 1:
        raise MessageError('decimation', decimation, 'at least 1')
    channels = cloud_channels(intensity=intensity, rgb=rgb, label=label, confidence=confidence)
    _check_shapes(depth_m, rays.planes, channels)
    pick = (slice(None, None, decimation),) * 2
    depth = np.ascontiguousarray(depth_m[pick], np.float32)
    channels = [channel.picked(pick) for channel in channels]
    planes = rays.planes[:, ::decimation, ::decimation]
    if not organised:
        places = np.flatnonzero(np.isfinite(depth))
        planes = planes.reshape(2, -1).take(places, axis=1)[:, None]
        depth = _gathered(depth, places)
        channels = [channel.gathered(places) for channel in channels]
    height, width = depth.shape
    n_channels = 3 + len(channels)
    data, view = types.octets(height * width * n_channels * _CHANNEL_BYTES)
    points = view.view(np.float32).reshape(height, width, n_channels)
    if channels or not organised:
        _write_channels(points, depth, planes, channels)
    else:
        _write_xyz(points, depth, rays.interleaved(decimation))
    return types.with_data(
        types.PointCloud2,
        stamp_ns,
        frame_id,
        data,
        height=height,
        width=width,
        fields=list(_fields(types, tuple((c.name, c.datatype) for c in channels))),
        is_bigendian=_NATIVE_IS_BIG,
        point_step=n_channels * _CHANNEL_BYTES,
        row_step=width * n_channels * _CHANNEL_BYTES,
        is_dense=not organised,
    )


def _gathered(image: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Return some pixels of an image (H, W, ...) as one row (1, N, ...)."""
    return image.reshape(-1, *image.shape[2:]).take(places, axis=0)[None]


def _check_shapes(depth_m: np.ndarray, rays: np.ndarray, channels: list[Channel]) -> None:
    if depth_m.ndim != 2 or 0 in depth_m.shape:
        raise MessageError('depth.shape', depth_m.shape, 'a depth map is (H, W)')
    if rays.shape != (2, *depth_m.shape):
        raise MessageError('rays.shape', rays.shape, f'depth is {depth_m.shape}')
    for channel in channels:
        if channel.source.shape[:2] != depth_m.shape:
            field = f'{channel.name}.shape'
            raise MessageError(field, channel.source.shape, f'depth is {depth_m.shape}')


def _write_xyz(points: np.ndarray, depth: np.ndarray, rays: np.ndarray) -> None:
    """Fill points (H, W, 3) float32 from rays (H, W, 3), with the fewest passes over memory."""
    # depth * 0 + depth is depth, and NaN where depth is NaN or infinite.
    z = cv2.scaleAdd(depth, 0.0, depth)
    cv2.cvtColor(z, cv2.COLOR_GRAY2BGR, points)
    np.multiply(points, rays, out=points)


def _write_channels(
    points: np.ndarray, depth: np.ndarray, rays: np.ndarray, channels: list[Channel]
) -> None:
    """Fill points (H, W, 3 + n) float32 block by block, to stay within the caches."""
    height, width, n_channels = points.shape
    columns = max(min(width, _BLOCK_PIXELS), 1)
    rows = min(max(_BLOCK_PIXELS // columns, 1), height)
    planes = np.empty((n_channels, rows, columns), np.float32)
    for top in range(0, height, rows):
        for left in range(0, width, columns):
            part = slice(top, min(top + rows, height)), slice(left, min(left + columns, width))
            inside = rays[:, part[0], part[1]]
            _write_block(planes, points[part], depth[part], inside, channels, part)


def _write_block(
    planes: np.ndarray,
    points: np.ndarray,
    depth: np.ndarray,
    rays: np.ndarray,
    channels: list[Channel],
    part: tuple[slice, slice],
) -> None:
    """Fill points (h, w, 3 + n) of some rows and columns; planes (3 + n, >= h, >= w) is scratch."""
    block = planes[:, : depth.shape[0], : depth.shape[1]]
    x, y, z = block[:3]
    cv2.scaleAdd(depth, 0.0, depth, z)
    np.multiply(rays[0], z, out=x)
    np.multiply(rays[1], z, out=y)
    for plane, channel in zip(block[3:], channels, strict=True):
        channel.write(plane, part)
    cv2.merge(list(block), points)


@functools.lru_cache(maxsize=32)
def _fields(types: MessageTypes, extra: tuple[tuple[str, int], ...]) -> tuple[Any, ...]:
    float32 = types.PointField.FLOAT32  # type: ignore[attr-defined]
    named = [('x', float32), ('y', float32), ('z', float32), *extra]
    return tuple(
        types.PointField(name=name, offset=_CHANNEL_BYTES * index, datatype=datatype, count=1)
        for index, (name, datatype) in enumerate(named)
    )
