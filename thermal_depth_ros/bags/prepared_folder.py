# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""The files of a prepared sequence: images, depth, labels, poses, intrinsics.

The layout is that of Shin et al. 2022.

    Thermal/*.png  Depth_T/*.npy|png    Labels_T/*.png    cam_T.txt    poses_T.txt
    RGB/*.png|jpg  Depth_RGB/*.npy|png  Labels_RGB/*.png  cam_RGB.txt  poses_RGB.txt
    Tr_T2RGB.txt  timestamps.txt

Everything but the images of one camera may be missing.
"""

import dataclasses
from pathlib import Path

import numpy as np

from thermal_depth_ros.bags.errors import BagError
from thermal_depth_ros.contract import RGB, THERMAL

# The prepared layout has no times; frames are taken to be a tenth of a second apart.
PERIOD_S = 0.1
_SUFFIX = {THERMAL: 'T', RGB: 'RGB'}
_IMAGES = {THERMAL: 'Thermal', RGB: 'RGB'}
_PICTURES = ('.png', '.jpg', '.jpeg')
_CAMERA_TO_CAMERA = 'Tr_T2RGB.txt'
_TIMES = 'timestamps.txt'


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
    return path.is_dir() and any(_pictures(path / name) for name in _IMAGES.values())


def read_cameras(folder: Path, problems: list[str]) -> list[PreparedCamera]:
    """List the files of each camera of a prepared sequence.

    Raises:
        BagError: a text file does not hold the numbers that it should, or depth or labels belong
            to other images.
    """
    found = []
    for kind, name in _IMAGES.items():
        images = _pictures(folder / name)
        if images:
            found.append(_camera(folder, kind, images, problems))
    return found


def read_stamps_s(folder: Path, count: int) -> np.ndarray:
    """Return the time of every image in seconds.

    Raises:
        BagError: there are times, but not one for every image, or they do not grow.
    """
    path = folder / _TIMES
    if not path.exists():
        return np.arange(count) * PERIOD_S
    times = _numbers(path, (-1,)).reshape(-1)
    if len(times) < count or (np.diff(times[:count]) <= 0).any():
        raise BagError(f'{path}: {len(times)} times for {count} images, or they do not grow')
    return times[:count]


def read_T_rgb_thermal(folder: Path) -> np.ndarray | None:
    """Return the motion (4, 4) that maps points of the thermal camera into the RGB camera.

    Raises:
        BagError: the file does not hold 16 numbers.
    """
    path = folder / _CAMERA_TO_CAMERA
    return _numbers(path, (4, 4)) if path.exists() else None


def _camera(folder: Path, kind: str, images: list[Path], problems: list[str]) -> PreparedCamera:
    suffix = _SUFFIX[kind]
    intrinsics, poses = folder / f'cam_{suffix}.txt', folder / f'poses_{suffix}.txt'
    K = _numbers(intrinsics, (3, 3)) if intrinsics.exists() else None
    if K is None:
        problems.append(f'{folder.name}: no {intrinsics.name}, so the {kind} camera has no K')
    return PreparedCamera(
        kind,
        images,
        _beside(folder / f'Depth_{suffix}', ('.npy', '.png'), images),
        _beside(folder / f'Labels_{suffix}', ('.png',), images),
        K,
        _poses(poses, len(images)) if poses.exists() else None,
    )


def _pictures(folder: Path) -> list[Path]:
    return _files(folder, _PICTURES)


def _files(folder: Path, suffixes: tuple[str, ...]) -> list[Path]:
    if not folder.is_dir():
        return []
    return sorted(path for path in folder.iterdir() if path.suffix.lower() in suffixes)


def _beside(folder: Path, suffixes: tuple[str, ...], images: list[Path]) -> list[Path | None]:
    """Return the file of each image: of the same name, or in the same order."""
    files = _files(folder, suffixes)
    named = {file.stem: file for file in files}
    matched = [named.get(image.stem) for image in images]
    if not files or any(matched):
        return matched
    if len(files) != len(images):
        raise BagError(
            f'{folder}: {len(files)} files, none named as one of the {len(images)} images '
            f'in {images[0].parent}'
        )
    return list(files)


def _poses(path: Path, count: int) -> np.ndarray:
    rows = _numbers(path, (-1, 3, 4))
    if len(rows) != count:
        raise BagError(f'{path}: {len(rows)} poses for {count} images')
    bottom = np.broadcast_to([0.0, 0.0, 0.0, 1.0], (count, 1, 4))
    return np.concatenate([rows, bottom], axis=1)


def _numbers(path: Path, shape: tuple[int, ...]) -> np.ndarray:
    try:
        values = np.array(path.read_text('utf-8').replace(',', ' ').split(), np.float64)
        if not np.isfinite(values).all():
            raise ValueError('not all numbers are finite')
        return values.reshape(shape)
    except (OSError, ValueError) as error:
        raise BagError(f'{path}: {error}') from error
