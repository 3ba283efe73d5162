# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""MS2: the left cameras of stereo thermal, RGB and NIR.

    sync_data/<sequence>/{thr,rgb,nir}/img_left/*.png   sync_data/<sequence>/calib.npy
    proj_depth/<sequence>/{thr,rgb,nir}/depth_filtered/*.png
    odom/<sequence>/{thr,rgb,nir}/*.txt   {train,val,test_day,test_night,test_rainy}_list.txt

Each camera has poses of its own, as the data set does.
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
from thermal_depth_ros.datasets.clocks import stamps_of_file, stamps_of_numbers
from thermal_depth_ros.datasets.config import Ms2Config
from thermal_depth_ros.datasets.errors import DatasetError, missing, nothing_found
from thermal_depth_ros.datasets.pickled_arrays import read_arrays
from thermal_depth_ros.datasets.sequence import (
    BASE,
    Mount,
    Plan,
    SequenceData,
    Stream,
    chosen_names,
)
from thermal_depth_ros.datasets.splits import require_names, split_lines
from thermal_depth_ros.datasets.streams import CameraName, camera_name, odometry_stream
from thermal_depth_ros.datasets.text_files import matrix, rigid_of
from thermal_depth_ros.geometry import rigid
from thermal_depth_ros.geometry.frames import T_FORWARD

_SENSORS = {'thr': contract.THERMAL, 'rgb': contract.RGB, 'nir': contract.RGB}
_LISTS = ('{}_list.txt', '{}.txt')
_M_PER_MM = 0.001  # translations are in millimetres


def plans(source: Path, settings: Ms2Config) -> list[Plan]:
    """Return the sequences.

    Raises:
        DatasetError: There are none, or the list of the split does not fit them.
    """
    folders = {path.name: path for path in list_folders(source / 'sync_data')}
    if not folders:
        raise nothing_found(source, 'MS2', ['sync_data/<sequence>/thr/img_left'])
    names = list(folders)
    if settings.split:
        lines = split_lines(source, settings.split, settings.split_file, _LISTS)
        listed = [words[0] for words in lines]
        require_names(listed, folders, settings.split, 'sequences', settings.partial)
        names = [name for name in dict.fromkeys(listed) if name in folders]
    return [Plan(name, functools.partial(_read, source, name, settings)) for name in names]


def _read(source: Path, sequence: str, settings: Ms2Config) -> SequenceData:
    folder = source / 'sync_data' / sequence
    there = [name for name in _SENSORS if (folder / name / 'img_left').is_dir()]
    names = chosen_names([n for n in settings.sensors if n in there or n not in _SENSORS],
                         there, folder, 'sensor')  # fmt: skip
    path = folder / 'calib.npy'
    calibration = read_arrays(path, 'the calibration of the sequence')
    data = SequenceData([])
    kinds: set[str] = set()
    for name in names:
        named = camera_name(_SENSORS[name], name, _SENSORS[name] not in kinds)
        kinds.add(_SENSORS[name])
        stamps = _add_camera(data, source, sequence, name, named, calibration, settings)
        T_reference = _T_thermal_sensor(path, calibration, name)
        data.mounts.append(Mount(BASE, named.frame_id, T_FORWARD @ T_reference))
        data.streams += _poses(source / 'odom' / sequence / name, named, stamps, data.notes)
    return data


def _add_camera(
    data: SequenceData,
    source: Path,
    sequence: str,
    sensor: str,
    name: CameraName,
    calibration: dict[str, np.ndarray],
    settings: Ms2Config,
) -> dict[str, int]:
    """Add a camera; return the stamp of each image by its name."""
    folder = source / 'sync_data' / sequence
    images = list_files(folder / sensor / 'img_left', PICTURES)
    if not images:
        raise missing(folder / sensor / 'img_left' / '000000.png', 'the images of the camera')
    key = f'K_{sensor}L'
    if key not in calibration or calibration[key].shape != (3, 3):
        raise DatasetError(f'{folder / "calib.npy"}: no matrix {key}')
    camera = pinhole(calibration[key], image_size(images), f'{folder / "calib.npy"}: {key}')
    stamps = _stamps(folder, sensor, images, settings, data.notes)
    maps = source / 'proj_depth' / sequence / sensor / settings.depth_kind
    depth = by_stem(images, list_files(maps, ('.png',)))
    if not any(depth):
        data.notes.append(f'no true depth of {sensor} in {maps}')
    files = CameraFiles(name, images, stamps, camera, depth)
    data.streams += camera_streams(files, settings.images)
    stems = [path.stem for path in images]
    return dict(zip(stems, stamps.tolist(), strict=True))


def _stamps(
    folder: Path, sensor: str, images: list[Path], settings: Ms2Config, notes: list[str]
) -> np.ndarray:
    """Return the times of images: of a file, or a fixed period, as frames are synchronised."""
    for path in (folder / sensor / 'timestamps.txt', folder / 'timestamps.txt'):
        if path.is_file():
            return stamps_of_file(path, len(images))
    wrong = [path for path in images if not path.stem.isdecimal()]
    if wrong:
        raise DatasetError(f'{wrong[0]}: images of MS2 are named by numbers')
    notes.append(f'no timestamps.txt of {sensor}: frames are {settings.frame_period_s:g} s apart')
    numbers = [int(path.stem) for path in images]
    return stamps_of_numbers(numbers, settings.frame_period_s, folder)


def _T_thermal_sensor(  # noqa: N802 - a transform
    path: Path, calibration: dict[str, np.ndarray], sensor: str
) -> np.ndarray:
    """Return the motion (4, 4) from the left camera of a sensor to the thermal one."""
    if sensor == 'thr':
        return np.eye(4)
    T_thermal_nir = _motion(path, calibration, 'nir2thr')
    if sensor == 'nir':
        return T_thermal_nir
    return T_thermal_nir @ rigid.invert(_motion(path, calibration, 'nir2rgb'))


def _motion(path: Path, calibration: dict[str, np.ndarray], name: str) -> np.ndarray:
    R, t = calibration.get(f'R_{name}'), calibration.get(f'T_{name}')
    if R is None or t is None or R.size != 9 or t.size != 3:
        raise DatasetError(f'{path}: no R_{name} of 9 and T_{name} of 3 numbers')
    return rigid_of(path, f'R_{name}', R, t * _M_PER_MM)


def _poses(
    folder: Path, name: CameraName, stamps: dict[str, int], notes: list[str]
) -> list[Stream]:
    """Return the poses of a camera, one file for each image that has one."""
    files = [path for path in list_files(folder, ('.txt',)) if path.stem in stamps]
    if not files:
        notes.append(f'no poses in {folder}')
        return []
    T = np.stack([matrix(path, (4, 4), 'a pose of 4x4 numbers') for path in files])
    own = np.array([stamps[path.stem] for path in files], np.int64)
    return [odometry_stream(name.truth_topic('odometry'), name.frame_id, own, T)]
