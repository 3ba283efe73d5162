# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""A sequence of Oxford RobotCar in the layout of the SDK.

Axes of the vehicle are forward, right, down; `base_link` has its place, and axes forward, left, up.
"""

import dataclasses
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from thermal_depth_ros.base import contract
from thermal_depth_ros.base.listing import list_files
from thermal_depth_ros.datasets.cameras import PICTURES, CameraFiles, camera_streams, pixels_of
from thermal_depth_ros.datasets.clocks import stamps_of_microseconds
from thermal_depth_ros.datasets.config import RobotcarConfig
from thermal_depth_ros.datasets.errors import DatasetError, missing
from thermal_depth_ros.datasets.layouts.robotcar_depth import SweepDepth
from thermal_depth_ros.datasets.layouts.robotcar_poses import T_VEHICLE_BASE, read_poses, vehicle
from thermal_depth_ros.datasets.sequence import BASE, Mount, SequenceData, Stream
from thermal_depth_ros.datasets.streams import (
    LIDAR_FRAME,
    CameraName,
    camera_name,
    image_stream,
    info_stream,
    lidar_stream,
    odometry_stream,
    pixels_message,
)
from thermal_depth_ros.datasets.text_files import matrix
from thermal_depth_ros.geometry import rigid
from thermal_depth_ros.geometry.camera import PinholeCamera
from thermal_depth_ros.geometry.trajectory import Trajectory
from thermal_depth_ros.messages.bag_types import bag_types
from thermal_depth_ros.messages.decode import to_rgb
from thermal_depth_ros.messages.image import array_to_image

# Camera -> its model, its extrinsics, and the colours of its sensor.
_CAMERAS = {
    'stereo/left': ('stereo_wide_left', 'stereo', 'bayer_gbrg8'),
    'stereo/right': ('stereo_wide_right', 'stereo', 'bayer_gbrg8'),
    'stereo/centre': ('stereo_narrow_left', 'stereo', 'bayer_gbrg8'),
    'mono_left': ('mono_left', 'mono_left', 'bayer_rggb8'),
    'mono_right': ('mono_right', 'mono_right', 'bayer_rggb8'),
    'mono_rear': ('mono_rear', 'mono_rear', 'bayer_rggb8'),
}


@dataclasses.dataclass(frozen=True, eq=False)
class _Model:
    camera: PinholeCamera
    T_camera_optical: np.ndarray
    table: tuple[np.ndarray, np.ndarray] | None  # x and y of each undistorted pixel


def read_sequence(
    source: Path, folder: Path, frames: Collection[int] | None, settings: RobotcarConfig
) -> SequenceData:
    """Open a sequence.

    Args:
        source: Folder of the data set.
        folder: Folder of the sequence.
        frames: Times of the images that have true depth, us since 1970; None for all.
        settings: Settings of the conversion.

    Raises:
        DatasetError, BagError: A file is missing, or does not fit the others.
    """
    images = list_files(folder / settings.camera, PICTURES)
    if not images:
        raise missing(folder / settings.camera / '<time>.png', 'the images of the camera')
    stamps = stamps_of_microseconds(images)
    model = _model(_folder(source, folder, settings.models, 'models'), images[0], settings)
    extrinsics = _folder(source, folder, settings.extrinsics, 'extrinsics')
    T_camera_vehicle = vehicle(extrinsics / f'{_CAMERAS[settings.camera][1]}.txt')
    T_vehicle_optical = rigid.invert(T_camera_vehicle) @ model.T_camera_optical
    T_base_optical = rigid.invert(T_VEHICLE_BASE) @ T_vehicle_optical
    name = camera_name(contract.RGB, settings.camera, True)
    data = SequenceData(_camera(name, images, stamps, model, settings))
    data.mounts.append(Mount(BASE, name.frame_id, T_base_optical))
    poses = read_poses(folder, extrinsics, settings.poses, data.notes)
    if poses is not None:
        topic = '/ground_truth/odometry'
        data.streams.append(odometry_stream(topic, BASE, poses.stamps_ns, poses.T))
    listed = None if frames is None else np.isin(stamps // 1000, list(frames))
    wanted = stamps if listed is None else stamps[listed]
    _add_sweeps(data, folder, extrinsics, poses, wanted, name, model, T_base_optical, settings)
    return data


def _folder(source: Path, sequence: Path, given: str, name: str) -> Path:
    """Return the folder of models or extrinsics: as given, or beside the data."""
    if given:
        path = Path(given).expanduser()
        if not path.is_dir():
            raise DatasetError(f'--{name} {given}: no such folder')
        return path
    places = [source, source.parent, sequence]
    places += [place / 'robotcar-dataset-sdk' for place in (source, source.parent)]
    for place in places:
        if (place / name).is_dir():
            return place / name
    raise missing(source / name, f'the folder {name} of robotcar-dataset-sdk, or --{name} FOLDER')


def _model(folder: Path, image: Path, settings: RobotcarConfig) -> _Model:
    path = folder / f'{_CAMERAS[settings.camera][0]}.txt'
    values = matrix(path, (5, 4), 'focal lengths, principal point, and a 4x4 matrix')
    height, width = pixels_of(image).shape[:2]
    fx, fy, cx, cy = values[0].tolist()
    camera = PinholeCamera(width, height, fx, fy, cx, cy)
    if camera.flaw:
        raise DatasetError(f'{path}: {camera.flaw}')
    table = None
    if settings.rectify:
        table = _table(path.with_name(f'{path.stem}_distortion_lut.bin'), width, height)
    return _Model(camera, values[1:], table)


def _table(path: Path, width: int, height: int) -> tuple[np.ndarray, np.ndarray]:
    """Read the place of each undistorted pixel in the distorted image."""
    if not path.is_file():
        raise missing(path, 'the table that undistorts the images')
    size = 2 * 8 * width * height
    if path.stat().st_size != size:
        raise DatasetError(
            f'{path}: {path.stat().st_size} bytes; images of {width}x{height} have {size}'
        )
    x, y = np.fromfile(path, np.float64).reshape(2, height, width).astype(np.float32)
    return x, y


def _camera(
    name: CameraName,
    images: Sequence[Path],
    stamps: np.ndarray,
    model: _Model,
    settings: RobotcarConfig,
) -> list[Stream]:
    if model.table is None:
        files = CameraFiles(name, images, stamps, model.camera)
        return camera_streams(files, settings.images)
    pattern = _CAMERAS[settings.camera][2]
    x, y = model.table

    def build(index: int, stamp_ns: int) -> Any:
        array = pixels_of(images[index])
        if array.ndim != 2 or array.shape != x.shape:
            raise DatasetError(
                f'{images[index]}: {array.shape} pixels, not the {x.shape} of a Bayer sensor; '
                '--rectify false takes images that are undistorted already'
            )
        rgb = cv2.remap(to_rgb(array, pattern), x, y, cv2.INTER_LINEAR)
        return pixels_message(rgb, 'rgb8', settings.images, stamp_ns, name.frame_id)

    return [
        image_stream(name, stamps, build, settings.images),
        info_stream(name, stamps, model.camera),
    ]


def _add_sweeps(
    data: SequenceData,
    folder: Path,
    extrinsics: Path,
    poses: Trajectory | None,
    wanted: np.ndarray,
    name: CameraName,
    model: _Model,
    T_base_optical: np.ndarray,
    settings: RobotcarConfig,
) -> None:
    """Add true depth made of the sweeps of the front LiDAR, or the sweeps themselves."""
    sweeps = list_files(folder / 'lms_front', ('.bin',))
    if not sweeps:
        return
    T_base_lidar = rigid.invert(T_VEHICLE_BASE) @ vehicle(extrinsics / 'lms_front.txt')
    depth = SweepDepth(
        sweeps,
        stamps_of_microseconds(sweeps),
        poses,
        T_base_lidar,
        T_base_optical,
        model.camera,
        settings.depth_window_s,
    )
    if not settings.depth_window_s or poses is None:
        data.mounts.append(Mount(BASE, LIDAR_FRAME, T_base_lidar))
        data.streams.append(lidar_stream(depth.stamps_ns, depth.sweep))
        return

    def build(_index: int, stamp_ns: int) -> Any:
        made = depth.at(stamp_ns)
        if made is None:
            return None
        return array_to_image(bag_types(), made, '32FC1', stamp_ns, name.frame_id)

    data.streams.append(Stream(name.truth_topic('depth'), contract.IMAGE, wanted, build))
