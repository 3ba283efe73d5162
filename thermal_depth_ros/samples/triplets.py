# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Which images make a triplet: a target, one before it and one behind it."""

import numpy as np

GOLDEN = (5**0.5 - 1) / 2


def by_interval(count: int, interval: int) -> np.ndarray:
    """Return triplets (N, 3) of target, previous, next that are `interval` images apart."""
    targets = np.arange(interval, max(count - interval, interval))
    return np.stack([targets, targets - interval, targets + interval], axis=1)


def spread_spacings(count: int, least_m: float, most_m: float) -> np.ndarray:
    """Return a spacing (count,) for each target, even on a logarithmic scale between both ends.

    Multiples of the golden ratio, so that targets which follow each other differ and any stretch
    of them has near and wide ones; the same in every run.
    """
    place = np.arange(count) * GOLDEN % 1.0
    return least_m * (max(most_m, least_m) / least_m) ** place


def by_distance(travelled_m: np.ndarray, spacing_m: float | np.ndarray) -> np.ndarray:
    """Return triplets (N, 3) of target, previous, next at least `spacing_m` of travel apart.

    Args:
        travelled_m: (M,) length of the path up to each image; never falls.
        spacing_m: The nearest images that are so far away become the neighbours; one distance, or
            one for each image as the target (M,).
    """
    count = len(travelled_m)
    # Rounding of sums must not cost an image that is just far enough.
    reach = spacing_m * (1 - 1e-9)
    before = np.searchsorted(travelled_m, travelled_m - reach, side='right') - 1
    behind = np.searchsorted(travelled_m, travelled_m + reach, side='left')
    triplets = np.stack([np.arange(count), before, behind], axis=1)
    return triplets[(before >= 0) & (behind < count)]


def without_gaps(
    triplets: np.ndarray, stamps_ns: np.ndarray, max_gap_s: float, max_span_s: float
) -> np.ndarray:
    """Whether each triplet (N, 3) has neither a silence of the camera in it nor lasts too long.

    Args:
        triplets: Target, previous, next, as indices of images.
        stamps_ns: (M,) of the images, rising.
        max_gap_s: Longest time between two images that follow each other.
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
    """Return at most `most` of `count` indices, evenly spread; all of them where most is 0."""
    if most == 0 or count <= most:
        return np.arange(count)
    return (np.arange(most) * count) // most
