# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Errors of data sets."""

import fnmatch
import re
from collections.abc import Iterable
from pathlib import Path

from thermal_depth_ros.base.errors import ThermalDepthError
from thermal_depth_ros.base.listing import is_hidden, list_folders, natural_order
from thermal_depth_ros.base.wire_text import listed, name_of

_ARCHIVES = ('.zip', '.tar', '.tgz', '.gz', '.bz2', '.xz', '.7z', '.rar')
_MOST_FOLDERS = 1000  # looked into at each level


class DatasetError(ThermalDepthError, ValueError):
    """A data set is not in its published layout; the message names the file and what is wrong."""


class NothingFoundError(DatasetError):
    """A folder holds no sequence of a layout; it may be in another one."""


def missing(path: Path, expected: str) -> DatasetError:
    """Return the error that a file or folder is missing, with what lies in its place.

    Args:
        path: What is missing.
        expected: What the layout has there.
    """
    place = next((parent for parent in path.parents if parent.is_dir()), path)
    found = [entry.name for entry in natural_order(place.iterdir()) if not is_hidden(entry)]
    return DatasetError(f'{path}: missing; expected {expected}; {place} holds {listed(found)}')


def inside(folder: Path, name: str, where: object) -> Path:
    """Return the path of a file that a list of a data set names.

    Args:
        folder: Folder that names are relative to.
        name: The name.
        where: The list, for messages.

    Raises:
        DatasetError: The name leads out of the folder.
    """
    if Path(name).is_absolute() or '..' in Path(name).parts:
        raise DatasetError(f'{where}: {name_of(name)} is no file of the data set')
    return folder / name


def nothing_found(source: Path, layout: str, expected: Iterable[str]) -> DatasetError:
    """Return the error that a folder holds no sequence of a layout.

    It names the folder nearest to what was expected: the one that has most of such a path.

    Args:
        source: The folder.
        layout: Name of the layout.
        expected: Paths of the layout, with what varies as in `<date>/<date>_drive_<number>_sync`.
    """
    if not source.is_dir():
        return DatasetError(f'{source}: {"not a" if source.exists() else "no such"} folder')
    wanted = [*expected]
    found = [entry for entry in natural_order(source.iterdir()) if not is_hidden(entry)]
    text = (
        f'{source}: no sequence of {layout} in it; expected {" or ".join(wanted)}; it holds '
        f'{listed([entry.name for entry in found])}'
    )
    near = max((_nearest(source, path) for path in wanted), key=lambda place: place[0])
    if near[0]:
        text += f'; {near[1]}'
    if any(entry.suffix in _ARCHIVES for entry in found):
        text += '; archives have to be unpacked'
    return NothingFoundError(text)


def _nearest(source: Path, expected: str) -> tuple[int, str]:
    """Return how many parts of a path are there, and what is there instead of the next one.

    Parts of which nothing is fixed (`<sequence>`) do not count unless there is one such folder.
    """
    parts = [re.sub('<[^>]*>', '*', part) for part in expected.split('/')]
    folders, reached, text = [source], 0, ''
    for place, part in enumerate(parts[:-1], 1):
        inner = [
            path
            for folder in folders
            for path in list_folders(folder)
            if fnmatch.fnmatch(path.name, part)
        ]
        folders = inner[:_MOST_FOLDERS]
        if not folders:
            break
        if part.strip('*') or len(folders) == 1:
            held = [path.name for path in natural_order(folders[0].iterdir())]
            rest = '/'.join(expected.split('/')[place:])
            reached, text = place, f'{folders[0]} has no {rest}, it holds {listed(held)}'
    return reached, text
