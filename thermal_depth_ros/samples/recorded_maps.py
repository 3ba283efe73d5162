# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Recorded depth and classes, matched to the images by stamp and cached."""

import hashlib
import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from thermal_depth_ros.bags.errors import BagError
from thermal_depth_ros.base.contract import UNLABELLED
from thermal_depth_ros.messages.depth_reader import depth_from_message
from thermal_depth_ros.messages.errors import MessageError
from thermal_depth_ros.messages.label_reader import labels_from_message
from thermal_depth_ros.messages.stamps import span_text
from thermal_depth_ros.samples.array_folder import ABOUT, ArrayFile, ArrayFolder
from thermal_depth_ros.samples.cache import cached
from thermal_depth_ros.samples.cache_space import CacheSpace
from thermal_depth_ros.samples.frame_cache import Advance, Source

FAR = -1.0  # instead of a depth, m
_FOUND = 'found'
_MAX_ID = 65535
Read = Callable[[Any], np.ndarray]


class RecordedMaps(ArrayFolder):
    """One map per image, where there is one.

    Attributes:
        topic: Topic of the maps.
        found: (N,) bool, whether an image has a map.
        problems: Messages that were left out, one line each.
    """

    def __init__(self, folder: Path, kind: str, topic: str) -> None:
        super().__init__(folder)
        self.topic, self._kind = topic, kind
        self.found: np.ndarray = np.load(folder / f'{_FOUND}.npy')
        self.problems: tuple[str, ...] = tuple(self.about)

    def row(self, row: int) -> np.ndarray | None:
        """Return a copy of the map of an image, or None."""
        return np.array(self.array(self._kind)[row]) if self.found[row] else None


def cached_depth(
    space: CacheSpace, source: Source, topic: str, stamps_ns: np.ndarray, advance: Advance
) -> RecordedMaps:
    """Return the true depth of images, reading it if it is not in the cache.

    The maps are (H, W) float32 m along the optical axis, undistorted at their own size, 0 where
    unknown and FAR where the recording says +Inf, too far to measure (REP 118).

    Raises:
        SamplesError: The cache cannot be written, or has no room.
        BagError: The recording cannot be read.
    """

    def read(message: Any) -> np.ndarray:
        depth_m = depth_from_message(message)
        far = np.isposinf(depth_m)
        depth_m[~(np.isfinite(depth_m) & (depth_m > 0))] = 0
        depth_m[far] = FAR
        return source.resampler.depth(source.cropped(depth_m))

    return _cached_maps(space, 'depth', source, topic, stamps_ns, read, advance, far=FAR)


def cached_labels(
    space: CacheSpace, source: Source, topic: str, stamps_ns: np.ndarray, advance: Advance
) -> RecordedMaps:
    """Return the true classes of images, reading them if they are not in the cache.

    The maps are class ids (H, W) uint16, undistorted at their own size.

    Raises:
        SamplesError: The cache cannot be written, or has no room.
        BagError: The recording cannot be read.
    """

    def read(message: Any) -> np.ndarray:
        ids = source.cropped(labels_from_message(message))
        # Resampling gives 0 outside the image; storing id + 1 distinguishes it from class 0.
        moved = source.resampler.depth((ids.clip(0, _MAX_ID) + 1).astype(np.float32)) - 1
        return np.where(moved < 0, UNLABELLED, moved).astype(np.uint16)

    return _cached_maps(space, 'labels', source, topic, stamps_ns, read, advance)


def resized_labels(labels: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Return class ids (H, W) resized by nearest neighbour."""
    if labels.shape == size:
        return labels
    return cv2.resize(labels, size[::-1], interpolation=cv2.INTER_NEAREST_EXACT)


def _cached_maps(
    space: CacheSpace,
    kind: str,
    source: Source,
    topic: str,
    stamps_ns: np.ndarray,
    read: Read,
    advance: Advance,
    **more: float,
) -> RecordedMaps:
    """Return the maps of images, reading them if they are not in the cache.

    Args:
        space: The cache.
        kind: Kind of maps, such as 'depth'.
        source: Camera with the same view as the maps.
        topic: Topic of the maps.
        stamps_ns: (N,) increasing stamps of the images; a map belongs to an image if it lies within
            half a period of the camera.
        read: Converts a message to a map (H, W) of a fixed type.
        advance: Called with a description, the number done and the total.
        more: What else determines the maps.

    Raises:
        SamplesError: The cache cannot be written, or has no room.
        BagError: The recording cannot be read.
    """
    key = {
        **more,
        'images': source.key,
        'topic': topic,
        'stamps': hashlib.sha256(np.ascontiguousarray(stamps_ns).data).hexdigest(),
    }

    def build(folder: Path) -> None:
        _Builder(kind, source, topic, stamps_ns, read, folder, space).run(advance)

    with cached(space.root, kind, key, build) as folder:
        return RecordedMaps(folder, kind, topic)


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
        space: CacheSpace,
    ) -> None:
        self._kind, self._source, self._topic = kind, source, topic
        self._read, self._folder, self._space = read, folder, space
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
        np.save(self._folder / f'{_FOUND}.npy', np.isfinite(self._distance))
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
        (self._folder / ABOUT).write_text(json.dumps(problems))

    def _take(self, message: Any, stamp: int) -> None:
        first, last = self._span or (stamp, stamp)
        self._span = min(first, stamp), max(last, stamp)
        row, distance = self._nearest(stamp)
        if distance > self._tolerance_ns or distance >= self._distance[row]:
            return
        values = self._read(message)
        if self._file is None:
            what = f'the {self._kind} maps of {self._topic} of {self._source.bag.path}'
            self._space.reserve(len(self._stamps) * values.nbytes, what)
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
