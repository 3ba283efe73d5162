# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Triplets and images of many recordings under one index; picklable."""

import dataclasses
from collections import Counter
from collections.abc import Sequence

import numpy as np

from thermal_depth_ros.geometry import rigid
from thermal_depth_ros.geometry.camera import PinholeCamera
from thermal_depth_ros.samples.recorded_frames import JoinedIndex, RecordedFrames
from thermal_depth_ros.samples.recorded_maps import RecordedMaps


@dataclasses.dataclass(frozen=True, eq=False)
class Triplet:
    """Three images of one camera and the motion between them."""

    images: np.ndarray  # (3, H, W) counts, or (3, H, W, 3) R, G, B: target, previous, next
    K: np.ndarray  # (3, 3) at (H, W)
    stamps_ns: tuple[int, int, int]
    T_target_source: np.ndarray | None  # (2, 4, 4) m: target points into previous, next
    travelled_m: np.ndarray | None  # (2,) from the target to previous, next, by the twist
    where: str


@dataclasses.dataclass(frozen=True, eq=False)
class Pair:
    """Two images of one camera and the motion between them."""

    images: np.ndarray  # (2, H, W) counts, or (2, H, W, 3) R, G, B
    T_first_second: np.ndarray  # (4, 4) m: points of the first image's camera into the second's


@dataclasses.dataclass(frozen=True, eq=False)
class Frame:
    """One image."""

    image: np.ndarray  # (H, W) counts, or (H, W, 3) R, G, B
    K: np.ndarray  # (3, 3) at (H, W)
    stamp_ns: int
    where: str


@dataclasses.dataclass(frozen=True, eq=False)
class Track:
    """Consecutive images without a gap, and the camera poses."""

    frames: np.ndarray  # (N,) indices for SampleSet.frame
    T_world_camera: np.ndarray  # (N, 4, 4) m


@dataclasses.dataclass(frozen=True, eq=False)
class Part:
    """Images of one recording, and the triplets among them."""

    frames: RecordedFrames
    triplets: np.ndarray  # (N, 3) indices of frames: target, previous, next
    depth: RecordedMaps | None = None  # one row for each of the frames


