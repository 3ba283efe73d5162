# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Finds and opens the files of a recording."""

import sqlite3
from pathlib import Path, PurePosixPath

from thermal_depth_ros.bags import ros1_storage
from thermal_depth_ros.bags.compression import ZSTD_MAGIC, inflate_file
from thermal_depth_ros.bags.errors import BagError, NoRecordingError
from thermal_depth_ros.bags.folder_storage import FolderStorage
from thermal_depth_ros.bags.mcap_records import MAGIC as MCAP_MAGIC
from thermal_depth_ros.bags.mcap_storage import McapStorage
from thermal_depth_ros.bags.prepared_folder import is_prepared
from thermal_depth_ros.bags.ros1_storage import Ros1Storage
from thermal_depth_ros.bags.sqlite_storage import SqliteStorage
from thermal_depth_ros.bags.storage import Storage
from thermal_depth_ros.base.budgets import UNPACKED_BYTES
from thermal_depth_ros.base.listing import list_files
from thermal_depth_ros.base.yaml_text import Limits, YamlError, read_yaml

METADATA = 'metadata.yaml'
_METADATA_LIMITS = Limits(n_bytes=8 << 20)  # thousands of topics and files
_SQLITE_MAGIC = b'SQLite format 3\0'
_SUFFIXES = ('.mcap', '.db3', '.bag', '.active', '.zst', '.zstd')
_ABOUT, _LISTED = 'rosbag2_bagfile_information', 'relative_file_paths'  # of metadata.yaml
_STORAGES = ('mcap', 'sqlite3')
_unpacked: list[Path] = []  # decompressed copies in temporary folders


def recording_files(path: Path, problems: list[str], notes: list[str]) -> list[Path]:
    """List the files that hold the messages of a recording, in order of recording.

    Args:
        path: Path of a file or a folder.
        problems: Gets a line about what is missing or damaged.
        notes: Gets a line about how the files were chosen, where that is not plain.

    Raises:
        BagError: There is nothing at the path, or nothing that could be a recording.
    """
    if not path.exists():
        raise BagError(f'{path}: no such file or folder')
    if not path.is_dir() or is_prepared(path):
        return [path]
    names = _listed_names(path, problems) if (path / METADATA).exists() else []
    files = list_files(path, _SUFFIXES)
    if not (path / METADATA).exists():
        notes.append(f'{path.name}: no {METADATA}, so all files in it are taken')
    listed = [path / name for name in names if (path / name).is_file()]
    missing = [name for name in names if not (path / name).is_file()]
    others = [file for file in files if file not in listed]
    if names and not missing:
        return listed
    if missing and others:
        notes.append(
            f'{path.name}: {METADATA} lists {", ".join(missing)}, which is not there; '
            f'{", ".join(file.name for file in others)} is taken instead'
        )
    elif missing and listed:
        problems.extend(f'{path.name}: {name} is listed but not there' for name in missing)
    elif missing:
        raise BagError(f'{path}: {METADATA} lists {", ".join(missing)}, which is not there')
    if not listed and not others:
        raise NoRecordingError(path)
    return [*listed, *others]


def _listed_names(path: Path, problems: list[str]) -> list[str]:
    """Return the names of the files listed in metadata.yaml; [] if it is unusable.

    Raises:
        BagError: The storage is of another kind.
    """
    try:
        content = read_yaml(path / METADATA, _METADATA_LIMITS, errors='replace')
    except YamlError as error:
        problems.append(f'{path.name}: {METADATA} cannot be used ({error}), so all files are taken')
        return []
    about = content.get(_ABOUT) if isinstance(content, dict) else None
    listed = about.get(_LISTED) if isinstance(about, dict) else None
    if not isinstance(about, dict) or not isinstance(listed, list):
        problems.append(
            f'{path.name}: {METADATA} cannot be used (it has no list {_ABOUT}: {_LISTED}), so all '
            'files are taken'
        )
        return []
    storage = str(about.get('storage_identifier'))
    names = [PurePosixPath(str(name)).name for name in listed]
    if storage not in _STORAGES:
        raise BagError(f'{path}: storage {storage!r} is not supported ({", ".join(_STORAGES)} are)')
    return names


def open_storage(path: Path, scratch: Path, problems: list[str]) -> Storage:
    """Open one file by its content; `scratch` holds decompressed copies.

    A folder is opened as a prepared sequence of images.

    Raises:
        BagError: The file is empty, cannot be opened, or is no recording.
    """
    try:
        if path.is_dir():
            return FolderStorage(path)
        with path.open('rb') as file:
            magic = file.read(16)
        if magic.startswith(ZSTD_MAGIC):
            plain = scratch / path.stem
            problem = inflate_file(path, plain, _room_to_unpack(plain))
            with plain.open('rb') as file:
                magic = file.read(16)
            if problem and not magic:
                raise BagError(f'{path}: cannot be decompressed: {problem}')
            if problem:
                problems.append(problem)
            return _open_plain(plain, magic)
        return _open_plain(path, magic)
    except (OSError, sqlite3.Error) as error:
        raise BagError(f'{path}: cannot be read: {error}') from error


def _room_to_unpack(plain: Path) -> int:
    """Return the remaining bytes for decompressed files of this process."""
    unpacked = [known for known in _unpacked if known.exists()]
    _unpacked[:] = [*unpacked, plain]
    return max(0, UNPACKED_BYTES.value - sum(known.stat().st_size for known in unpacked))


def _open_plain(path: Path, magic: bytes) -> Storage:
    if not magic:
        raise BagError(f'{path}: the file is empty')
    if magic.startswith(MCAP_MAGIC):
        return McapStorage(path)
    if magic == _SQLITE_MAGIC:
        return SqliteStorage(path)
    if magic.startswith(ros1_storage.MAGIC):
        return Ros1Storage(path)
    raise BagError(
        f'{path}: not a recording (MCAP, rosbag2 sqlite3 or ROS 1 bag); it begins with {magic!r}'
    )
