# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Forms triplets of images (target, previous, next) and selects the informative ones."""

import dataclasses
from collections import Counter

import numpy as np

from thermal_depth_ros.samples.config import DISTANCE, DataConfig
from thermal_depth_ros.samples.errors import SamplesError
from thermal_depth_ros.samples.frame_facts import block_side
from thermal_depth_ros.samples.recorded_frames import RecordedFrames
from thermal_depth_ros.samples.stillness import STILL_PX, measure_shift

GAP, STILL = 'triplets across a gap', 'triplets standing still'
GOLDEN = (5**0.5 - 1) / 2


@dataclasses.dataclass(frozen=True, eq=False)
class Picked:
    """Triplets (N, 3) of target, previous, next, and counts of those left out."""

    triplets: np.ndarray
    left_out: Counter[str]
    measured: str = ''  # motion of the still triplets, in words


def pick(frames: RecordedFrames, config: DataConfig) -> Picked:
    """Choose the triplets of consecutive images.

    Raises:
        SamplesError: Spacing by distance without odometry.
    """
    triplets = _spaced(frames, config)
    whole = without_gaps(triplets, frames.stamps_ns, config.max_gap_s, config.max_span_s)
    if frames.stretch is not None:
        stretch = frames.stretch[triplets]
        whole &= (stretch == stretch[:, :1]).all(1)
    left_out = Counter({GAP: int((~whole).sum())})
    triplets = triplets[whole]
    measured = ''
    if config.skip_stationary and len(triplets):
        still, text = _still(frames, triplets, config)
        left_out[STILL] = int(still.sum())
        measured = text if still.any() else ''
        triplets = triplets[~still]
    return Picked(triplets, +left_out, measured)


def _spaced(frames: RecordedFrames, config: DataConfig) -> np.ndarray:
    if config.spacing != DISTANCE:
        return by_interval(len(frames), config.frame_interval)
    if frames.T_world_camera is not None:
        return by_distance(_path_length(frames.T_world_camera), _spacings_m(frames, config))
    if frames.travelled_m is not None and frames.stretch is not None:
        spacings_m = _spacings_m(frames, config)
        return _within_stretches(frames.travelled_m, frames.stretch, spacings_m)
    raise SamplesError(
        f'{frames.path}: spacing by distance needs odometry; set pose_topic or twist_topic'
    )


def _spacings_m(frames: RecordedFrames, config: DataConfig) -> np.ndarray:
    return spread_spacings(len(frames), config.spacing_m, config.spacing_max_m)


def _within_stretches(
    travelled_m: np.ndarray, stretch: np.ndarray, spacings_m: np.ndarray
) -> np.ndarray:
    selected = [np.zeros((0, 3), int)]
    for number in np.unique(stretch):
        rows = np.flatnonzero(stretch == number)
        selected.append(rows[by_distance(travelled_m[rows], spacings_m[rows])])
    return np.concatenate(selected)


def _still(
    frames: RecordedFrames, triplets: np.ndarray, config: DataConfig
) -> tuple[np.ndarray, str]:
    """Whether the camera stands still on either side of each target, and the measured motion."""
    target, *sources = triplets.T
    if frames.T_world_camera is not None:
        places = frames.T_world_camera[:, :3, 3]
        moved = [np.linalg.norm(places[source] - places[target], axis=1) for source in sources]
    elif frames.travelled_m is not None:
        moved = [
            np.abs(frames.travelled_m[source] - frames.travelled_m[target]) for source in sources
        ]
    else:
        return _still_to_see(frames, triplets)
    nearest = np.min(moved, axis=0)
    text = (
        f'the camera moved {np.median(nearest):.3g} m between the images of a triplet (median), '
        f'{nearest.max():.3g} m at most; min_travel_m is {config.min_travel_m:g}'
    )
    return nearest < config.min_travel_m, text


def _still_to_see(frames: RecordedFrames, triplets: np.ndarray) -> tuple[np.ndarray, str]:
    blocks = frames.store.blocks()
    target, *sources = frames.rows[triplets].T
    side = block_side(frames.camera.height, frames.camera.width)
    shift = np.min([measure_shift(blocks, side, target, source) for source in sources], axis=0)
    text = (
        f'images of a triplet are shifted by {np.median(shift):.2g} pixels (median) beyond noise, '
        f'{shift.max():.2g} at most; {STILL_PX:g} are needed'
    )
    return shift < STILL_PX, text


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


def _path_length(T_world_camera: np.ndarray) -> np.ndarray:
    """Return the distance (N,) travelled by the camera up to each image, m."""
    steps = np.linalg.norm(np.diff(T_world_camera[:, :3, 3], axis=0), axis=1)
    return np.concatenate([[0.0], np.cumsum(steps)])
