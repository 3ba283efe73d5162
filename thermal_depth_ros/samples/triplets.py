# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Forms triplets of images: a target, a previous and a next image."""

import numpy as np

GOLDEN = (5**0.5 - 1) / 2


def by_interval(count: int, interval: int) -> np.ndarray:
    """Return triplets (N, 3) of target, previous, next, `interval` images apart."""
    targets = np.arange(interval, max(count - interval, interval))
    return np.stack([targets, targets - interval, targets + interval], axis=1)


def spread_spacings(count: int, least_m: float, most_m: float) -> np.ndarray:
    """Return a spacing (count,) for each target, uniform on a logarithmic scale between both ends.

    Based on multiples of the golden ratio, so that consecutive targets differ, any stretch has
    small and large spacings, and every run is the same.
    """
    place = np.arange(count) * GOLDEN % 1.0
    return least_m * (max(most_m, least_m) / least_m) ** place


def by_distance(travelled_m: np.ndarray, spacing_m: float | np.ndarray) -> np.ndarray:
    """Return triplets (N, 3) of target, previous, next at least `spacing_m` of travel apart.

    Args:
        travelled_m: (M,) distance travelled up to each image, not decreasing.
        spacing_m: Least distance to the neighbours: one for all, or one for each image as the
            target (M,).
    """
    count = len(travelled_m)
    # Rounding of sums must not exclude an image at exactly the distance.
    reach = spacing_m * (1 - 1e-9)
    before = np.searchsorted(travelled_m, travelled_m - reach, side='right') - 1
    behind = np.searchsorted(travelled_m, travelled_m + reach, side='left')
    triplets = np.stack([np.arange(count), before, behind], axis=1)
    return triplets[(before >= 0) & (behind < count)]


def without_gaps(
    triplets: np.ndarray, stamps_ns: np.ndarray, max_gap_s: float, max_span_s: float
) -> np.ndarray:
    """Whether each triplet (N, 3) contains no gap and is not too long.

    Args:
        triplets: Target, previous, next, as indices of images.
        stamps_ns: (M,) increasing stamps of the images.
        max_gap_s: Longest time between consecutive images.
        max_span_s: Longest time between the target and a neighbour.
    """
    target, before, behind = triplets.T
    silences = np.concatenate([[0], np.cumsum(np.diff(stamps_ns) > max_gap_s * 1e9)])
    whole = silences[before] == silences[behind]
    longest = np.maximum(
        stamps_ns[target] - stamps_ns[before], stamps_ns[behind] - stamps_ns[target]
    )
    return whole & (longest <= max_span_s * 1e9)


def thinned(count: int, most: int) -> np.ndarray:
    """Return at most `most` of `count` indices, evenly spread; all if `most` is 0."""
    if most == 0 or count <= most:
        return np.arange(count)
    return (np.arange(most) * count) // most
