# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Files of a prepared sequence: images, depth, labels, poses, intrinsics.

The layout is that of Shin et al. 2022.

    Thermal/*.png  Depth_T/*.npy|png    Labels_T/*.png    cam_T.txt    poses_T.txt
    RGB/*.png|jpg  Depth_RGB/*.npy|png  Labels_RGB/*.png  cam_RGB.txt  poses_RGB.txt
    Tr_T2RGB.txt  timestamps.txt  label_names.yaml

Everything but the images of one camera may be missing. Files follow each other in the order of the
numbers in their names.
"""

import dataclasses
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from thermal_depth_ros.bags.errors import BagError
from thermal_depth_ros.bags.timestamps import Timestamps, read_timestamps, stamps_in_names
from thermal_depth_ros.base.contract import RGB, THERMAL, UNLABELLED
from thermal_depth_ros.base.listing import list_files, natural_key
from thermal_depth_ros.base.yaml_text import YamlError, read_yaml
from thermal_depth_ros.geometry import rigid
from thermal_depth_ros.messages.stamps import LATEST_NS

# Without times, frames are assumed to be 0.1 s apart.
PERIOD_NS = 100_000_000
# Relative times start here, as a stamp of zero means none.
START_NS = 1_000_000_000_000_000_000
_SUFFIX = {THERMAL: 'T', RGB: 'RGB'}
_IMAGES = {THERMAL: 'Thermal', RGB: 'RGB'}
_PICTURES = ('.png', '.jpg', '.jpeg')
_CAMERA_TO_CAMERA = 'Tr_T2RGB.txt'
_TIMES = 'timestamps.txt'
LABEL_NAMES = 'label_names.yaml'  # `id: name` of the classes in Labels_RGB


@dataclasses.dataclass(frozen=True, eq=False)
class PreparedCamera:
    """Files of one camera; `depth` and `labels` have an entry, or None, for every image."""

    kind: str
    images: list[Path]
    depth: list[Path | None]
    labels: list[Path | None]
    K: np.ndarray | None  # (3, 3)
    T_world_camera: np.ndarray | None  # (N, 4, 4)


def is_prepared(path: Path) -> bool:
    """Whether a folder holds a prepared sequence."""
    return path.is_dir() and any(list_files(path / name, _PICTURES) for name in _IMAGES.values())


def read_cameras(folder: Path, notes: list[str]) -> list[PreparedCamera]:
    """List the files of each camera of a prepared sequence.

    Args:
        folder: Folder of the sequence.
        notes: Gets a line about what is missing and about how file names were read.

    Raises:
        BagError: A text file does not hold the numbers that it should, or depth or labels belong to
            other images.
    """
    cameras = []
    for kind, name in _IMAGES.items():
        images = list_files(folder / name, _PICTURES, notes)
        if images:
            cameras.append(_camera(folder, kind, images, notes))
    return cameras


def read_stamps_ns(folder: Path, images: Sequence[Path], notes: list[str]) -> np.ndarray:
    """Return the stamp (N,) int64 of every image: of timestamps.txt, else of the names of files.

    Times since 1970 are stamps as they are; others begin at START_NS.

    Args:
        folder: Folder of the sequence.
        images: Files of the camera that has the most of them.
        notes: Gets a line about how the times were read.

    Raises:
        BagError: There are times, but not one for every image, they do not grow, or one is out of
            range.
    """
    path = folder / _TIMES
    times: Timestamps | None
    if path.exists():
        times = read_timestamps(path, len(images))
        notes.append(f'{folder.name}: {_TIMES} holds {times.read_as}')
    else:
        times = stamps_in_names([image.stem for image in images])
        if times is None or (np.diff(times.stamps_ns) <= 0).any():
            if len(images) > 1:
                notes.append(
                    f'{folder.name}: no {_TIMES}, and the names in {images[0].parent.name} are no '
                    f'times that grow: images are taken to be {PERIOD_NS / 1e9:g} s apart'
                )
            return START_NS + np.arange(len(images)) * PERIOD_NS
        notes.append(
            f'{folder.name}: no {_TIMES}; the names in {images[0].parent.name} are {times.read_as}'
        )
    if times.absolute:
        return times.stamps_ns
    since_start = times.stamps_ns - times.stamps_ns[0]
    if since_start[-1] > LATEST_NS - START_NS:
        raise BagError(
            f'{path}: the times span {since_start[-1] / 1e9:.6g} s when read as {times.read_as}, '
            'more than ROS times can say'
        )
    return START_NS + since_start


def read_T_rgb_thermal(folder: Path) -> np.ndarray | None:
    """Return the motion (4, 4) that maps points of the thermal camera into the RGB camera.

    Raises:
        BagError: The file does not hold 16 numbers.
    """
    path = folder / _CAMERA_TO_CAMERA
    return _numbers(path, (4, 4)) if path.exists() else None


def read_label_names(folder: Path) -> tuple[str, ...]:
    """Return the names of the classes by id; empty where the folder does not name them.

    Raises:
        BagError: The file does not map the ids 0, 1, 2, ... to names.
    """
    path = folder / LABEL_NAMES
    if not path.exists():
        return ()
    try:
        names = read_yaml(path)
    except YamlError as error:
        raise BagError(f'{path}: {error}') from error
    whole = isinstance(names, dict) and list(names) == list(range(len(names)))
    if not whole or not 0 < len(names) <= UNLABELLED:
        raise BagError(f'{path}: does not map the ids 0, 1, 2, ... to names')
    return tuple(str(name) for name in names.values())


def _camera(folder: Path, kind: str, images: list[Path], notes: list[str]) -> PreparedCamera:
    suffix = _SUFFIX[kind]
    intrinsics, poses = folder / f'cam_{suffix}.txt', folder / f'poses_{suffix}.txt'
    K = _numbers(intrinsics, (3, 3)) if intrinsics.exists() else None
    if K is None:
        notes.append(f'{folder.name}: no {intrinsics.name}, so the {kind} camera has no K')
    return PreparedCamera(
        kind,
        images,
        _matching(folder / f'Depth_{suffix}', ('.npy', '.png'), images, notes),
        _matching(folder / f'Labels_{suffix}', ('.png',), images, notes),
        K,
        _poses(poses, len(images)) if poses.exists() else None,
    )


def _matching(
    folder: Path, suffixes: tuple[str, ...], images: list[Path], notes: list[str]
) -> list[Path | None]:
    """Return the file of each image: of the same name or number, or in the same order."""
    files = list_files(folder, suffixes, notes)
    for key in (str, natural_key):  # 7.png and 000007.npy are of one number
        named = {key(file.stem): file for file in files}
        matched = [named.get(key(image.stem)) for image in images]
        if not files or sum(file is not None for file in matched) == len(files):
            return matched
    if any(matched):
        return matched
    if len(files) != len(images):
        raise BagError(
            f'{folder}: {len(files)} files, none named as one of the {len(images)} images '
            f'in {images[0].parent}'
        )
    return list(files)


def _poses(path: Path, count: int) -> np.ndarray:
    """Return the poses (N, 4, 4): rows of 12 numbers (3x4), or of 16 with the last row of 4x4."""
    values = _values(path)
    width = 16 if len(values) == 16 * count else 12
    if len(values) != width * count:
        raise BagError(f'{path}: {len(values)} numbers are not 12 for each of {count} images')
    T = np.tile(np.eye(4), (count, 1, 1))
    T[:, :3] = values.reshape(count, width)[:, :12].reshape(count, 3, 4)
    for number, pose in enumerate(T, 1):
        try:
            pose[:3, :3] = rigid.nearest_rotation(pose[:3, :3])
        except ValueError as error:
            raise BagError(f'{path}: pose {number}: {error}') from error
    return T


def _numbers(path: Path, shape: tuple[int, int]) -> np.ndarray:
    values = _values(path)
    if len(values) != shape[0] * shape[1]:
        raise BagError(f'{path}: {len(values)} numbers are no matrix of {shape[0]}x{shape[1]}')
    return values.reshape(shape)


def _values(path: Path) -> np.ndarray:
    try:
        values = np.array(path.read_text('utf-8').replace(',', ' ').split(), np.float64)
    except (OSError, ValueError) as error:
        raise BagError(f'{path}: {error}') from error
    if not np.isfinite(values).all():
        raise BagError(f'{path}: not all numbers are finite')
    return values
