# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Results for every cached image of a recording, written by any number of processes.

A set belongs to one entry of the image cache and has a row for each of its images. Rows are
written in any order; a row is valid once it is marked, and it is marked after its data are on
disk, so that a killed process leaves no partial rows.
"""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from thermal_depth_ros.base.listing import list_files
from thermal_depth_ros.samples.array_file import ArrayFile
from thermal_depth_ros.samples.cache import cached
from thermal_depth_ros.samples.errors import SamplesError
from thermal_depth_ros.samples.frame_store import FrameStore
from thermal_depth_ros.samples.frame_writer import DONE, FrameWriter

Layout = Mapping[str, tuple[tuple[int, ...], Any]]  # name -> shape and type of a row
_ABOUT = 'about.json'


class FrameResults:
    """A set of results; pickled as the path of its folder."""

    def __init__(self, folder: Path, where: str) -> None:
        self.folder, self.where = folder, where
        self.about: dict[str, Any] = json.loads((folder / _ABOUT).read_text())
        self._maps: dict[str, np.ndarray] = {}

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, '_maps': {}}

    def __len__(self) -> int:
        return len(self._map(DONE))

    def done(self) -> np.ndarray:
        """Return (N,) bool: which rows are finished."""
        return np.array(self._map(DONE)) != 0

    def missing(self, share: int = 0, shares: int = 1) -> np.ndarray:
        """Return the missing rows in one of several equal shares of all rows."""
        rows = np.flatnonzero(~self.done())
        return rows[rows % shares == share]

    def row(self, name: str, row: int) -> np.ndarray:
        """Return a copy of a row.

        Raises:
            SamplesError: It has not been made.
        """
        if not self._map(DONE)[row]:
            raise SamplesError(f'{self.where}: image {row} has none yet')
        return np.array(self._map(name)[row])

    def writer(self) -> FrameWriter:
        """Return a context for writing rows."""
        names = [path.stem for path in list_files(self.folder, ('.npy',))]
        return FrameWriter(self.folder, self.where, {name: self._map(name) for name in names})

    def _map(self, name: str) -> np.ndarray:
        if name not in self._maps:
            try:
                self._maps[name] = np.load(self.folder / f'{name}.npy', mmap_mode='r')
            except (OSError, ValueError) as error:
                raise SamplesError(f'{self.folder / name}.npy: damaged: {error}') from error
        return self._maps[name]


def make_results(
    root: Path,
    kind: str,
    name: str,
    store: FrameStore,
    about: Mapping[str, Any],
    layout: Layout,
) -> FrameResults:
    """Return the named set of results for the images of a store, created if necessary.

    Args:
        root: Folder of the cache.
        kind: Kind of results, such as 'semantic_labels'.
        name: Name chosen by the user; each recording has one set per kind and name.
        store: The images.
        about: Plain values that determine the results.
        layout: Shape and type of a row of each array.

    Raises:
        SamplesError: The set of this name was made with other settings, or cannot be written.
    """

    def build(folder: Path) -> None:
        count = len(store.images)
        for array, (shape, dtype) in {**layout, DONE: ((), np.uint8)}.items():
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
            f'{found.where} were made with other settings: {"; ".join(differences)}; choose '
            f'another name, or remove {found.folder}'
        )
    return found


def find_results(root: Path, kind: str, name: str, store: FrameStore) -> FrameResults:
    """Return the named set of results for the images of a store.

    Raises:
        SamplesError: There is none.
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
