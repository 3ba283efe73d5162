# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Recorded true classes, for validation or labelling."""

import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from thermal_depth_ros.base.contract import COMPRESSED_IMAGE, IMAGE, UNLABELLED
from thermal_depth_ros.messages.label_reader import labels_from_message
from thermal_depth_ros.samples.cache import cached
from thermal_depth_ros.samples.config import NONE, DataConfig
from thermal_depth_ros.samples.errors import SamplesError
from thermal_depth_ros.samples.frame_cache import Advance, Source
from thermal_depth_ros.samples.stamped_maps import StampedMaps, cached_maps
from thermal_depth_ros.samples.topics import is_truth, only_topic

_KIND = 'labels'
_FILE = 'topic.json'
_MAX_ID = 65535
_WORDS = ('label', 'semantic', 'segmentation', 'mask')


class LabelStore(StampedMaps):
    """Recorded class ids, one row per image."""

    def __init__(self, folder: Path, topic: str) -> None:
        super().__init__(folder, _KIND)
        self.topic = topic

    def labels(self, row: int) -> np.ndarray | None:
        """Return class ids (H, W) uint16, undistorted at their own size, or None."""
        return self.row(row)


def cached_labels(
    root: Path, source: Source, topic: str, stamps_ns: np.ndarray, advance: Advance
) -> LabelStore:
    """Return the classes of images, reading them if not in the cache; see `cached_maps`."""

    def read(message: Any) -> np.ndarray:
        ids = source.cropped(labels_from_message(message))
        # Resampling gives 0 outside the image; storing id + 1 distinguishes it from class 0.
        moved = source.resampler.depth((ids.clip(0, _MAX_ID) + 1).astype(np.float32)) - 1
        return np.where(moved < 0, UNLABELLED, moved).astype(np.uint16)

    return LabelStore(cached_maps(root, _KIND, source, topic, stamps_ns, read, advance), topic)


def find_label_topic(root: Path, source: Source, config: DataConfig, wanted: str) -> str:
    """Return the topic of the true classes of a camera, or ''.

    Args:
        root: Folder of the cache.
        source: The camera.
        config: Configuration that names the kind of camera.
        wanted: Topic; '' selects the only one, NONE disables it.

    Raises:
        BagError: A given topic is missing.
        SamplesError: It is not an image topic.
    """
    if wanted == NONE:
        return ''
    asked = {'files': source.bag.files, 'camera': config.camera, 'wanted': wanted}

    def build(folder: Path) -> None:
        (folder / _FILE).write_text(json.dumps(_choose(source, config.camera, wanted)))

    return str(json.loads((cached(root, 'label_topic', asked, build) / _FILE).read_text()))


def resized_labels(labels: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Return class ids (H, W) resized by nearest neighbour."""
    if labels.shape == size:
        return labels
    return cv2.resize(labels, size[::-1], interpolation=cv2.INTER_NEAREST_EXACT)


def _choose(source: Source, camera: str, wanted: str) -> str:
    recording = source.bag.recording()
    if wanted:
        recording.require([wanted])
        found = recording.topics[wanted].type
        if found not in (IMAGE, COMPRESSED_IMAGE):
            raise SamplesError(
                f'{source.bag.path}: label_topic {wanted} is a {found}, not a {IMAGE} or '
                f'{COMPRESSED_IMAGE}'
            )
        return wanted
    candidates = [
        topic
        for topic, info in recording.topics.items()
        if info.type in (IMAGE, COMPRESSED_IMAGE)
        and info.count
        and is_truth(topic)
        and any(word in topic.lower() for word in _WORDS)
    ]
    return only_topic(candidates, camera, 'label_topic', [])
