# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""KITTI: raw drives, odometry sequences, and the maps of the depth benchmark.

<date>/calib_{cam_to_cam,velo_to_cam,imu_to_velo}.txt
<date>/<date>_drive_<number>_sync/{image_02,velodyne_points,oxts}/{data/,timestamps.txt}
{train,val}/<date>_drive_<number>_sync/proj_depth/groundtruth/image_02/*.png
sequences/<number>/{image_2/,velodyne/,calib.txt,times.txt}   poses/<number>.txt

Dates may also lie beside `train` or in a folder of their own, and the drives of one date be given
alone. Of a partial download, what is there is read.
"""

import functools
import re
from collections.abc import Sequence
from pathlib import Path

from thermal_depth_ros.base.listing import list_folders
from thermal_depth_ros.datasets.cameras import PICTURES
from thermal_depth_ros.datasets.config import KittiConfig
from thermal_depth_ros.datasets.errors import DatasetError, nothing_found
from thermal_depth_ros.datasets.layouts.kitti_odometry import read_odometry
from thermal_depth_ros.datasets.layouts.kitti_raw import DriveFiles, read_drive
from thermal_depth_ros.datasets.sequence import Plan
from thermal_depth_ros.datasets.splits import require_names, split_lines

_DRIVE = re.compile(r'\d{4}_\d\d_\d\d_drive_\d{4}_sync')
_BENCHMARK = ('train', 'val')  # folders of the depth benchmark
_LISTS = ('{}_files.txt', '{}.txt')
_LEVELS = 3  # of folders around the drives: data set, raw data, date


def plans(source: Path, settings: KittiConfig) -> list[Plan]:
    """Return the raw drives and odometry sequences.

    Raises:
        DatasetError: There are none, or the list of the split does not fit them.
    """
    drives = _drives(source)
    sequences = _sequences(source)
    if not drives and not sequences:
        wanted = ('<date>/<date>_drive_<number>_sync/image_02/data', 'sequences/<number>/image_2')
        raise _unsynchronised(source) or nothing_found(source, 'KITTI', wanted)
    frames: dict[str, frozenset[int] | None] = dict.fromkeys(drives)
    if settings.split:
        frames = _split(source, settings, drives)
        sequences = {}
    roots = _depth_roots(source, settings)
    found = []
    for name, listed in frames.items():
        files = DriveFiles(drives[name], roots, listed)
        found.append(Plan(name, functools.partial(read_drive, files, settings)))
    for number, folder in sequences.items():
        read = functools.partial(read_odometry, folder, settings)
        found.append(Plan(f'odometry_{number}', read))
    return found


def _drives(source: Path) -> dict[str, Path]:
    """Return the folders of the raw drives by name: here, or below folders such as the dates."""
    return {
        folder.name: folder
        for folder in _folders(source)
        if _DRIVE.fullmatch(folder.name) and any(folder.glob('image_0?/data'))
    }


def _unsynchronised(source: Path) -> DatasetError | None:
    """Return the error that a drive is not synchronised, where there is one."""
    folders = _folders(source) if source.is_dir() else []
    drive = next((path for path in folders if path.name.endswith('_extract')), None)
    if drive is None:
        return None
    return DatasetError(f'{drive}: an unsynchronised drive; only those that end in _sync are read')


def _folders(source: Path) -> list[Path]:
    """Return a folder and those below it that may be drives."""
    folders, level = [source], [source]
    for _ in range(_LEVELS):
        level = [inner for folder in level if _may_hold(folder) for inner in list_folders(folder)]
        folders += level
    return folders


def _may_hold(folder: Path) -> bool:
    """Whether drives may lie in a folder."""
    return not (_is_benchmark(folder) or _DRIVE.fullmatch(folder.name))


def _is_benchmark(folder: Path) -> bool:
    return folder.name in _BENCHMARK and any(folder.glob('*/proj_depth'))


def _sequences(source: Path) -> dict[str, Path]:
    """Return the odometry sequences: the folder itself, or those in it."""
    if any(source.glob('image_[0-3]')) and source.name.isdecimal():
        return {source.name: source}
    for folder in (source / 'sequences', source / 'dataset' / 'sequences', source):
        found = {path.name: path for path in list_folders(folder) if path.name.isdecimal()}
        found = {name: path for name, path in found.items() if any(path.glob('image_[0-3]'))}
        if found:
            return found
    return {}


def _depth_roots(source: Path, settings: KittiConfig) -> list[Path]:
    """Return the folders that may hold `<drive>/proj_depth`."""
    given = Path(settings.depth).expanduser() if settings.depth else None
    if given is not None and not given.is_dir():
        raise DatasetError(f'--depth {given}: no such folder')
    if given is not None:
        return [given, *(given / name for name in _BENCHMARK)]
    absolute = source.absolute()
    places = [absolute, *absolute.parents[:_LEVELS]]
    beside = [folder for place in places for folder in _readable_folders(place)]
    roots = [place / name for place in (*places, *beside) for name in _BENCHMARK]
    return [root for root in dict.fromkeys(roots) if _is_benchmark(root)]


def _readable_folders(place: Path) -> list[Path]:
    """Return the folders in a folder; none where others may not look into it."""
    try:
        return list_folders(place)
    except PermissionError:
        return []


def _split(
    source: Path, settings: KittiConfig, drives: dict[str, Path]
) -> dict[str, frozenset[int] | None]:
    """Return the drives of a split, and the frames that have ground truth; None for all."""
    if settings.split in _BENCHMARK and not settings.split_file:
        for root in _depth_roots(source, settings):
            names = [path.name for path in list_folders(root) if (path / 'proj_depth').is_dir()]
            if root.name == settings.split and names:
                return dict.fromkeys(_present(names, drives, settings))
    lines = split_lines(source, settings.split, settings.split_file, _LISTS)
    frames: dict[str, set[int]] = {}
    for words in lines:
        drive, numbers = _entry(words)
        frames.setdefault(drive, set()).update(numbers)
    return {
        name: frozenset(frames[name]) or None for name in _present(list(frames), drives, settings)
    }


def _entry(words: Sequence[str]) -> tuple[str, list[int]]:
    """Return drive and frame of `<drive> <frame> <side>` or of a path to an image of the drive.

    A drive alone has no frame: it is listed as a whole.
    """
    path = Path(words[0])
    drive = next((part for part in path.parts if _DRIVE.fullmatch(part)), path.name)
    if path.suffix.lower() in PICTURES and path.stem.isdecimal():
        return drive, [int(path.stem)]
    if len(words) < 2:
        return drive, []
    if not words[1].isdecimal():
        raise DatasetError(f'list of frames: {" ".join(words)!r} is not `<drive> <frame> <side>`')
    return drive, [int(words[1])]


def _present(names: Sequence[str], drives: dict[str, Path], settings: KittiConfig) -> list[str]:
    require_names(names, drives, settings.split, 'drives', settings.partial)
    return [name for name in names if name in drives]
