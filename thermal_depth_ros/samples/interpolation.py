# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Interpolates odometry: rotations by SLERP, positions linearly, distances by integration."""

import dataclasses

import numpy as np

from thermal_depth_ros.geometry import rigid

# A gap is longer than three periods of the odometry, and than a typical burst of lost messages.
_GAP_PERIODS, _GAP_NS = 3.0, 200_000_000


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
    after = np.minimum(found.first + 1, len(stamps_ns) - 1)
    f = found.fraction[:, None]
    places = (1 - f) * positions[found.first] + f * positions[after]
    turns = slerp(quaternions[found.first], quaternions[after], found.fraction)
    poses = np.tile(np.eye(4), (len(times_ns), 1, 1))
    for index in np.flatnonzero(found.valid):
        poses[index] = rigid.compose(turns[index], places[index])
    return poses, found.valid


def slerp(first: np.ndarray, second: np.ndarray, fraction: np.ndarray) -> np.ndarray:
    """Interpolate spherically between quaternions (N, 4), along the shorter arc.

    Args:
        first: First quaternion, of unit length.
        second: Second quaternion, of unit length.
        fraction: (N,) fraction of the arc; values outside [0, 1] extrapolate.
    """
    cosine = np.sum(first * second, axis=1)
    second = np.where(cosine[:, None] < 0, -second, second)
    angle = np.arccos(np.clip(np.abs(cosine), 0.0, 1.0))
    sine = np.sin(angle)
    near = sine < 1e-6
    safe = np.where(near, 1.0, sine)
    a = np.where(near, 1 - fraction, np.sin((1 - fraction) * angle) / safe)
    b = np.where(near, fraction, np.sin(fraction * angle) / safe)
    mixed = a[:, None] * first + b[:, None] * second
    return mixed / np.linalg.norm(mixed, axis=1, keepdims=True)


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
