# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Recorded maps, such as depth, matched to the images by stamp and cached."""

import hashlib
import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from thermal_depth_ros.bags.errors import BagError
from thermal_depth_ros.messages.errors import MessageError
from thermal_depth_ros.messages.stamps import span_text
from thermal_depth_ros.samples.array_file import ArrayFile
from thermal_depth_ros.samples.cache import cached
from thermal_depth_ros.samples.frame_cache import Advance, Source

_FOUND, _ABOUT = 'found.npy', 'about.json'
Read = Callable[[Any], np.ndarray]


class StampedMaps:
    """A memory map with one map per image; pickled as the path of its folder."""

    def __init__(self, folder: Path, kind: str) -> None:
        self.folder = folder
        self.found: np.ndarray = np.load(folder / _FOUND)  # (N,) bool
        self.problems = tuple(json.loads((folder / _ABOUT).read_text()))
        self._kind = kind
        self._maps: np.ndarray | None = None

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, '_maps': None}

    def row(self, row: int) -> np.ndarray | None:
        """Return a copy of the map of an image, or None."""
        if not self.found[row]:
            return None
        if self._maps is None:
            self._maps = np.load(self.folder / f'{self._kind}.npy', mmap_mode='r')
        return np.array(self._maps[row])


def cached_maps(
    root: Path,
    kind: str,
    source: Source,
    topic: str,
    stamps_ns: np.ndarray,
    read: Read,
    advance: Advance,
) -> Path:
    """Return the folder of the maps of images, reading them if they are not in the cache.

    Args:
        root: Folder of the cache.
        kind: Kind of maps, such as 'depth'.
        source: Camera with the same view as the maps.
        topic: Topic of the maps.
        stamps_ns: (N,) increasing stamps of the images; a map belongs to an image if it lies within
            half a period of the camera.
        read: Converts a message to a map (H, W) of a fixed type.
        advance: Called with a description, the number done and the total.

    Raises:
        SamplesError: The cache cannot be written.
        BagError: The recording cannot be read.
    """
    key = {
        'images': source.key,
        'topic': topic,
        'stamps': hashlib.sha256(np.ascontiguousarray(stamps_ns).data).hexdigest(),
    }

    def build(folder: Path) -> None:
        _Builder(kind, source, topic, stamps_ns, read, folder).run(advance)

    return cached(root, kind, key, build)


class _Builder:
    """One pass over the maps of a recording, with at most one in memory."""

    def __init__(
        self,
        kind: str,
        source: Source,
        topic: str,
        stamps_ns: np.ndarray,
        read: Read,
        folder: Path,
    ) -> None:
        self._kind, self._source, self._topic = kind, source, topic
        self._read, self._folder = read, folder
        self._stamps = stamps_ns
        self._tolerance_ns = float(np.median(np.diff(stamps_ns))) / 2 if len(stamps_ns) > 1 else 0.0
        self._distance = np.full(len(stamps_ns), np.inf)  # of the chosen map, ns
        self._file: ArrayFile | None = None
        self._bad: Counter[str] = Counter()
        self._span: tuple[int, int] | None = None  # first and last stamp of the maps

    def run(self, advance: Advance) -> None:
        recording = self._source.bag.recording()
        total = recording.topics[self._topic].count
        try:
            for index, record in enumerate(recording.read([self._topic])):
                try:
                    self._take(record.message, record.stamp_ns)
                except (BagError, MessageError) as error:
                    self._bad[str(error)] += 1
                advance(f'reading {self._topic}', index + 1, total)
            if self._file is not None:
                self._file.finish(len(self._stamps))
        finally:
            if self._file is not None:
                self._file.abandon()
        np.save(self._folder / _FOUND, np.isfinite(self._distance))
        note = recording.stamp_note(self._topic)
        problems = [note] if note else []
        problems += [
            f'{self._topic}: {count} {self._kind} maps left out: {reason}'
            for reason, count in self._bad.items()
        ]
        if not np.isfinite(self._distance).any() and self._span is not None:
            images = span_text(int(self._stamps[0]), int(self._stamps[-1]))
            problems.append(
                f'{self._topic} and the images have no time in common: it spans '
                f'{span_text(*self._span)}, they span {images}'
            )
        (self._folder / _ABOUT).write_text(json.dumps(problems))

    def _take(self, message: Any, stamp: int) -> None:
        first, last = self._span or (stamp, stamp)
        self._span = min(first, stamp), max(last, stamp)
        row, distance = self._nearest(stamp)
        if distance > self._tolerance_ns or distance >= self._distance[row]:
            return
        values = self._read(message)
        if self._file is None:
            path = self._folder / f'{self._kind}.npy'
            self._file = ArrayFile(path, values.shape, values.dtype)
        if values.shape != self._file.shape:
            size = f'{values.shape[1]}x{values.shape[0]}'
            raise MessageError('size', size, f'the {self._kind} before had another')
        self._file.write(row, values)
        self._distance[row] = distance

    def _nearest(self, stamp: int) -> tuple[int, float]:
        behind = int(np.searchsorted(self._stamps, stamp))
        rows = [row for row in (behind - 1, behind) if 0 <= row < len(self._stamps)]
        row = min(rows, key=lambda row: abs(int(self._stamps[row]) - stamp))
        return row, float(abs(int(self._stamps[row]) - stamp))
