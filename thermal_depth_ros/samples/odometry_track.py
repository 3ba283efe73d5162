# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Cached odometry of a recording: poses and distances at the times of images."""

import dataclasses
from collections.abc import Callable
from pathlib import Path

import numpy as np

from thermal_depth_ros.bags.errors import BagError
from thermal_depth_ros.bags.poses import read_pose_track
from thermal_depth_ros.bags.recording import Recording
from thermal_depth_ros.geometry import rigid
from thermal_depth_ros.geometry.trajectory import interpolate
from thermal_depth_ros.samples.bag import Bag
from thermal_depth_ros.samples.cache import cached
from thermal_depth_ros.samples.errors import SamplesError

_FILE = 'odometry.npz'
# A gap is longer than three periods of the odometry, and than a typical burst of lost messages.
_GAP_PERIODS, _GAP_NS = 3.0, 200_000_000


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

    key = {'files': bag.files, 'topic': topic}
    with cached(root, 'odometry', key, build) as folder, np.load(folder / _FILE) as stored:
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


@dataclasses.dataclass(frozen=True, eq=False)
class Brackets:
    """Times between samples: weight 1 - fraction for sample `first`, fraction for the next."""

    first: np.ndarray  # (N,) int
    fraction: np.ndarray  # (N,) float64; outside of [0, 1] beyond the ends
    valid: np.ndarray  # (N,) bool


def brackets(stamps_ns: np.ndarray, times_ns: np.ndarray) -> Brackets:
    """Locate times between increasing stamps.

    A time is valid if it lies on a sample, between two samples without a gap between them, or less
    than half a period beyond an end.

    Args:
        stamps_ns: (M,) int64, strictly increasing.
        times_ns: (N,) int64.
    """
    count = len(stamps_ns)
    if count < 2:
        hit = np.isin(times_ns, stamps_ns)
        return Brackets(np.zeros(len(times_ns), int), np.zeros(len(times_ns)), hit)
    steps = np.diff(stamps_ns)
    period = float(np.median(steps))
    first = np.clip(np.searchsorted(stamps_ns, times_ns, side='right') - 1, 0, count - 2)
    ahead = times_ns - stamps_ns[first]
    fraction = ahead / steps[first]
    on_sample = (ahead == 0) | (ahead == steps[first])
    beyond = np.maximum(-ahead, ahead - steps[first])
    quiet = steps[first] > longest_gap_ns(stamps_ns)
    valid = np.where(beyond > 0, beyond <= period / 2, ~quiet) | on_sample
    # Beyond the ends, the motion cannot be extrapolated across a gap.
    valid &= ~((beyond > 0) & quiet)
    return Brackets(first, fraction, valid)


def longest_gap_ns(stamps_ns: np.ndarray) -> float:
    """Return the largest time between two samples that allows interpolation."""
    return max(_GAP_PERIODS * float(np.median(np.diff(stamps_ns))), _GAP_NS)


def interpolate_poses(
    stamps_ns: np.ndarray, positions: np.ndarray, quaternions: np.ndarray, times_ns: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return poses (N, 4, 4) at times, and whether they are known (N,).

    Args:
        stamps_ns: (M,) int64, strictly increasing, M >= 1.
        positions: (M, 3).
        quaternions: (M, 4) x, y, z, w, of unit length.
        times_ns: (N,) int64.
    """
    found = brackets(stamps_ns, times_ns)
    poses = np.tile(np.eye(4), (len(times_ns), 1, 1))

    def sample(row: int) -> np.ndarray:
        return rigid.compose(quaternions[row], positions[row])

    for index in np.flatnonzero(found.valid):
        first, fraction = int(found.first[index]), float(found.fraction[index])
        if fraction in (0.0, 1.0):
            poses[index] = sample(first + int(fraction))
        else:
            poses[index] = interpolate(sample(first), sample(first + 1), fraction)
    return poses, found.valid


def travelled(
    stamps_ns: np.ndarray, speeds_mps: np.ndarray, times_ns: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Integrate a speed: the distance travelled since the first sample.

    Args:
        stamps_ns: (M,) int64, strictly increasing, M >= 1.
        speeds_mps: (M,), not negative; interpolated linearly.
        times_ns: (N,) int64.

    Returns:
        Metres (N,); the index of the gap-free stretch of each time (N,) int; whether the distance
        is known (N,) bool. Differences between stretches are meaningless.
    """
    found = brackets(stamps_ns, times_ns)
    after = np.minimum(found.first + 1, len(stamps_ns) - 1)
    steps_s = np.diff(stamps_ns) / 1e9
    pieces = 0.5 * (speeds_mps[1:] + speeds_mps[:-1]) * steps_s
    at_samples = np.concatenate([[0.0], np.cumsum(pieces)])
    start, end = speeds_mps[found.first], speeds_mps[after]
    span_s = (stamps_ns[after] - stamps_ns[found.first]) / 1e9
    f = found.fraction
    metres = at_samples[found.first] + span_s * (start * f + 0.5 * (end - start) * f * f)
    stretch = np.zeros(len(stamps_ns), int)
    if len(stamps_ns) > 1:
        stretch[1:] = np.cumsum(np.diff(stamps_ns) > longest_gap_ns(stamps_ns))
    # On the last sample before a gap, `first` is that sample or, at the very end, the one before
    # it, which belongs to the same stretch unless the gap lies between them.
    lies_in = np.where(f >= 1, stretch[after], stretch[found.first])
    return metres, lies_in, found.valid
