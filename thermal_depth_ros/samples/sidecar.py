# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Sidecar data of the cached images of a recording, written by any number of processes.

A sidecar belongs to one entry of the image cache and has a row for each of its images. Rows are
written in any order; a row is valid once it is marked, and it is marked after its data are on
disk, so that a killed process leaves no partial rows.
"""

import errno
import json
import math
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, ClassVar, TypeVar

import numpy as np

from thermal_depth_ros.base.listing import list_files
from thermal_depth_ros.samples.array_folder import ABOUT, HEADER_BYTES, ArrayFile, ArrayFolder
from thermal_depth_ros.samples.cache import cached
from thermal_depth_ros.samples.cache_space import require_free
from thermal_depth_ros.samples.errors import SamplesError
from thermal_depth_ros.samples.frame_cache import FrameStore

Layout = Mapping[str, tuple[tuple[int, ...], Any]]  # name -> shape and type of a row
_DONE = 'done'  # name of the array of marks
_COMMIT_EVERY = 16  # rows lost at most when a process is killed
SidecarT = TypeVar('SidecarT', bound='Sidecar')


class Sidecar(ArrayFolder):
    """Named data for the images of a recording, possibly incomplete.

    Attributes:
        kind: Kind of data, such as 'semantic_labels'; set by subclasses.
        where: Description of the data, for error messages.
    """

    kind: ClassVar[str]

    def __init__(self, folder: Path, where: str) -> None:
        super().__init__(folder)
        self.where = where

    @classmethod
    def create(
        cls: type[SidecarT],
        root: Path,
        name: str,
        store: FrameStore,
        about: Mapping[str, Any],
        layout: Layout,
    ) -> SidecarT:
        """Open the sidecar of a name for writing, new or existing.

        Args:
            root: Folder of the cache.
            name: Name chosen by the user; each recording has one sidecar per kind and name.
            store: The images.
            about: Plain values that determine the data.
            layout: Shape and type of a row of each array.

        Raises:
            SamplesError: The sidecar of this name was made with other settings, or cannot be
                written.
        """

        def build(folder: Path) -> None:
            arrays = {**layout, _DONE: ((), np.uint8)}
            row_bytes = sum(math.prod(s) * np.dtype(t).itemsize for s, t in arrays.values())
            require_free(root, row_bytes * len(store.images), cls._where(name, store))
            for array, (shape, dtype) in arrays.items():
                file = ArrayFile(folder / f'{array}.npy', shape, np.dtype(dtype))
                file.finish(len(store.images))
            (folder / ABOUT).write_text(json.dumps(about))

        sidecar = cls._open(root, name, store, build)
        differences = [
            f'{key} is {sidecar.about.get(key)!r}, not {value!r}'
            for key, value in json.loads(json.dumps(about)).items()
            if sidecar.about.get(key) != value
        ]
        if differences:
            raise SamplesError(
                f'{sidecar.where} were made with other settings: {"; ".join(differences)}; choose '
                f'another name, or remove {sidecar.folder}'
            )
        return sidecar

    @classmethod
    def find(cls: type[SidecarT], root: Path, name: str, store: FrameStore) -> SidecarT:
        """Open the sidecar of a name for reading.

        Raises:
            SamplesError: There is none of this name.
        """

        def refuse(_folder: Path) -> None:
            raise SamplesError(f'{cls._where(name, store)}: have not been made')

        return cls._open(root, name, store, refuse)

    @classmethod
    def _open(
        cls: type[SidecarT],
        root: Path,
        name: str,
        store: FrameStore,
        build: Callable[[Path], None],
    ) -> SidecarT:
        source = {'images': store.folder.name, 'name': name}
        with cached(root, cls.kind, source, build) as folder:
            return cls(folder, cls._where(name, store))

    @classmethod
    def _where(cls, name: str, store: FrameStore) -> str:
        return f'{cls.kind.replace("_", " ")} {name!r} of {store.folder.name}'

    def __len__(self) -> int:
        return len(self.array(_DONE))

    def done(self) -> np.ndarray:
        """Return (N,) bool: which rows are finished."""
        return np.array(self.array(_DONE)) != 0

    def has(self, row: int) -> bool:
        """Whether a row is finished."""
        return bool(self.array(_DONE)[row])

    def missing(self, share: int = 0, shares: int = 1) -> np.ndarray:
        """Return the missing rows in one of several equal shares of all rows."""
        rows = np.flatnonzero(~self.done())
        return rows[rows % shares == share]

    def row(self, name: str, row: int) -> np.ndarray:
        """Return a copy of a row of an array.

        Raises:
            SamplesError: It has not been made.
        """
        if not self.array(_DONE)[row]:
            raise SamplesError(f'{self.where}: image {row} has none yet')
        return np.array(self.array(name)[row])

    def writer(self) -> 'SidecarWriter':
        """Return a context for writing rows."""
        return SidecarWriter(self)


class SidecarWriter:
    """A context for writing rows, which marks them as finished on exit, even after an exception.

    Other processes may read and write the same arrays concurrently.
    """

    def __init__(self, sidecar: Sidecar) -> None:
        names = [path.stem for path in list_files(sidecar.folder, ('.npy',))]
        self._arrays = {name: sidecar.array(name) for name in names}
        self._folder, self._where = sidecar.folder, sidecar.where
        self._files: dict[str, int] = {}
        self._unmarked: list[int] = []

    def __enter__(self) -> 'SidecarWriter':
        return self

    def __exit__(self, *exception: object) -> None:
        try:
            self.commit()
        finally:
            for file in self._files.values():
                os.close(file)
            self._files = {}

    def write(self, row: int, values: Mapping[str, np.ndarray]) -> None:
        """Write one row of every array.

        Raises:
            SamplesError: An array has the wrong shape or type, or the disk is full.
            IndexError: There is no such row.
        """
        count = len(self._arrays[_DONE])
        if not 0 <= row < count:
            raise IndexError(f'{self._where}: no image {row} of {count}')
        for name, array in values.items():
            shape, dtype = self._arrays[name].shape[1:], self._arrays[name].dtype
            if array.shape != shape or array.dtype != dtype:
                raise SamplesError(
                    f'{self._where}: {name} of image {row} has shape {array.shape} and type '
                    f'{array.dtype}, not {shape} and {dtype}'
                )
        for name, array in values.items():
            self._put(name, row, np.ascontiguousarray(array))
        self._unmarked.append(row)
        if len(self._unmarked) >= _COMMIT_EVERY:
            self.commit()

    def commit(self) -> None:
        """Flush written rows to disk, then mark them."""
        if not self._unmarked:
            return
        rows, self._unmarked = self._unmarked, []
        for file in self._files.values():
            os.fsync(file)
        for row in rows:
            self._put(_DONE, row, np.ones((), np.uint8))
        os.fsync(self._files[_DONE])

    def _put(self, name: str, row: int, array: np.ndarray) -> None:
        """Write through the file: on a full disk this raises, while a memory map would crash."""
        if name not in self._files:
            self._files[name] = os.open(self._folder / f'{name}.npy', os.O_WRONLY)
        data, place = memoryview(array.tobytes()), HEADER_BYTES + row * array.nbytes
        try:
            while data:
                count = os.pwrite(self._files[name], data, place)
                data, place = data[count:], place + count
        except OSError as error:
            full = error.errno in (errno.ENOSPC, errno.EDQUOT)
            reason = 'the disk is full' if full else str(error)
            raise SamplesError(f'{self._folder}: cannot be written: {reason}') from error