class SampleSet:
    """Triplets by index, and all images of the same parts of the recordings."""

    def __init__(self, parts: Sequence[Part], max_gap_s: float) -> None:
        """Join parts of recordings.

        Args:
            parts: Parts, in the order of their sample indices.
            max_gap_s: Longest gap between images within a track.
        """
        self._parts = [part for part in parts if len(part.frames)]
        self._max_gap_s = max_gap_s
        self._triplets = JoinedIndex([len(part.triplets) for part in self._parts])
        self._frames = JoinedIndex([len(part.frames) for part in self._parts])
        used = [part for part in self._parts if len(part.triplets)] or self._parts
        frames = [part.frames for part in used]
        self.has_poses = bool(frames) and all(f.T_world_camera is not None for f in frames)
        self.has_travel = bool(frames) and all(f.travelled_m is not None for f in frames)
        self.pose_topics = tuple(sorted({f.pose_topic for f in frames if f.pose_topic}))
        self.twist_topics = tuple(sorted({f.twist_topic for f in frames if f.twist_topic}))
        self.has_depth = any(part.depth is not None for part in self._parts)

    def __len__(self) -> int:
        return len(self._triplets)

    @property
    def parts(self) -> tuple[Part, ...]:
        """Parts of recordings with images, in the order of their indices."""
        return tuple(self._parts)

    def selected(self, kept: np.ndarray) -> 'SampleSet':
        """Return a set with the triplets of a mask (N,), and all images."""
        masks = np.split(kept, self._triplets.firsts[1:-1])
        parts = [
            dataclasses.replace(part, triplets=part.triplets[mask])
            for part, mask in zip(self._parts, masks, strict=False)
        ]
        return SampleSet(parts, self._max_gap_s)

    @property
    def frame_count(self) -> int:
        """Number of images, whether or not they are part of a triplet."""
        return len(self._frames)

    @property
    def names(self) -> tuple[str, ...]:
        """Source of each triplet."""
        return tuple(part.frames.name(*row) for part in self._parts for row in part.triplets)

    def triplet(self, index: int) -> Triplet:
        """Read a triplet."""
        number, row = self._triplets.place(index)
        part = self._parts[number]
        frames, trio = part.frames, part.triplets[row]
        motions = travelled = None
        if self.has_poses and frames.T_world_camera is not None:
            motions = _relative(frames.T_world_camera, trio[None])[0]
        if self.has_travel and frames.travelled_m is not None:
            travelled = np.abs(frames.travelled_m[trio[1:]] - frames.travelled_m[trio[0]])
        target, before, behind = frames.stamps_ns[trio].tolist()
        return Triplet(
            images=np.stack([frames.image(one) for one in trio]),
            K=frames.camera.K,
            stamps_ns=(target, before, behind),
            T_target_source=motions,
            travelled_m=travelled,
            where=frames.name(*trio),
        )

    def triplet_frames(self, index: int) -> tuple[int, int, int]:
        """Return the indices of the images of a triplet, target first; see `frame`."""
        number, row = self._triplets.place(index)
        first = int(self._frames.firsts[number])
        target, before, behind = (first + int(one) for one in self._parts[number].triplets[row])
        return target, before, behind

    def pair(self, index: int, offset: int) -> Pair | None:
        """Read the target of a triplet and the image at an offset from it.

        Returns:
            None if there is no such image, or the motion between the two is unknown.
        """
        number, row = self._triplets.place(index)
        part = self._parts[number]
        frames, target = part.frames, int(part.triplets[row, 0])
        other = target + offset
        if frames.T_world_camera is None or not 0 <= other < len(frames):
            return None
        gap_s = abs(int(frames.stamps_ns[other]) - int(frames.stamps_ns[target])) * 1e-9
        T = rigid.invert(frames.T_world_camera[other]) @ frames.T_world_camera[target]
        if gap_s > self._max_gap_s * abs(offset) or not np.isfinite(T).all():
            return None
        return Pair(np.stack([frames.image(target), frames.image(other)]), T)

    def target_row(self, index: int) -> tuple[int, int]:
        """Return the target of a triplet as the index of its part and its row in the store."""
        number, row = self._triplets.place(index)
        part = self._parts[number]
        return number, int(part.frames.rows[part.triplets[row, 0]])

    def target_depth_m(self, index: int) -> np.ndarray | None:
        """Return the true depth of the target of a triplet; see `frame_depth_m`."""
        number, row = self._triplets.place(index)
        part = self._parts[number]
        return None if part.depth is None else part.depth.row(int(part.triplets[row, 0]))

    def frame_place(self, index: int) -> tuple[int, int]:
        """Return the index of the part of an image, and its index there."""
        return self._frames.place(index)

    def frame(self, index: int) -> Frame:
        """Read one image."""
        number, row = self._frames.place(index)
        part = self._parts[number]
        frames = part.frames
        stamp = int(frames.stamps_ns[row])
        return Frame(frames.image(row), frames.camera.K, stamp, frames.name(row))

    def frame_K(self, index: int) -> np.ndarray:
        """Return the intrinsics (3, 3) of an image without reading it."""
        number, _ = self._frames.place(index)
        return self._parts[number].frames.camera.K

    def frame_depth_m(self, index: int) -> np.ndarray | None:
        """Return the true depth of an image at its recorded size.

        Returns:
            (H', W') float32 m along the optical axis, 0 where unknown and below 0 where it is too
            far to measure, or None.
        """
        number, row = self._frames.place(index)
        part = self._parts[number]
        return None if part.depth is None else part.depth.row(row)

    def sequences(self) -> list[Track]:
        """Return the sequences of images with a known true pose, for pose metrics."""
        found = []
        for part, first in zip(self._parts, self._frames.firsts, strict=False):
            poses, known = part.frames.T_world_camera_true, part.frames.true_known
            if poses is None or known is None:
                continue
            for run in _runs(known, part.frames.stamps_ns, self._max_gap_s):
                found.append(Track(first + run, poses[run]))
        return found


@dataclasses.dataclass(frozen=True, eq=False)
class Samples:
    """Samples for training and validation."""

    train: SampleSet
    validation: SampleSet
    camera: PinholeCamera  # of the first recording, at the size of the samples
    deep: bool  # 16 bits per pixel
    channels: int  # 1 or 3
    notes: tuple[str, ...]  # omitted, damaged or lost data, one line each
    left_out: Counter[str]  # reason -> images or triplets


def _runs(known: np.ndarray, stamps_ns: np.ndarray, max_gap_s: float) -> list[np.ndarray]:
    """Return the indices of sequences of at least two known images without a gap."""
    rows = np.flatnonzero(known)
    if len(rows) < 2:
        return []
    breaks = (np.diff(rows) > 1) | (np.diff(stamps_ns[rows]) > max_gap_s * 1e9)
    return [run for run in np.split(rows, np.flatnonzero(breaks) + 1) if len(run) > 1]


def _relative(T_world_camera: np.ndarray, triplets: np.ndarray) -> np.ndarray:
    """Return T_target_source (N, 2, 4, 4) of triplets: target points into previous and next.

    Args:
        T_world_camera: (M, 4, 4) of all images.
        triplets: (N, 3) indices of target, previous, next.
    """
    motions = np.empty((len(triplets), 2, 4, 4))
    for row, (target, *sources) in enumerate(triplets):
        for column, source in enumerate(sources):
            motions[row, column] = rigid.invert(T_world_camera[source]) @ T_world_camera[target]
    return motions
