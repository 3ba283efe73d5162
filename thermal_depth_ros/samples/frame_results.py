# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""What was computed for every cached image of a recording, filled in by any number of processes.

A set belongs to one entry of the image cache and has a row for each of its images. Rows are
written in any order; a row counts once it is marked, and it is marked after its data are on the
disk, so that a killed process leaves rows that are whole or not there.
"""

import errno
import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np

from thermal_depth_ros.samples.array_file import HEADER_BYTES, ArrayFile
from thermal_depth_ros.samples.cache import cached
from thermal_depth_ros.samples.errors import SamplesError
from thermal_depth_ros.samples.frame_store import FrameStore

Layout = Mapping[str, tuple[tuple[int, ...], Any]]  # name -> shape and type of a row
_ABOUT, _DONE = 'about.json', 'done'
_COMMIT_EVERY = 16  # rows; more would be lost when a process is killed


class FrameResults:
    """A set of results; travels to other processes as the path of its folder."""

    def __init__(self, folder: Path, where: str) -> None:
        self.folder, self.where = folder, where
        self.about: dict[str, Any] = json.loads((folder / _ABOUT).read_text())
        self._maps: dict[str, np.ndarray] = {}

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, '_maps': {}}

    def __len__(self) -> int:
        return len(self._map(_DONE))

    def done(self) -> np.ndarray:
        """Return (N,) bool: which rows are there by now."""
        return np.array(self._map(_DONE)) != 0

    def missing(self, share: int = 0, shares: int = 1) -> np.ndarray:
        """Return the rows that are not there, of one of several even shares of all rows."""
        rows = np.flatnonzero(~self.done())
        return rows[rows % shares == share]

    def row(self, name: str, row: int) -> np.ndarray:
        """Return a copy of a row.

        Raises:
            SamplesError: it has not been made.
        """
        if not self._map(_DONE)[row]:
            raise SamplesError(f'{self.where}: image {row} has none yet')
        return np.array(self._map(name)[row])

    def writer(self) -> 'FrameWriter':
        """Return a context in which rows are written."""
        return FrameWriter(self)

    def _map(self, name: str) -> np.ndarray:
        if name not in self._maps:
            try:
                self._maps[name] = np.load(self.folder / f'{name}.npy', mmap_mode='r')
            except (OSError, ValueError) as error:
                raise SamplesError(f'{self.folder / name}.npy: damaged: {error}') from error
        return self._maps[name]


class FrameWriter:
    """Writes rows; everything is marked when the context ends, also by an exception."""

    def __init__(self, results: FrameResults) -> None:
        self._results = results
        self._files: dict[str, int] = {}
        self._unmarked: list[int] = []

    def __enter__(self) -> 'FrameWriter':
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            self.commit()
        finally:
            for file in self._files.values():
                os.close(file)
            self._files = {}

    def write(self, row: int, values: Mapping[str, np.ndarray]) -> None:
        """Write one row of every array.

        Raises:
            SamplesError: an array has another shape or type, or the disk is full.
            IndexError: there is no such row.
        """
        if not 0 <= row < len(self._results):
            raise IndexError(f'{self._results.where}: no image {row} of {len(self._results)}')
        for name, array in values.items():
            shape, dtype = self._results._map(name).shape[1:], self._results._map(name).dtype
            if array.shape != shape or array.dtype != dtype:
                raise SamplesError(
                    f'{self._results.where}: {name} of image {row} has shape {array.shape} and '
                    f'type {array.dtype}, not {shape} and {dtype}'
                )
        for name, array in values.items():
            self._put(name, row, np.ascontiguousarray(array))
        self._unmarked.append(row)
        if len(self._unmarked) >= _COMMIT_EVERY:
            self.commit()

    def commit(self) -> None:
        """Bring what was written to the disk, then mark it."""
        if not self._unmarked:
            return
        rows, self._unmarked = self._unmarked, []
        for file in self._files.values():
            os.fsync(file)
        for row in rows:
            self._put(_DONE, row, np.ones((), np.uint8))
        os.fsync(self._files[_DONE])

    def _put(self, name: str, row: int, array: np.ndarray) -> None:
        """Write through the file: a full disk is an error here, but kills who writes to a map."""
        folder = self._results.folder
        if name not in self._files:
            self._files[name] = os.open(folder / f'{name}.npy', os.O_WRONLY)
        data, place = memoryview(array.tobytes()), HEADER_BYTES + row * array.nbytes
        try:
            while data:
                count = os.pwrite(self._files[name], data, place)
                data, place = data[count:], place + count
        except OSError as error:
            full = error.errno in (errno.ENOSPC, errno.EDQUOT)
            reason = 'the disk is full' if full else str(error)
            raise SamplesError(f'{folder}: cannot be written: {reason}') from error


def make_results(
    root: Path,
    kind: str,
    name: str,
    store: FrameStore,
    about: Mapping[str, Any],
    layout: Layout,
) -> FrameResults:
    """Return the set of a name for the images of a store; an empty one where there is none.

    Args:
        root: folder of the cache.
        kind: what the results are, such as 'semantic_labels'.
        name: chosen by the user; each recording has one set of a kind and name.
        store: the images.
        about: plain values that say how the results are made.
        layout: arrays with a row for each image.

    Raises:
        SamplesError: the set of this name was made in another way, or cannot be written.
    """

    def build(folder: Path) -> None:
        count = len(store.images)
        for array, (shape, dtype) in {**layout, _DONE: ((), np.uint8)}.items():
            ArrayFile(folder / f'{array}.npy', shape, np.dtype(dtype)).finish(count)
        (folder / _ABOUT).write_text(json.dumps(about))

    found = _open(root, kind, name, store, build)
    wanted = json.loads(json.dumps(about))
    differences = [
        f'{key} is {found.about.get(key)!r}, not {value!r}'
        for key, value in wanted.items()
        if found.about.get(key) != value
    ]
    if differences:
        raise SamplesError(
            f'{found.where} were made in another way: {"; ".join(differences)}; choose another '
            f'name, or remove {found.folder}'
        )
    return found


def find_results(root: Path, kind: str, name: str, store: FrameStore) -> FrameResults:
    """Return the set of a name for the images of a store.

    Raises:
        SamplesError: there is none.
    """

    def refuse(_folder: Path) -> None:
        raise SamplesError(f'{_where(kind, name, store)}: have not been made')

    return _open(root, kind, name, store, refuse)


def _open(
    root: Path, kind: str, name: str, store: FrameStore, build: Callable[[Path], None]
) -> FrameResults:
    source = {'images': store.folder.name, 'name': name}
    return FrameResults(cached(root, kind, source, build), _where(kind, name, store))


def _where(kind: str, name: str, store: FrameStore) -> str:
    return f'{kind.replace("_", " ")} {name!r} of {store.folder.name}'
