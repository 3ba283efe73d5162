# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Depth that was measured beside the images, cached for the images that are validated on."""

import hashlib
import json
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np

from thermal_depth_ros.bags.errors import BagError
from thermal_depth_ros.messages.depth_reader import depth_from_message
from thermal_depth_ros.messages.errors import MessageError
from thermal_depth_ros.messages.stamps import stamp_ns
from thermal_depth_ros.samples.array_file import ArrayFile
from thermal_depth_ros.samples.cache import cached
from thermal_depth_ros.samples.frame_cache import Advance, Source

_DEPTH, _FOUND, _ABOUT = 'depth.npy', 'found.npy', 'about.json'


class DepthStore:
    """A memory map of depth maps, one row for each image; travels as the path of its folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.found: np.ndarray = np.load(folder / _FOUND)  # (N,) bool
        self.problems = tuple(json.loads((folder / _ABOUT).read_text()))
        self._maps: np.ndarray | None = None

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, '_maps': None}

    def depth_m(self, row: int) -> np.ndarray | None:
        """Return depth (H, W) float32 along the optical axis, 0 where unknown; None without."""
        if not self.found[row]:
            return None
        if self._maps is None:
            self._maps = np.load(self.folder / _DEPTH, mmap_mode='r')
        return np.array(self._maps[row])


def cached_depth(
    root: Path, source: Source, topic: str, stamps_ns: np.ndarray, advance: Advance
) -> DepthStore:
    """Return the depth of images, read now unless it is in the cache.

    Args:
        root: folder of the cache.
        source: the camera, whose view the depth has.
        topic: of the depth.
        stamps_ns: (N,) of the images, rising; depth belongs to an image when it lies within half
            a period of the camera.
        advance: told how far the work is.

    Raises:
        SamplesError: the cache cannot be written.
        BagError: the recording cannot be read.
    """
    key = {
        'images': source.key,
        'topic': topic,
        'stamps': hashlib.sha256(np.ascontiguousarray(stamps_ns).data).hexdigest(),
    }

    def build(folder: Path) -> None:
        _Builder(source, topic, stamps_ns, folder).run(advance)

    return DepthStore(cached(root, 'depth', key, build))


class _Builder:
    """One pass over the depth of a recording; no more than one map is in memory."""

    def __init__(self, source: Source, topic: str, stamps_ns: np.ndarray, folder: Path) -> None:
        self._source, self._topic, self._folder = source, topic, folder
        self._stamps = stamps_ns
        self._tolerance_ns = float(np.median(np.diff(stamps_ns))) / 2 if len(stamps_ns) > 1 else 0.0
        self._distance = np.full(len(stamps_ns), np.inf)  # of the depth that was taken, ns
        self._file: ArrayFile | None = None
        self._bad: Counter[str] = Counter()

    def run(self, advance: Advance) -> None:
        recording = self._source.bag.recording()
        total = recording.topics[self._topic].count
        try:
            for index, record in enumerate(recording.read([self._topic])):
                try:
                    message: Any = record.message
                    self._take(message, stamp_ns(message.header) or record.time_ns)
                except (BagError, MessageError) as error:
                    self._bad[str(error)] += 1
                advance(f'reading {self._topic}', index + 1, total)
            if self._file is not None:
                self._file.finish(len(self._stamps))
        finally:
            if self._file is not None:
                self._file.abandon()
        np.save(self._folder / _FOUND, np.isfinite(self._distance))
        problems = [
            f'{self._topic}: {count} depth maps left out: {reason}'
            for reason, count in self._bad.items()
        ]
        (self._folder / _ABOUT).write_text(json.dumps(problems))

    def _take(self, message: Any, stamp: int) -> None:
        row, distance = self._nearest(stamp)
        if distance > self._tolerance_ns or distance >= self._distance[row]:
            return
        depth = self._source.resampler.depth(_metres(message))
        if self._file is None:
            self._file = ArrayFile(self._folder / _DEPTH, depth.shape, depth.dtype)
        if depth.shape != self._file.shape:
            size = f'{depth.shape[1]}x{depth.shape[0]}'
            raise MessageError('size', size, 'the depth before had another')
        self._file.write(row, depth)
        self._distance[row] = distance

    def _nearest(self, stamp: int) -> tuple[int, float]:
        behind = int(np.searchsorted(self._stamps, stamp))
        rows = [row for row in (behind - 1, behind) if 0 <= row < len(self._stamps)]
        row = min(rows, key=lambda row: abs(int(self._stamps[row]) - stamp))
        return row, float(abs(int(self._stamps[row]) - stamp))


def _metres(message: Any) -> np.ndarray:
    """Return depth (H, W) with 0 where it is unknown; that of the sky is unknown too."""
    depth = depth_from_message(message)
    depth[~(np.isfinite(depth) & (depth > 0))] = 0
    return depth
