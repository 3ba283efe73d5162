# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Frames of a recorded run for the report: inputs and outputs."""

import dataclasses
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from thermal_depth_ros.bags.cameras import find_cameras
from thermal_depth_ros.bags.errors import BagError
from thermal_depth_ros.bags.recording import Recording
from thermal_depth_ros.base import contract
from thermal_depth_ros.evaluation.recorded_run import RecordedRun, match_topic
from thermal_depth_ros.messages.cloud_reader import cloud_to_xyz
from thermal_depth_ros.messages.decode import decode_camera_image
from thermal_depth_ros.messages.errors import MessageError
from thermal_depth_ros.messages.image import image_to_array

PICTURED = ('depth', 'confidence', 'semantic', 'overlay', 'colour')


@dataclasses.dataclass(frozen=True)
class Snapshot:
    """One frame: `source` (H, W) counts or (H, W, 3) RGB, and the maps made from it."""

    kind: str
    stamp_ns: int
    source: np.ndarray | None
    maps: dict[str, np.ndarray]
    cloud_xyz: np.ndarray | None


def choose_stamps(run: RecordedRun, kind: str, count: int) -> list[int]:
    """Choose stamps spread over the run for which every picture of that camera was published."""
    topics = [
        contract.OUTPUTS[kind][key].topic for key in PICTURED if key in contract.OUTPUTS[kind]
    ]
    series = [s for topic in topics if (s := run.find(topic)) is not None and s.count]
    if not series:
        return []
    common = set(series[0].stamps_ns.tolist()).intersection(
        *(s.stamps_ns.tolist() for s in series[1:])
    )
    ordered = sorted(common)
    if len(ordered) <= count:
        return ordered
    # The middles of equal parts: the very first frames have no predecessor to compare with.
    places = (np.arange(count) + 0.5) * len(ordered) / count
    return [ordered[int(place)] for place in places]


def read_snapshots(
    recording_path: Path | str, inputs_path: Path | str | None, kind: str, stamps: list[int]
) -> list[Snapshot]:
    """Read the maps with these stamps and, if the inputs are given, their source images.

    Raises:
        BagError: One of the recordings cannot be read.
    """
    maps_by_stamp: dict[int, dict[str, Any]] = {stamp: {} for stamp in stamps}
    outputs = contract.OUTPUTS[kind]
    keys = [key for key in (*PICTURED, 'points') if key in outputs]
    with Recording(recording_path) as recording:
        names = {
            topic: key
            for key in keys
            if (topic := match_topic(outputs[key].topic, recording.topics)) is not None
        }
        for record in recording.read(list(names)) if names else ():
            message: Any = record.message
            stamp, key = record.stamp_ns, names[record.topic]
            if stamp in maps_by_stamp:
                maps_by_stamp[stamp][key] = _content(key, message)
    sources = {}
    if inputs_path:
        with Recording(inputs_path) as inputs:
            topics = [c.image_topic for c in find_cameras(inputs) if c.kind == kind]
            sources = read_images(inputs, topics, kind, set(stamps))
    return [
        Snapshot(kind, stamp, sources.get(stamp), maps, maps.pop('points', None))
        for stamp, maps in maps_by_stamp.items()
    ]


def read_images(
    recording: Recording, topics: Sequence[str], kind: str, stamps: Collection[int]
) -> dict[int, np.ndarray]:
    """Read the images of a camera with these stamps; unreadable ones are skipped.

    Args:
        recording: Recording with the images.
        topics: Image topics; a later one fills the gaps of an earlier one.
        kind: Kind of camera.
        stamps: Stamps of the images, ns.
    """
    images: dict[int, np.ndarray] = {}
    for record in recording.read(topics) if topics else ():
        if len(images) == len(stamps):
            break
        try:
            stamp = record.stamp_ns
            if stamp in stamps and stamp not in images:
                message: Any = record.message
                images[stamp] = np.array(decode_camera_image(message, kind))
        except (BagError, MessageError):
            continue
    return images


def _content(key: str, message: Any) -> np.ndarray:
    if key == 'points':
        return np.array(cloud_to_xyz(message))
    return np.array(image_to_array(message))
