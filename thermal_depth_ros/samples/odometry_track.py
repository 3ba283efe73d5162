# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Cached odometry of a recording, with interpolation of poses and distances."""

import dataclasses
from collections.abc import Callable
from pathlib import Path

import numpy as np

from thermal_depth_ros.bags.errors import BagError
from thermal_depth_ros.bags.poses import read_pose_track
from thermal_depth_ros.bags.recording import Recording
from thermal_depth_ros.geometry import rigid
from thermal_depth_ros.samples.bag import Bag
from thermal_depth_ros.samples.cache import cached
from thermal_depth_ros.samples.errors import SamplesError
from thermal_depth_ros.samples.interpolation import interpolate_poses, travelled

_FILE = 'odometry.npz'


@dataclasses.dataclass(frozen=True, eq=False)
class OdometryTrack:
    """Poses and speeds of one frame, ordered by stamp."""

    topic: str
    stamps_ns: np.ndarray  # (M,) int64, strictly increasing
    positions: np.ndarray  # (M, 3) m
    quaternions: np.ndarray  # (M, 4) x, y, z, w
    speeds_mps: np.ndarray  # (M,) length of the linear twist
    problems: tuple[str, ...]

    @property
    def tells_speed(self) -> bool:
        """Whether the twist is filled in: not if it stays zero while the poses move."""
        moved = float(np.abs(self.positions - self.positions[0]).max()) > 0.05
        return bool(self.speeds_mps.any()) or not moved

    def poses(self, times_ns: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return T_frame_child (N, 4, 4) at times, and whether they are known (N,)."""
        return interpolate_poses(self.stamps_ns, self.positions, self.quaternions, times_ns)

    def distances(self, times_ns: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return metres travelled (N,), the stretch they refer to, and whether they are known."""
        return travelled(self.stamps_ns, self.speeds_mps, times_ns)


def cached_odometry(
    root: Path, bag: Bag, topic: str, advance: Callable[[str, int, int], None]
) -> OdometryTrack:
    """Return the odometry of a topic, reading it if it is not in the cache.

    Raises:
        SamplesError: None of its messages is usable, or the cache cannot be written.
        BagError: The recording cannot be read.
    """

    def build(folder: Path) -> None:
        _read(bag.recording(), topic, folder, advance)

    folder = cached(root, 'odometry', {'files': bag.files, 'topic': topic}, build)
    with np.load(folder / _FILE) as stored:
        return OdometryTrack(
            topic=topic,
            stamps_ns=stored['stamps_ns'],
            positions=stored['values'][:, 0:3],
            quaternions=stored['values'][:, 3:7],
            speeds_mps=stored['values'][:, 7],
            problems=tuple(map(str, stored['problems'])),
        )


def _read(
    recording: Recording, topic: str, folder: Path, advance: Callable[[str, int, int], None]
) -> None:
    try:
        track = read_pose_track(recording, topic, advance=advance)
    except BagError as error:
        raise SamplesError(f'{recording.paths[0]}: {topic} gives no odometry: {error}') from error
    note = recording.stamp_note(topic)
    problems = [note] if note else []
    problems += [
        f'{topic}: {n} messages left out: {reason}' for reason, n in track.left_out.items()
    ]
    rows = [_row(T, speed) for T, speed in zip(track.T_world_frame, track.speeds_mps, strict=True)]
    np.savez(
        folder / _FILE,
        stamps_ns=track.stamps_ns,
        values=np.stack(rows),
        problems=np.array(problems, dtype=np.str_),
    )


def _row(T: np.ndarray, speed_mps: float) -> np.ndarray:
    return np.concatenate([T[:3, 3], rigid.quaternion_from_matrix(T[:3, :3]), [speed_mps]])
