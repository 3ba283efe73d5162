# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Streams of messages made of the files of a data set."""

import dataclasses
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from thermal_depth_ros.bags.picture_files import camera_pixels
from thermal_depth_ros.base import contract
from thermal_depth_ros.datasets.errors import DatasetError
from thermal_depth_ros.datasets.sequence import WORLD, Build, Mount, Stream
from thermal_depth_ros.frames.frame import OdometryResult
from thermal_depth_ros.geometry import rigid
from thermal_depth_ros.geometry.camera import PinholeCamera
from thermal_depth_ros.messages.bag_types import bag_types
from thermal_depth_ros.messages.camera_info import pinhole_camera_info
from thermal_depth_ros.messages.errors import MessageError
from thermal_depth_ros.messages.image import array_to_image, encoding_named
from thermal_depth_ros.messages.odometry import odometry_message, tf_message, transform_message
from thermal_depth_ros.messages.picture_header import PictureHeader, read_picture_header
from thermal_depth_ros.messages.point_list import point_list

FILES, RAW = 'files', 'raw'  # how images are stored: as compressed files, or as pixels
TRANSPORTS = (FILES, RAW)
LIDAR_TOPIC, LIDAR_FRAME = '/lidar/points', 'lidar'
_EXACT = np.eye(6) * 1e-9  # a covariance of zero would mean unknown
_COLOURS = {1: 'mono', 3: 'bgr', 4: 'bgra'}
_MAX_FILE_BYTES = 512 << 20  # of one image or sweep
_FAST = [cv2.IMWRITE_PNG_COMPRESSION, 1]

ReadMap = Callable[[Path], tuple[np.ndarray, str]]  # a map (H, W) and its encoding


@dataclasses.dataclass(frozen=True)
class CameraName:
    """Kind, topics and frame of a camera; further cameras of a kind have a namespace."""

    kind: str
    namespace: str = ''  # '' or '/image_03'

    @property
    def frame_id(self) -> str:
        """Optical frame."""
        name = self.namespace.strip('/')
        return f'{name}_{self.kind}_optical_frame' if name else f'{self.kind}_optical_frame'

    def image_topic(self, transport: str) -> str:
        """Topic of the images."""
        ros = 'raw' if transport == RAW else 'compressed'
        return f'{self.namespace}/{contract.image_topic(self.kind, ros)}'

    @property
    def info_topic(self) -> str:
        """Topic of the camera_info."""
        return f'{self.namespace}/{contract.camera_info_topic(self.kind)}'

    def truth_topic(self, what: str) -> str:
        """Topic of ground truth: depth, labels, odometry."""
        return f'/ground_truth{self.namespace}/{self.kind}/{what}'


def camera_name(kind: str, name: str, first: bool) -> CameraName:
    """Return the name of a camera: the first of a kind needs no namespace."""
    return CameraName(kind, '' if first else f'/{name}')


class Pictures:
    """Image files of a camera as messages; all must have the size of its calibration.

    Without a calibration they must have the size of the first.
    """

    def __init__(
        self,
        name: CameraName,
        files: Sequence[Path],
        size: tuple[int, int] | None,
        transport: str,
    ) -> None:
        """Set the files.

        Args:
            name: The camera.
            files: JPEG or PNG files.
            size: Width and height, None for those of the first file.
            transport: FILES keeps the compressed files as they are, RAW decodes them.
        """
        self._name, self._files, self._size, self._raw = name, files, size, transport == RAW

    def build(self, index: int, stamp_ns: int) -> Any:
        """Return the message of a file.

        Raises:
            DatasetError, MessageError, BagError: The file is damaged, or of another size.
        """
        path = self._files[index]
        data, header = read_picture(path)
        size = (header.width, header.height)
        self._size = self._size or size
        if size != self._size:
            raise DatasetError(
                f'{path}: {size[0]}x{size[1]} pixels, not {self._size[0]}x{self._size[1]} as the '
                'calibration or the first image says; do files of two data sets lie together?'
            )
        if self._raw:
            array, encoding = camera_pixels(path, self._name.kind)
            return array_to_image(bag_types(), array, encoding, stamp_ns, self._name.frame_id)
        encoding = f'{_COLOURS.get(header.channels, "bgr")}{header.bits}'
        return compressed(data, header.codec, encoding, stamp_ns, self._name.frame_id)


def read_picture(path: Path) -> tuple[bytes, PictureHeader]:
    """Return a complete JPEG or PNG file and its header.

    Raises:
        DatasetError: It cannot be read, is damaged or cut, or is neither.
    """
    _check_file(path)
    try:
        data = path.read_bytes()
        return data, read_picture_header(data)
    except (OSError, MessageError) as error:
        raise DatasetError(f'{path}: no image that can be read: {error}') from error


def compressed(data: bytes, codec: str, encoding: str, stamp_ns: int, frame_id: str) -> Any:
    """Build a CompressedImage of a file, with the format that image_transport writes."""
    types = bag_types()
    octets = types.octets_of(np.frombuffer(data, np.uint8))
    return types.with_data(
        types.CompressedImage,
        stamp_ns,
        frame_id,
        octets,
        format=f'{encoding}; {codec} compressed {encoding}',
    )


def pixels_message(
    array: np.ndarray, encoding: str, transport: str, stamp_ns: int, frame_id: str
) -> Any:
    """Build the message of an image that no file holds as it is: pixels, or a PNG of them."""
    if transport == RAW:
        return array_to_image(bag_types(), array, encoding, stamp_ns, frame_id)
    if encoding_named(encoding).layout.value.startswith('rgb'):
        array, encoding = cv2.cvtColor(array, cv2.COLOR_RGB2BGR), encoding.replace('rgb', 'bgr')
    _, data = cv2.imencode('.png', array, _FAST)
    return compressed(data.tobytes(), 'png', encoding, stamp_ns, frame_id)


