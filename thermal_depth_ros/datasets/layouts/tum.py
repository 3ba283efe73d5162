# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""TUM RGB-D: colour, registered depth, and poses of motion capture.

<sequence>/{rgb.txt,depth.txt,groundtruth.txt}   <sequence>/{rgb,depth}/*.png
"""

import functools
from pathlib import Path

import numpy as np

from thermal_depth_ros.bags.picture_files import depth_pixels
from thermal_depth_ros.base import contract
from thermal_depth_ros.base.listing import list_folders
from thermal_depth_ros.datasets.calibration import camera_of_file
from thermal_depth_ros.datasets.cameras import CameraFiles, camera_streams, image_size
from thermal_depth_ros.datasets.config import TumConfig
from thermal_depth_ros.datasets.errors import DatasetError, inside, nothing_found
from thermal_depth_ros.datasets.sequence import BASE, Mount, Plan, SequenceData
from thermal_depth_ros.datasets.streams import CameraName, map_stream, odometry_stream
from thermal_depth_ros.datasets.text_files import table
from thermal_depth_ros.datasets.trajectory_files import seconds_ns, tum_trajectory
from thermal_depth_ros.geometry.camera import PinholeCamera
from thermal_depth_ros.geometry.frames import T_FORWARD

_SIZE = (640, 480)
# fx, fy, cx, cy, and k1, k2, p1, p2, k3: calibrations of the three Kinects.
_INTRINSICS: dict[str, tuple[tuple[float, ...], tuple[float, ...]]] = {
    'freiburg1': (
        (517.306408, 516.469215, 318.643040, 255.313989),
        (0.262383, -0.953104, -0.005358, 0.002628, 1.163314),
    ),
    'freiburg2': (
        (520.908620, 521.007327, 325.141442, 249.701764),
        (0.231222, -0.784899, -0.003257, -0.000105, 0.917205),
    ),
    'freiburg3': ((535.4, 539.2, 320.1, 247.6), ()),
    'default': ((525.0, 525.0, 319.5, 239.5), ()),
}


def plans(source: Path, settings: TumConfig) -> list[Plan]:
    """Return the sequences: the folder itself, or those in it.

    Raises:
        DatasetError: There are none.
    """
    folders = [path for path in (source, *list_folders(source)) if (path / 'rgb.txt').is_file()]
    if not folders:
        raise nothing_found(source, 'TUM RGB-D', ['<sequence>/rgb.txt'])
    return [Plan(path.name, functools.partial(_read, path, settings)) for path in folders]


def _read(folder: Path, settings: TumConfig) -> SequenceData:
    name = CameraName(contract.RGB)
    images, stamps = _listed(folder / 'rgb.txt')
    size = image_size(images)
    topic = name.image_topic(settings.images)
    if settings.calibration:
        camera = camera_of_file(settings.calibration, topic, size)
    else:
        camera = _published(folder, settings.intrinsics, size)
    data = SequenceData(camera_streams(CameraFiles(name, images, stamps, camera), settings.images))
    data.mounts.append(Mount(BASE, name.frame_id, T_FORWARD))
    if (folder / 'depth.txt').is_file():
        depth, depth_stamps = _listed(folder / 'depth.txt')
        read = functools.partial(depth_pixels, units_per_metre=settings.units_per_metre)
        topic = name.truth_topic('depth')
        data.streams.append(map_stream(topic, name.frame_id, depth, depth_stamps, read, size))
    else:
        data.notes.append('no depth.txt')
    if (folder / 'groundtruth.txt').is_file():
        times, T = tum_trajectory(folder / 'groundtruth.txt')
        data.streams.append(odometry_stream(name.truth_topic('odometry'), name.frame_id, times, T))
    else:
        data.notes.append('no groundtruth.txt')
    return data


def _listed(path: Path) -> tuple[list[Path], np.ndarray]:
    """Return the files of a list, and their stamps (N,) int64.

    Raises:
        DatasetError: A line is not `time file`, a file is outside, or the times do not grow.
    """
    rows = table(path, 2, 'lines of a time and a file')
    if not rows:
        raise DatasetError(f'{path}: no images in it')
    stamps = np.array([seconds_ns(path, row[0]) for row in rows], np.int64)
    if (np.diff(stamps) <= 0).any():
        raise DatasetError(f'{path}: the times do not grow')
    return [inside(path.parent, row[1], path) for row in rows], stamps


def _published(folder: Path, chosen: str, size: tuple[int, int]) -> PinholeCamera:
    if chosen == 'auto':
        chosen = next((name for name in _INTRINSICS if name in folder.name), '')
        if not chosen:
            raise DatasetError(
                f'{folder}: the name does not say which camera it is; --intrinsics '
                f'{"|".join(_INTRINSICS)} or --calibration does'
            )
    (fx, fy, cx, cy), distortion = _INTRINSICS[chosen]
    model = 'plumb_bob' if distortion else ''
    camera = PinholeCamera(*_SIZE, fx, fy, cx, cy, model, distortion)
    return camera if size == _SIZE else camera.resized(*size)
