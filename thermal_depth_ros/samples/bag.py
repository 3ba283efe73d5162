# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""A recording that is opened only if the cache lacks the requested data, and its fingerprint."""

import hashlib
from pathlib import Path
from typing import Any

from thermal_depth_ros.bags.errors import BagError
from thermal_depth_ros.bags.files import recording_files
from thermal_depth_ros.bags.recording import Recording
from thermal_depth_ros.base.listing import list_tree

_END_BYTES = 1 << 16
_PROBES, _PROBE_BYTES = 64, 1 << 12


class Bag:
    """A path, the digest of its content, and the recording itself.

    Opening a recording may require decompressing all of it, or scanning for its messages.

    Raises:
        BagError: There is no recording at the path.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.files = fingerprint(path)
        self._recording: Recording | None = None

    def __enter__(self) -> 'Bag':
        return self

    def __exit__(self, *exception: object) -> None:
        if self._recording is not None:
            self._recording.close()
            self._recording = None

    def recording(self) -> Recording:
        """Return the recording, opening it if necessary.

        Raises:
            BagError: It cannot be read.
        """
        if self._recording is None:
            self._recording = Recording(self.path)
        return self._recording


def fingerprint(path: Path) -> list[dict[str, Any]]:
    """Return name, size, modification time and a digest of samples of each file of a recording.

    Raises:
        BagError: A file is missing or cannot be read.
    """
    entries = []
    for entry in recording_files(path, [], []):
        entries += [_of_folder(entry)] if entry.is_dir() else [_of_file(entry)]
    return entries


def content_digest(path: Path) -> str:
    """Return a digest of the content of a recording or file, independent of its name and path.

    Unlike `fingerprint`, it does not depend on names of recordings and modification times, which
    copying changes.

    Raises:
        BagError: A file is missing or cannot be read.
    """
    digest = hashlib.blake2b(digest_size=16)
    for entry in recording_files(path, [], []):
        try:
            lines = _lines_of_folder(entry) if entry.is_dir() else [_line(entry)]
        except OSError as error:
            raise BagError(f'{entry}: cannot be read: {error}') from error
        digest.update('\n'.join([*lines, '']).encode())
    return digest.hexdigest()


def _line(file: Path) -> str:
    size = file.stat().st_size
    return f'{size} {_digest(file, size)}'


def _lines_of_folder(folder: Path) -> list[str]:
    """Describe a prepared sequence: files by name and size, texts and some others by content."""
    files = list_tree(folder)
    others = [file for file in files if file.suffix != '.txt']
    read = {*files} - {*others} | {*others[:: max(len(others) // _PROBES, 1)]}
    return [
        f'{file.relative_to(folder)} {_line(file) if file in read else file.stat().st_size}'
        for file in files
    ]


def _of_folder(folder: Path) -> dict[str, Any]:
    """Describe a prepared sequence: its many small files by name, size and modification time."""
    digest = hashlib.blake2b(digest_size=16)
    try:
        for file in list_tree(folder):
            about = file.stat()
            line = f'{file.relative_to(folder)}\n{about.st_size}\n{about.st_mtime_ns}\n'
            digest.update(line.encode())
    except OSError as error:
        raise BagError(f'{folder}: cannot be read: {error}') from error
    return {'name': folder.name, 'digest': digest.hexdigest()}


def _of_file(file: Path) -> dict[str, Any]:
    try:
        about = file.stat()
        return {
            'name': file.name,
            'bytes': about.st_size,
            'changed_ns': about.st_mtime_ns,
            'digest': _digest(file, about.st_size),
        }
    except OSError as error:
        raise BagError(f'{file}: cannot be read: {error}') from error


def _digest(file: Path, size: int) -> str:
    """Hash both ends and evenly spread probes: indices lie at the ends, images everywhere."""
    digest = hashlib.blake2b(digest_size=16)
    with file.open('rb') as stream:
        digest.update(stream.read(_END_BYTES))
        for probe in range(_PROBES):
            stream.seek(size * probe // _PROBES)
            digest.update(stream.read(_PROBE_BYTES))
        stream.seek(max(size - _END_BYTES, 0))
        digest.update(stream.read())
    return digest.hexdigest()
