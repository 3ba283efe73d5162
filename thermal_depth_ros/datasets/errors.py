# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Errors of data sets."""

from collections.abc import Iterable
from pathlib import Path

from thermal_depth_ros.base.errors import ThermalDepthError
from thermal_depth_ros.base.listing import is_hidden, natural_order
from thermal_depth_ros.base.wire_text import listed, name_of


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
    """Return the error that a folder holds no sequence of a layout."""
    if not source.is_dir():
        return DatasetError(f'{source}: no such folder')
    wanted = ' or '.join(expected)
    found = [entry.name for entry in natural_order(source.iterdir()) if not is_hidden(entry)]
    return NothingFoundError(
        f'{source}: no sequence of {layout} in it; expected {wanted}; it holds {listed(found)}'
    )
