# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Worst and best frames, kept for the report."""

import dataclasses
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from thermal_depth_ros.bags.recording import Recording
from thermal_depth_ros.evaluation.snapshots import read_images
from thermal_depth_ros.geometry.crop import Crop

# Neighbouring frames look alike; one of them is sufficient.
APART_NS = 1_000_000_000


@dataclasses.dataclass(frozen=True, eq=False)
class NotableFrame:
    """One frame: prediction and ground truth (H, W), and the error between them."""

    paths: tuple[Path, ...]
    topic: str
    kind: str
    stamp_ns: int
    error: float
    caption: str
    predicted: np.ndarray
    truth: np.ndarray
    image: np.ndarray | None = None  # the input, once it has been read
    crop: Crop = Crop()  # crop of the input

    def like(self, paths: tuple[Path, ...], topic: str, stamp_ns: int) -> bool:
        """Whether another frame is adjacent in time."""
        same = (paths, topic) == (self.paths, self.topic)
        return same and abs(stamp_ns - self.stamp_ns) < APART_NS


class NotableFrames:
    """The few worst and best frames."""

    def __init__(self, count: int) -> None:
        """Keep up to `count` of each end."""
        self._count = count
        self._worst: list[NotableFrame] = []
        self._best: list[NotableFrame] = []

    def offer(
        self,
        paths: tuple[Path, ...],
        topic: str,
        stamp_ns: int,
        error: float,
        make: Callable[[], NotableFrame],
    ) -> None:
        """Add a frame if it is among the worst or best; `make` is called only then."""
        replaced = self._replaced(paths, topic, stamp_ns, error)
        if replaced:
            self._add(make(), replaced)

    def merge(self, other: 'NotableFrames') -> None:
        """Merge another gallery."""
        for frame in {id(e): e for e in (*other._worst, *other._best)}.values():
            replaced = self._replaced(frame.paths, frame.topic, frame.stamp_ns, frame.error)
            self._add(frame, replaced)

    def _replaced(
        self, paths: tuple[Path, ...], topic: str, stamp_ns: int, error: float
    ) -> list[tuple[list[NotableFrame], float, NotableFrame | None]]:
        """Return the lists a frame belongs to: list, sign of its order, frame to remove."""
        replaced = []
        for kept, sign in ((self._worst, -1.0), (self._best, 1.0)) if self._count else ():
            near = next((e for e in kept if e.like(paths, topic, stamp_ns)), None)
            limit = near or (kept[-1] if len(kept) >= self._count else None)
            if limit is None or sign * error < sign * limit.error:
                replaced.append((kept, sign, limit))
        return replaced

    def _add(
        self,
        frame: NotableFrame,
        replaced: list[tuple[list[NotableFrame], float, NotableFrame | None]],
    ) -> None:
        for kept, sign, limit in replaced:
            if limit is not None:
                kept.remove(limit)
            kept.append(frame)
            kept.sort(key=lambda e: sign * e.error)

    @property
    def worst(self) -> list[NotableFrame]:
        """The worst, worst first."""
        return list(self._worst)

    @property
    def best(self) -> list[NotableFrame]:
        """The best, best first, without those that are also among the worst."""
        return [frame for frame in self._best if frame not in self._worst]

    @property
    def titled(self) -> list[tuple[str, NotableFrame]]:
        """All frames with a title each."""
        return [*(('Worst', f) for f in self.worst), *(('Best', f) for f in self.best)]

    def read_images(self) -> None:
        """Read the input images of the kept frames; unreadable ones are skipped."""
        both = with_images([*self._worst, *self._best])
        self._worst, self._best = both[: len(self._worst)], both[len(self._worst) :]


def with_images(frames: Sequence[NotableFrame]) -> list[NotableFrame]:
    """Return frames with their input images; those that cannot be read have none."""
    missing = [frame for frame in frames if frame.image is None]
    images = {}
    for paths, topic, kind in {(f.paths, f.topic, f.kind) for f in missing}:
        stamps = {f.stamp_ns for f in missing if (f.paths, f.topic) == (paths, topic)}
        with Recording(paths) as recording:
            for stamp_ns, image in read_images(recording, [topic], kind, stamps).items():
                images[paths, topic, stamp_ns] = image
    pictured = []
    for frame in frames:
        key = frame.paths, frame.topic, frame.stamp_ns
        if key in images:
            height, width = frame.predicted.shape
            cropped = frame.crop.matching(images[key], (height, width))
            frame = dataclasses.replace(frame, image=cropped)
        pictured.append(frame)
    return pictured


class Gallery:
    """Example frames of all recordings with one kind of camera."""

    def __init__(self, count: int) -> None:
        """Keep up to `count` worst and best frames of depth and of classes."""
        self.depth, self.classes = NotableFrames(count), NotableFrames(count)

    def merge(self, other: 'Gallery') -> None:
        """Merge another gallery."""
        self.depth.merge(other.depth)
        self.classes.merge(other.classes)

    def read_images(self) -> None:
        """Read the input images of the kept frames."""
        self.depth.read_images()
        self.classes.read_images()
