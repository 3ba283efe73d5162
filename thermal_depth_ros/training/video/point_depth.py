# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Points of a LiDAR as depth of samples, at the pixels of the samples."""

import dataclasses
from collections.abc import Iterable
from itertools import groupby
from pathlib import Path

import numpy as np

from thermal_depth_ros.bags.poses import read_pose_track
from thermal_depth_ros.bags.transforms import RecordedTransforms
from thermal_depth_ros.base.contract import POINT_CLOUD
from thermal_depth_ros.evaluation.truth.camera import MatchOptions
from thermal_depth_ros.evaluation.truth.clouds import Projector
from thermal_depth_ros.evaluation.truth.poses import PoseTruth
from thermal_depth_ros.evaluation.truth.sources import TruthSource, depth_source
from thermal_depth_ros.geometry.camera import PinholeCamera
from thermal_depth_ros.geometry.frames import FrameError, Frames
from thermal_depth_ros.samples.bag import Bag
from thermal_depth_ros.samples.config import DataConfig
from thermal_depth_ros.samples.frame_cache import Advance
from thermal_depth_ros.samples.preparing import Preparation, RecordedView
from thermal_depth_ros.samples.recorded_frames import RecordedFrames
from thermal_depth_ros.samples.sample_set import SampleSet


@dataclasses.dataclass(frozen=True)
class PointDepth:
    """Points as depth of samples.

    Attributes:
        topic: Topic of the points.
        config: Configuration with which the samples are opened.
        advance: Called with a description, the number done and the total.
        pose_topic: Poses by which points are moved from the time of the sweep to that of the
            image; without any, or if the mounting of the camera there is unknown, they stay.
    """

    topic: str
    config: DataConfig
    advance: Advance
    pose_topic: str = ''

    def source(self, bag: Bag, frames: RecordedFrames) -> TruthSource:
        """Return the depth (H, W) of the samples of a recording by stamp; NaN without a point.

        Raises:
            BagError: A topic is missing, or has no usable poses.
            SamplesError: The camera of the samples is unknown.
        """
        recording = bag.recording()
        tree = RecordedTransforms(recording, self.config.tf_topics).of(frames.topic)
        frame = recording.frame_of(frames.topic)
        camera = _aligned(frames.camera, Preparation(bag, self.config, self.advance).view)
        poses = None
        if self.pose_topic:
            poses = PoseTruth.of(read_pose_track(recording, self.pose_topic))
            poses = poses if _joined(tree, frame, poses.frame) else None
        records = recording.read([self.topic])
        projector = Projector(camera, frame, tree, poses)
        tolerance_s = MatchOptions().cloud_tolerance_s
        return depth_source(self.topic, POINT_CLOUD, records, tolerance_s, projector)

    def maps_m(self, samples: SampleSet, indices: Iterable[int]) -> dict[int, np.ndarray]:
        """Return the depth (H, W) float32 of images that have points, 0 where there is none.

        Args:
            samples: Samples of any number of recordings.
            indices: Indices of images.

        Raises:
            BagError: A recording cannot be read, or lacks a topic.
            EvaluationError: The points cannot be projected.
        """
        found = {}
        placed = [(index, *samples.frame_place(index)) for index in sorted(indices)]
        for number, images in groupby(placed, key=lambda place: place[1]):
            frames = samples.parts[number].frames
            with Bag(Path(frames.path)) as bag:
                source = self.source(bag, frames)
                for index, _, row in images:
                    depth_m = source.at(int(frames.stamps_ns[row]))
                    if depth_m is not None:
                        found[index] = np.nan_to_num(depth_m, nan=0.0)
        return found


def _aligned(camera: PinholeCamera, view: RecordedView) -> PinholeCamera:
    """Return the camera that meets the pixels of resized images.

    The corners of images are aligned when they are resized, whereas the rows of K are scaled.
    """
    across, down = camera.width / view.width, camera.height / view.height
    return dataclasses.replace(
        camera, cx=camera.cx + 0.5 * (across - 1.0), cy=camera.cy + 0.5 * (down - 1.0)
    )


def _joined(tree: Frames, first: str, second: str) -> bool:
    try:
        tree.lookup(first, second)
    except FrameError:
        return False
    return True
