# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""The streams of one camera of a data set: images, calibration, true depth and classes."""

import dataclasses
import functools
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from thermal_depth_ros.bags.picture_files import depth_pixels, label_pixels
from thermal_depth_ros.base.listing import natural_key
from thermal_depth_ros.datasets.errors import DatasetError
from thermal_depth_ros.datasets.sequence import Stream
from thermal_depth_ros.datasets.streams import (
    CameraName,
    Pictures,
    image_stream,
    info_stream,
    map_stream,
    read_picture,
)
from thermal_depth_ros.geometry.camera import PinholeCamera
from thermal_depth_ros.messages.picture_decoding import decode_picture
from thermal_depth_ros.messages.picture_header import PictureHeader

PICTURES = ('.png', '.jpg', '.jpeg')


@dataclasses.dataclass(frozen=True, eq=False)
class CameraFiles:
    """Files of one camera; `depth` and `labels` have an entry, or None, for every image."""

    name: CameraName
    images: Sequence[Path]
    stamps_ns: np.ndarray  # (N,) int64, increasing
    camera: PinholeCamera | None = None
    depth: Sequence[Path | None] = ()
    labels: Sequence[Path | None] = ()
    units_per_metre: float = 256.0  # of depth in 16-bit PNG


def camera_streams(files: CameraFiles, transport: str) -> list[Stream]:
    """Return the streams of a camera; topics without any file are left out."""
    name, camera = files.name, files.camera
    size = None if camera is None else (camera.width, camera.height)
    pictures = Pictures(name, files.images, size, transport)
    streams = [image_stream(name, files.stamps_ns, pictures.build, transport)]
    if camera is not None:
        streams.append(info_stream(name, files.stamps_ns, camera))
    read_depth = functools.partial(depth_pixels, units_per_metre=files.units_per_metre)
    for what, maps, read in (
        ('depth', files.depth, read_depth),
        ('labels', files.labels, label_pixels),
    ):
        if any(maps):
            topic, stamps = name.truth_topic(what), files.stamps_ns
            streams.append(map_stream(topic, name.frame_id, maps, stamps, read, size))
    return streams


def image_size(files: Sequence[Path]) -> tuple[int, int]:
    """Return width and height of the first image that can be read.

    Raises:
        DatasetError: None can be read.
    """
    refused: DatasetError | None = None
    for path in files:
        try:
            header: PictureHeader = read_picture(path)[1]
            return header.width, header.height
        except DatasetError as error:
            refused = refused or error
    raise refused or DatasetError('no images')


def pinhole(K: np.ndarray, size: tuple[int, int], where: object) -> PinholeCamera:
    """Return the camera of an intrinsic matrix (3, 3) without distortion.

    Raises:
        DatasetError: The matrix cannot be that of a camera.
    """
    camera = PinholeCamera(
        size[0], size[1], float(K[0, 0]), float(K[1, 1]), float(K[0, 2]), float(K[1, 2])
    )
    if camera.flaw:
        raise DatasetError(f'{where}: no camera has this K: {camera.flaw}')
    return camera


def by_stem(images: Sequence[Path], files: Sequence[Path]) -> list[Path | None]:
    """Return the file of the same name or number for each image, None where there is none."""
    named = {natural_key(file.stem): file for file in files}
    return [named.get(natural_key(image.stem)) for image in images]


def only(files: Sequence[Path | None], keep: Sequence[bool]) -> list[Path | None]:
    """Return files with None in the places that are not kept."""
    return [file if kept else None for file, kept in zip(files, keep, strict=True)]


def pixels_of(path: Path) -> np.ndarray:
    """Return the pixels of an image file as stored.

    Raises:
        DatasetError, MessageError: It cannot be read.
    """
    return decode_picture(np.frombuffer(read_picture(path)[0], np.uint8))
