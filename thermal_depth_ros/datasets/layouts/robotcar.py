# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Oxford RobotCar: sequences in the layout of the SDK, and the folders of ADDS-DepthNet.

    <date and time>/{stereo/left/*.png,lms_front/*.bin,vo/vo.csv,gps/ins.csv}
    models/stereo_wide_left{.txt,_distortion_lut.bin}   extrinsics/*.txt
    day_val_451/*.png   day_val_451_gt/*.png

Folders of ADDS-DepthNet are told by their `_gt`, or by names that are numbers of ten digits.
"""

import functools
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from thermal_depth_ros.base.listing import list_files, list_folders
from thermal_depth_ros.datasets.cameras import PICTURES
from thermal_depth_ros.datasets.config import RobotcarConfig
from thermal_depth_ros.datasets.errors import nothing_found
from thermal_depth_ros.datasets.layouts.robotcar_adds import read_folder
from thermal_depth_ros.datasets.layouts.robotcar_sequence import read_sequence
from thermal_depth_ros.datasets.sequence import Plan
from thermal_depth_ros.datasets.splits import require_names, split_lines

_SEQUENCE = re.compile(r'\d{4}(-\d\d){5}(-radar-oxford-10k\S*)?')
_NUMBER = re.compile(r'\d{10}')
_LISTS = ('{}_files.txt', '{}.txt')


def plans(source: Path, settings: RobotcarConfig) -> list[Plan]:
    """Return the sequences and the folders of images.

    Raises:
        DatasetError: There are none, or the list of the split does not fit them.
    """
    sequences, folders = _sequences(source, settings), _adds_folders(source)
    if not sequences and not folders:
        wanted = (f'<date and time>/{settings.camera}', 'day_val_451 and day_val_451_gt')
        raise nothing_found(source, 'RobotCar', wanted)
    there = {**sequences, **folders}
    frames: dict[str, frozenset[int] | None] = dict.fromkeys(there)
    if settings.split:
        frames = _split(source, settings, there)
    found = []
    for name, listed in frames.items():
        if name in sequences:
            read = functools.partial(read_sequence, source, sequences[name], listed, settings)
        else:
            read = functools.partial(read_folder, folders[name], listed, settings)
        found.append(Plan(name, read))
    return found


def _sequences(source: Path, settings: RobotcarConfig) -> dict[str, Path]:
    folders = [source, *list_folders(source)]
    return {
        folder.name: folder
        for folder in folders
        if _SEQUENCE.fullmatch(folder.name) and (folder / settings.camera).is_dir()
    }


def _adds_folders(source: Path) -> dict[str, Path]:
    found = {}
    for folder in list_folders(source):
        if folder.name.endswith('_gt') or _SEQUENCE.fullmatch(folder.name):
            continue
        first = next(iter(list_files(folder, PICTURES)), None)
        if first is not None and _NUMBER.fullmatch(first.stem):
            found[folder.name] = folder
    return found


def _split(
    source: Path, settings: RobotcarConfig, there: Mapping[str, Path]
) -> dict[str, frozenset[int] | None]:
    """Return the sequences and folders of a split, and their listed frames; None for all."""
    own = {name: _numbers(folder, settings) for name, folder in there.items()}
    wanted: list[str] = []
    listed: dict[str, set[int]] = {}
    for words in split_lines(source, settings.split, settings.split_file, _LISTS):
        folder, number = _entry(words)
        if not folder:  # a time alone
            folder = next((name for name, numbers in own.items() if number in numbers), '')
        wanted.append(folder if number is None else f'{folder}/{number}')
        if folder in own and (number is None or number in own[folder]):
            listed.setdefault(folder, set()).update(() if number is None else [number])
    names = {f'{name}/{number}' for name, numbers in own.items() for number in numbers}
    require_names(wanted, names | set(there), settings.split, 'images', settings.partial)
    return {name: frozenset(numbers) or None for name, numbers in listed.items()}


def _entry(words: Sequence[str]) -> tuple[str, int | None]:
    """Return folder and number of a line: `folder/number`, `folder number side`, or one alone."""
    path = Path(words[0])
    if len(words) > 1 and words[1].isdecimal():
        return path.parts[0], int(words[1])
    if path.stem.isdecimal():
        return path.parts[0] if len(path.parts) > 1 else '', int(path.stem)
    return path.parts[0], None


def _numbers(folder: Path, settings: RobotcarConfig) -> set[int]:
    """Return the numbers or times that the images of a sequence or folder are named by."""
    inner = folder / settings.camera
    files = list_files(inner if inner.is_dir() else folder, PICTURES)
    return {int(path.stem) for path in files if path.stem.isdecimal()}
