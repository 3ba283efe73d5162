# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Images that an RGB and a thermal camera took at the same time."""

import dataclasses
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np

from thermal_depth_ros.bags.cameras import find_cameras
from thermal_depth_ros.bags.recording import Recording
from thermal_depth_ros.base.contract import RGB, THERMAL
from thermal_depth_ros.evaluation.errors import EvaluationError
from thermal_depth_ros.evaluation.snapshots import read_images
from thermal_depth_ros.evaluation.truth.labels import image_stamps_ns


@dataclasses.dataclass(frozen=True, eq=False)
class ImagePair:
    """An RGB image (H, W, 3) uint8 and a thermal image (h, w) of counts, and their stamps."""

    recording: str
    rgb_ns: int
    thermal_ns: int
    rgb: np.ndarray
    thermal: np.ndarray


def read_image_pairs(
    path: Path,
    topics: Mapping[str, str],
    count: int,
    tolerance_s: float,
    note: Callable[[str], None],
) -> list[ImagePair]:
    """Read pairs of images that are spread evenly over a recording.

    Args:
        path: The recording.
        topics: Image topics by kind of camera; '' for the only one of the kind.
        count: Largest number of pairs.
        tolerance_s: Largest time between the images of a pair.
        note: Called with a message about damaged images.

    Raises:
        EvaluationError: There is no such pair of cameras, or of images.
        BagError: The recording cannot be read.
    """
    with Recording(path) as recording:
        chosen = {kind: _topic(recording, kind, topics[kind]) for kind in (RGB, THERMAL)}
        stamps = {
            kind: np.array(sorted(set(image_stamps_ns(recording, topic))), np.int64)
            for kind, topic in chosen.items()
        }
        places = matching_stamps(stamps[RGB], stamps[THERMAL], round(tolerance_s * 1e9))
        if not len(places):
            raise EvaluationError(
                f'{path}: no images of {chosen[RGB]} and {chosen[THERMAL]} within '
                f'{tolerance_s:g} s of each other; --tolerance widens it'
            )
        some = np.linspace(0, len(places) - 1, min(count, len(places))).round().astype(int)
        wanted = [(int(rgb), int(thermal)) for rgb, thermal in places[np.unique(some)]]
        images = {
            kind: read_images(recording, [topic], kind, {pair[side] for pair in wanted})
            for side, (kind, topic) in enumerate(chosen.items())
        }
    pairs = [
        ImagePair(str(path), rgb, thermal, images[RGB][rgb], images[THERMAL][thermal])
        for rgb, thermal in wanted
        if rgb in images[RGB] and thermal in images[THERMAL]
    ]
    if len(pairs) < len(wanted):
        note(f'{path}: {len(wanted) - len(pairs)} of {len(wanted)} pairs cannot be decoded')
    return pairs


def matching_stamps(first_ns: np.ndarray, second_ns: np.ndarray, tolerance_ns: int) -> np.ndarray:
    """Return pairs (N, 2) of stamps, each the nearest of the other and within a tolerance.

    Args:
        first_ns: Increasing stamps (A,).
        second_ns: Increasing stamps (B,).
        tolerance_ns: Largest difference.
    """
    if not len(first_ns) or not len(second_ns):
        return np.empty((0, 2), np.int64)
    forth, back = _nearest(first_ns, second_ns), _nearest(second_ns, first_ns)
    mutual = back[forth] == np.arange(len(first_ns))
    near = np.abs(second_ns[forth] - first_ns) <= tolerance_ns
    pairs: np.ndarray = np.stack([first_ns, second_ns[forth]], axis=1)[mutual & near]
    return pairs


def _nearest(stamps: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Return the index of the nearest of other stamps for each stamp."""
    behind = np.searchsorted(others, stamps).clip(1, max(len(others) - 1, 1))
    before, after = behind - 1, behind.clip(max=len(others) - 1)
    earlier = np.abs(stamps - others[before]) <= np.abs(others[after] - stamps)
    return np.where(earlier, before, after)


def _topic(recording: Recording, kind: str, named: str) -> str:
    topics = [camera.image_topic for camera in find_cameras(recording) if camera.kind == kind]
    if named:
        recording.require([named])
        return named
    if len(topics) != 1:
        found = ', '.join(topics) or 'none'
        raise EvaluationError(
            f'{recording.paths[0]}: one {kind} camera is needed, there is {found}; --{kind} names '
            'its image topic'
        )
    return topics[0]
