# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""ViViD as Shin et al. have post-processed it, before their preparation for training.

calibration/calib_ther_to_rgb.yaml      K_Thermal, K_RGB, R, T
<sequence>/{Thermal,RGB}/data/*.png     <sequence>/Thermal/timestamps.txt
<sequence>/Warped_Depth/{data_THERMAL,data_RGB}/*.npy
<sequence>/{poses_thermal,poses_RGB,avg_velocity_thermal}.txt
"""

import functools
from pathlib import Path

import numpy as np

from thermal_depth_ros.base import contract
from thermal_depth_ros.base.listing import list_files, list_folders
from thermal_depth_ros.datasets.cameras import (
    PICTURES,
    CameraFiles,
    by_stem,
    camera_streams,
    image_size,
    pinhole,
)
from thermal_depth_ros.datasets.clocks import stamps_of_file
from thermal_depth_ros.datasets.config import VividConfig
from thermal_depth_ros.datasets.errors import DatasetError, missing, nothing_found
from thermal_depth_ros.datasets.sequence import BASE, Mount, Plan, SequenceData
from thermal_depth_ros.datasets.splits import require_names, split_lines
from thermal_depth_ros.datasets.streams import CameraName, odometry_stream
from thermal_depth_ros.datasets.text_files import (
    entry,
    keyed_numbers,
    matrix,
    pose_matrices,
    rigid_of,
)
from thermal_depth_ros.geometry import rigid
from thermal_depth_ros.geometry.frames import T_FORWARD

_CALIBRATIONS = ('calib_ther_to_rgb.yaml', 'cali_ther_to_rgb.yaml')  # code and readme differ
# Kind -> its folder, intrinsics, depth and poses.
_FILES = {
    contract.THERMAL: ('Thermal', 'K_Thermal', 'data_THERMAL', 'poses_thermal.txt'),
    contract.RGB: ('RGB', 'K_RGB', 'data_RGB', 'poses_RGB.txt'),
}


def plans(source: Path, settings: VividConfig) -> list[Plan]:
    """Return the sequences.

    Raises:
        DatasetError: There are none, or the list of the split does not fit them.
    """
    folders = {
        path.name: path for path in list_folders(source) if (path / 'Thermal' / 'data').is_dir()
    }
    if not folders:
        raise nothing_found(source, 'ViViD', ['<sequence>/Thermal/data'])
    names = list(folders)
    if settings.split:
        lines = split_lines(source, settings.split, settings.split_file, ('{}.txt',))
        listed = [words[0] for words in lines]
        require_names(listed, folders, settings.split, 'sequences', settings.partial)
        names = [name for name in dict.fromkeys(listed) if name in folders]
    return [Plan(name, functools.partial(_read, source, folders[name], settings)) for name in names]


def _read(source: Path, folder: Path, settings: VividConfig) -> SequenceData:
    calibration = _calibration(source)
    values = keyed_numbers(calibration, 'K_Thermal, K_RGB, R and T')
    R, t = entry(calibration, values, 'R', (3, 3)), entry(calibration, values, 'T', (3,))
    T_rgb_thermal = rigid_of(calibration, 'R', R, t)
    data = SequenceData([])
    kept = _kept(folder, settings)
    for kind, mount in (
        (contract.THERMAL, T_FORWARD),
        (contract.RGB, T_FORWARD @ rigid.invert(T_rgb_thermal)),
    ):
        if (folder / _FILES[kind][0] / 'data').is_dir():
            K = entry(calibration, values, _FILES[kind][1], (3, 3))
            _add_camera(data, folder, kind, K, kept, settings)
            data.mounts.append(Mount(BASE, CameraName(kind).frame_id, mount))
    return data


def _calibration(source: Path) -> Path:
    for name in _CALIBRATIONS:
        if (source / 'calibration' / name).is_file():
            return source / 'calibration' / name
    raise missing(source / 'calibration' / _CALIBRATIONS[0], 'K_Thermal, K_RGB, R and T')


def _kept(folder: Path, settings: VividConfig) -> np.ndarray | None:
    """Return whether each frame is kept by its motion; None where all are."""
    if not settings.thin_m:
        return None
    path = folder / 'avg_velocity_thermal.txt'
    kept, travelled = [], 0.0
    for step in matrix(path, (-1,), 'the motion to each frame').tolist():
        travelled += step
        kept.append(abs(travelled) > settings.thin_m)
        travelled = 0.0 if kept[-1] else travelled
    return np.array(kept, bool)


def _add_camera(
    data: SequenceData,
    folder: Path,
    kind: str,
    K: np.ndarray,
    kept: np.ndarray | None,
    settings: VividConfig,
) -> None:
    place, _, depth_folder, poses_file = _FILES[kind]
    images = list_files(folder / place / 'data', PICTURES)
    if not images:
        raise missing(folder / place / 'data' / '000001.png', 'the images of the camera')
    stamps = stamps_of_file(folder / place / 'timestamps.txt', len(images))
    poses = folder / poses_file
    T = pose_matrices(poses, 'the pose of each image') if poses.is_file() else None
    if T is None:
        data.notes.append(f'no {poses_file}')
    for what, count in (
        (poses_file, None if T is None else len(T)),
        ('avg_velocity_thermal.txt', None if kept is None else len(kept)),
    ):
        if count is not None and count != len(images):
            raise DatasetError(f'{folder / what}: {count} lines for {len(images)} images')
    chosen = np.arange(len(images)) if kept is None else np.flatnonzero(kept)
    images, stamps = [images[index] for index in chosen], stamps[chosen]
    name = CameraName(kind)
    depth = by_stem(images, list_files(folder / 'Warped_Depth' / depth_folder, ('.npy', '.png')))
    camera = pinhole(K, image_size(images), f'{_FILES[kind][1]}')
    data.streams += camera_streams(
        CameraFiles(name, images, stamps, camera, depth), settings.images
    )
    if T is not None:
        topic = name.truth_topic('odometry')
        data.streams.append(odometry_stream(topic, name.frame_id, stamps, T[chosen]))
