# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Selects the triplets of one part of a recording, without uninformative ones."""

import dataclasses
from collections import Counter

import numpy as np

from thermal_depth_ros.samples.camera_track import path_length
from thermal_depth_ros.samples.config import DISTANCE, DataConfig
from thermal_depth_ros.samples.errors import SamplesError
from thermal_depth_ros.samples.frame_facts import block_side
from thermal_depth_ros.samples.recorded_frames import RecordedFrames
from thermal_depth_ros.samples.stillness import STILL_PX, measure_shift
from thermal_depth_ros.samples.triplets import (
    by_distance,
    by_interval,
    spread_spacings,
    without_gaps,
)

GAP, STILL = 'triplets across a gap', 'triplets standing still'


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
        return by_distance(path_length(frames.T_world_camera), _spacings_m(frames, config))
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
    found = [np.zeros((0, 3), int)]
    for number in np.unique(stretch):
        rows = np.flatnonzero(stretch == number)
        found.append(rows[by_distance(travelled_m[rows], spacings_m[rows])])
    return np.concatenate(found)


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
