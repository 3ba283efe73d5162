# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Files of a folder in the order of the numbers in their names; the one lister of the package."""

import os
import re
from collections.abc import Collection, Iterable
from decimal import Decimal
from pathlib import Path
from typing import Any

_DIGITS = re.compile(r'([0-9]+)')
_DECIMAL = re.compile(r'(.*[^0-9.])?(([0-9]+)\.[0-9]+)')
_SECONDS_DIGITS = 9  # of seconds since 1970; `v1.10` comes after `v1.9`


def list_files(
    folder: Path, suffixes: Collection[str] = (), notes: list[str] | None = None
) -> list[Path]:
    """Return the files of a folder, `2.png` before `10.png`; [] where there is no such folder.

    Hidden files are left out: what other systems add (`._0001.png`, `.DS_Store`) is none of the
    data.

    Args:
        folder: Folder to list, without its subfolders.
        suffixes: Lower-case suffixes such as '.png' to match, ignoring case; empty matches all
            files.
        notes: Gets a line where the names are of mixed width, so that an order by letters would be
            another one.

    Raises:
        OSError: The folder cannot be read.
    """
    if not folder.is_dir():
        return []
    files = [
        path
        for path in folder.iterdir()
        if not is_hidden(path)
        and (not suffixes or path.suffix.lower() in suffixes)
        and path.is_file()
    ]
    ordered = natural_order(files)
    if notes is not None and ordered != sorted(files):
        notes.append(
            f'{folder.name}: names of mixed width ({ordered[0].name} to {ordered[-1].name}); the '
            'files are taken in the order of their numbers'
        )
    return ordered


def list_folders(folder: Path) -> list[Path]:
    """Return the folders inside a folder in natural order, hidden ones left out.

    Raises:
        OSError: The folder cannot be read.
    """
    if not folder.is_dir():
        return []
    return natural_order(path for path in folder.iterdir() if not is_hidden(path) and path.is_dir())


def list_tree(folder: Path) -> list[Path]:
    """Return all files below a folder, hidden files and folders left out.

    Raises:
        OSError: A folder cannot be read.
    """
    files = list_files(folder)
    for inner in list_folders(folder):
        files += list_tree(inner)
    return files


def natural_order(paths: Iterable[Path]) -> list[Path]:
    """Sort paths by the numbers in their names; names that are decimals by their value.

    Seconds since 1970 behind the same text are such names too (`cam_1700000000.25.png`).
    """
    listed = list(paths)
    decimals = {path: _decimal(path.stem) for path in listed}
    if len({decimal and decimal[0] for decimal in decimals.values()}) == 1 and all(
        decimals.values()
    ):
        return sorted(listed, key=lambda path: (decimals[path], path))
    return sorted(listed, key=lambda path: (natural_key(path.name), path))


def _decimal(stem: str) -> tuple[str, Decimal] | None:
    """Return the text before a decimal number and its value: a name, or seconds behind text."""
    match = _DECIMAL.fullmatch(stem)
    if match is None or (match[1] and len(match[3]) < _SECONDS_DIGITS):
        return None
    return match[1] or '', Decimal(match[2])


def natural_key(name: str) -> tuple[Any, ...]:
    """Return a sort key that reads each run of digits in a name as one number."""
    # The split alternates between other text and digits, so that equal places compare.
    parts = _DIGITS.split(name)
    return tuple(int(part) if place % 2 else part for place, part in enumerate(parts))


def is_hidden(path: str | os.PathLike[str]) -> bool:
    """Whether a file or folder is hidden: its name begins with a dot."""
    return os.path.basename(path).startswith('.')
