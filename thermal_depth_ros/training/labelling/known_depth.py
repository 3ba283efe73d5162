# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Depth that a recording knows, by images or by the points of a LiDAR, at the pixels of samples."""

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from thermal_depth_ros.base.contract import COMPRESSED_IMAGE, IMAGE, POINT_CLOUD
from thermal_depth_ros.evaluation.errors import EvaluationError
from thermal_depth_ros.samples.bag import Bag
from thermal_depth_ros.samples.config import DataConfig
from thermal_depth_ros.samples.errors import SamplesError
from thermal_depth_ros.samples.frame_cache import Advance
from thermal_depth_ros.samples.picking import thinned
from thermal_depth_ros.samples.preparing import Preparation
from thermal_depth_ros.samples.recorded_frames import RecordedFrames
from thermal_depth_ros.training.video.point_depth import PointDepth

_IMAGES, _PIXELS = 32, 2000  # most images of a recording, most pixels of an image


@dataclasses.dataclass(frozen=True, eq=False)
class KnownPixels:
    """Pixels of one image whose depth is known.

    Attributes:
        index: Index of the image.
        rows: (N,) row in the image as sampled.
        columns: (N,) column in it.
        depth_m: (N,) along the optical axis.
    """

    index: int
    rows: np.ndarray
    columns: np.ndarray
    depth_m: np.ndarray


@dataclasses.dataclass(frozen=True)
class KnownDepth:
    """Source of known depth.

    Attributes:
        topic: Topic of depth images, or of a LiDAR whose mounting is known.
        config: Configuration with which the images are opened.
        advance: Called with a description, the number done and the total.
    """

    topic: str
    config: DataConfig
    advance: Advance

    def pixels(self, frames: RecordedFrames) -> list[KnownPixels]:
        """Return the known depth of some images of a recording, spread evenly.

        Raises:
            BagError: The recording cannot be read, or lacks the topic.
            SamplesError: The topic holds no depth at the times of the images.
        """
        try:
            maps = list(_maps(frames, self.config, self.topic, self.advance))
        except EvaluationError as error:
            raise SamplesError(f'{frames.path}: {self.topic}: {error}') from error
        if not maps:
            raise SamplesError(f'{frames.path}: {self.topic}: no depth at the times of the images')
        return [_pixels(frames, index, depth_m) for index, depth_m in maps]


def _maps(
    frames: RecordedFrames, config: DataConfig, topic: str, advance: Advance
) -> Iterator[tuple[int, np.ndarray]]:
    """Yield indices of images and their depth (H, W) m at any size, 0 where it is unknown."""
    with Bag(Path(frames.path)) as bag:
        recording = bag.recording()
        recording.require([topic])
        kind = recording.topics[topic].type
        if kind not in (IMAGE, COMPRESSED_IMAGE, POINT_CLOUD):
            raise SamplesError(
                f'{frames.path}: scale_topic {topic} is a {kind}, neither depth images nor points'
            )
        if kind != POINT_CLOUD:
            named = dataclasses.replace(config, depth_topic=topic)
            store = Preparation(bag, named, advance).depth(frames)
            found = np.flatnonzero(store.found) if store is not None else np.zeros(0, int)
            for index in found[thinned(len(found), _IMAGES)].tolist():
                depth_m = None if store is None else store.row(index)
                assert depth_m is not None, 'it was found'
                yield index, depth_m
            return
        source = PointDepth(topic, config, advance).source(bag, frames)
        for index in thinned(len(frames), _IMAGES).tolist():
            depth_m = source.at(int(frames.stamps_ns[index]))
            if depth_m is not None:
                yield index, np.nan_to_num(depth_m, nan=0.0)


def _pixels(frames: RecordedFrames, index: int, depth_m: np.ndarray) -> KnownPixels:
    """Return where known depths lie in a sample: sparse ones would be lost by resizing."""
    rows, columns = np.nonzero(depth_m > 0)
    some = thinned(len(rows), _PIXELS)
    rows, columns = rows[some], columns[some]
    camera, (height, width) = frames.camera, depth_m.shape
    return KnownPixels(
        index,
        ((rows + 0.5) * camera.height / height).astype(int),
        ((columns + 0.5) * camera.width / width).astype(int),
        depth_m[rows, columns],
    )