def image_stream(name: CameraName, stamps_ns: np.ndarray, build: Build, transport: str) -> Stream:
    """Return the stream of the images of a camera."""
    type_name = contract.IMAGE if transport == RAW else contract.COMPRESSED_IMAGE
    return Stream(name.image_topic(transport), type_name, stamps_ns, build)


def info_stream(name: CameraName, stamps_ns: np.ndarray, camera: PinholeCamera) -> Stream:
    """Return the stream of the camera_info, one for each image."""
    return Stream(
        name.info_topic,
        contract.CAMERA_INFO,
        stamps_ns,
        lambda _, stamp: pinhole_camera_info(bag_types(), camera, stamp, name.frame_id),
    )


def map_stream(
    topic: str,
    frame_id: str,
    files: Sequence[Path | None],
    stamps_ns: np.ndarray,
    read: ReadMap,
    size: tuple[int, int] | None = None,
) -> Stream:
    """Return the stream of depth maps or class ids, of those images that have one.

    Args:
        topic: Topic of the maps.
        frame_id: Optical frame of the camera.
        files: File of each image, or None.
        stamps_ns: Stamp of each image.
        read: Reads a file.
        size: Width and height that the maps must have.
    """
    there = [index for index, file in enumerate(files) if file is not None]

    def build(number: int, stamp_ns: int) -> Any:
        path = files[there[number]]
        assert path is not None, 'of those that are there'
        array, encoding = read(path)
        if size is not None and array.shape[1::-1] != size:
            found = f'{array.shape[1]}x{array.shape[0]}'
            raise DatasetError(f'{path}: {found} pixels, but the image has {size[0]}x{size[1]}')
        return array_to_image(bag_types(), array, encoding, stamp_ns, frame_id)

    return Stream(topic, contract.IMAGE, np.asarray(stamps_ns)[there], build)


def odometry_stream(
    topic: str, child: str, stamps_ns: np.ndarray, T_world_child: np.ndarray, world: str = WORLD
) -> Stream:
    """Return the stream of true poses; the twist is that of the motion between them.

    Args:
        topic: Topic of the poses.
        child: Frame that moves.
        stamps_ns: (N,) int64, increasing.
        T_world_child: (N, 4, 4).
        world: Frame of the poses.
    """
    T = np.asarray(T_world_child, np.float64)

    def build(index: int, stamp_ns: int) -> Any:
        before, after = max(index - 1, 0), min(index + 1, len(T) - 1)
        seconds = (int(stamps_ns[after]) - int(stamps_ns[before])) / 1e9
        twist = np.zeros(6)
        if seconds > 0:
            twist = rigid.logarithm(rigid.invert(T[before]) @ T[after]) / seconds
        exact = OdometryResult(T[index], twist, _EXACT, _EXACT, 'tracking')
        return odometry_message(bag_types(), exact, stamp_ns, world, child)

    return Stream(topic, contract.ODOMETRY, np.asarray(stamps_ns, np.int64), build)


def lidar_stream(
    stamps_ns: np.ndarray,
    read: Callable[[int], tuple[np.ndarray, np.ndarray | None]],
    topic: str = LIDAR_TOPIC,
    frame_id: str = LIDAR_FRAME,
) -> Stream:
    """Return the stream of the sweeps of a LiDAR.

    Args:
        stamps_ns: Stamp of each sweep.
        read: Returns points (N, 3) and intensities (N,) of the sweep of an index.
        topic: Topic of the clouds.
        frame_id: Frame of the LiDAR.
    """

    def build(index: int, stamp_ns: int) -> Any:
        xyz, intensity = read(index)
        return point_list(bag_types(), xyz, stamp_ns, frame_id, intensity=intensity)

    return Stream(topic, contract.POINT_CLOUD, stamps_ns, build)


def static_stream(mounts: Sequence[Mount], stamp_ns: int) -> Stream:
    """Return /tf_static of the mounts, at the start."""

    def build(_index: int, stamp: int) -> Any:
        types = bag_types()
        return tf_message(
            types,
            [transform_message(types, m.T_parent_child, stamp, m.parent, m.child) for m in mounts],
        )

    stamps = np.array([stamp_ns], np.int64)
    return Stream(contract.TF_STATIC_TOPIC, contract.TF_MESSAGE, stamps, build, latched=True)


def _check_file(path: Path) -> None:
    """Check that a path is a file, not a device, of a size that may be read into memory."""
    if not path.is_file():
        raise DatasetError(f'{path}: no such file')
    size = path.stat().st_size
    if size > _MAX_FILE_BYTES:
        raise DatasetError(f'{path}: {size} bytes; an image or sweep has at most {_MAX_FILE_BYTES}')


def read_points(path: Path, columns: int, dtype: type = np.float32) -> np.ndarray:
    """Return the rows (N, columns) of a binary file of points.

    Raises:
        DatasetError: It cannot be read, or its size is not that of whole rows.
    """
    _check_file(path)
    try:
        values: np.ndarray = np.fromfile(path, dtype)
    except OSError as error:
        raise DatasetError(f'{path}: cannot be read: {error}') from error
    size = path.stat().st_size
    row = columns * np.dtype(dtype).itemsize
    if size % row:
        raise DatasetError(f'{path}: {size} bytes are no whole number of points of {row} bytes')
    return values.reshape(-1, columns)
