# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Points of a LiDAR as the ground truth of validation images, where no true images are recorded."""

import dataclasses
from collections.abc import Mapping, Sequence, Set
from pathlib import Path

import numpy as np

from thermal_depth_ros.bags.cameras import CameraStream, named_cameras
from thermal_depth_ros.bags.recording import Recording
from thermal_depth_ros.bags.transforms import RecordedTransforms
from thermal_depth_ros.base.contract import POINT_CLOUD, RGB
from thermal_depth_ros.evaluation.errors import EvaluationError
from thermal_depth_ros.evaluation.open_comparison import default_options
from thermal_depth_ros.evaluation.truth.camera import CameraTruth, open_truth
from thermal_depth_ros.evaluation.truth.labels import LabelMap
from thermal_depth_ros.evaluation.truth.topics import (
    NONE,
    TruthNames,
    TruthTopics,
    find_truth,
    labelled_cloud,
    lidar_topic,
)
from thermal_depth_ros.geometry.frames import Frames
from thermal_depth_ros.samples.bag import Bag
from thermal_depth_ros.samples.config import RgbDataConfig
from thermal_depth_ros.samples.errors import SamplesError
from thermal_depth_ros.samples.frame_cache import Advance, Source
from thermal_depth_ros.samples.preparing import Preparation
from thermal_depth_ros.samples.recorded_frames import RecordedFrames

_UNKNOWN = 65535  # class id of a pixel without a point
_IDS = LabelMap((), np.arange(_UNKNOWN + 1, dtype=np.uint16))  # leaves them as they are


@dataclasses.dataclass(frozen=True, eq=False)
class SparseMap:
    """Values at some pixels of an image: pixels (N,) in an image of `shape`, values (N,)."""

    shape: tuple[int, int]
    pixels: np.ndarray
    values: np.ndarray

    def dense(self, unknown: float) -> np.ndarray:
        """Return the map (H, W); other pixels are `unknown`."""
        full = np.full(self.shape, unknown, self.values.dtype)
        full.reshape(-1)[self.pixels] = self.values
        return full


@dataclasses.dataclass(frozen=True, eq=False)
class CloudTruth:
    """Depth and classes of some images of a recording, by index of the image.

    They are kept in memory: a few thousand points of each image. `notes` say why there are none.
    """

    depth: dict[int, SparseMap]
    labels: dict[int, SparseMap]
    notes: tuple[str, ...] = ()

    def depth_m(self, index: int) -> np.ndarray | None:
        """Return the true depth (H, W) float32 of an image, 0 where unknown; None without."""
        found = self.depth.get(index)
        return None if found is None else found.dense(0.0)

    def class_ids(self, index: int) -> np.ndarray | None:
        """Return the true ids (H, W) uint16 of an image, 65535 where unknown; None without."""
        found = self.labels.get(index)
        return None if found is None else found.dense(_UNKNOWN)


def read_cloud_truth(
    frames: RecordedFrames,
    config: RgbDataConfig,
    protocol: str,
    indices: Sequence[int],
    wanted: Set[str],
    advance: Advance,
) -> CloudTruth:
    """Project the points of a recording into some of its images; empty if it has none.

    The points are those of the topics that the settings name, or of the only LiDAR whose mounting
    is known; they are moved to the time of the image by true poses. Points that were found
    automatically and cannot be projected are left out with a note.

    Args:
        frames: Images of the recording.
        config: Settings with which they were opened.
        protocol: Protocol of the validation, which says how points become pixels.
        indices: Indices of the images, increasing.
        wanted: Which of 'depth' and 'labels' are wanted.
        advance: Called with a description, the number done and the total.

    Raises:
        BagError: The recording cannot be read.
        SamplesError: Points that the settings name cannot be projected.
    """
    named = {what: topic for what, topic in _named(config).items() if what in wanted}
    with Bag(Path(frames.path)) as bag:
        recording = bag.recording()
        tree = RecordedTransforms(recording, config.tf_topics).of(frames.topic)
        (stream,) = named_cameras(recording, [(RGB, frames.topic)])
        clouds = _clouds(recording, stream, tree, named)
        if not clouds:
            return CloudTruth({}, {})
        topics = TruthTopics(
            clouds.get('depth', ''),
            clouds.get('labels', ''),
            _poses(recording, stream, tree, config),
        )
        try:
            match = default_options(RGB, protocol).match
            truth = open_truth(recording, stream, topics, None, _IDS, tree, match)
            source = Preparation(bag, config, advance).source
            return _read(truth, source, frames, indices, advance)
        except EvaluationError as error:
            text = f'{frames.path}: {", ".join(clouds.values())}: {error}'
            if any(named.values()):
                raise SamplesError(text) from error
            return CloudTruth({}, {}, (text,))


def _named(config: RgbDataConfig) -> dict[str, str]:
    return {'depth': config.depth_topic, 'labels': config.label_topic}


def _clouds(
    recording: Recording, stream: CameraStream, tree: Frames, named: Mapping[str, str]
) -> dict[str, str]:
    """Return the topics of points by what they tell: those named, or the only ones."""
    found = dict(named)
    if found.get('depth') == '':
        found['depth'] = lidar_topic(recording, stream, tree)
    if found.get('labels') == '':
        found['labels'] = labelled_cloud(recording)
    types = {topic: info.type for topic, info in recording.topics.items()}
    return {what: topic for what, topic in found.items() if types.get(topic) == POINT_CLOUD}


def _poses(recording: Recording, stream: CameraStream, tree: Frames, config: RgbDataConfig) -> str:
    """Return the topic of the true poses; '' where there is none, or several."""
    names = TruthNames(depth=NONE, labels=NONE, odometry=config.true_pose_topic)
    try:
        return find_truth(recording, stream, names, True, tree).odometry
    except EvaluationError:
        return ''


def _read(
    truth: CameraTruth,
    source: Source,
    frames: RecordedFrames,
    indices: Sequence[int],
    advance: Advance,
) -> CloudTruth:
    made = CloudTruth({}, {})
    for done, index in enumerate(indices, 1):
        stamp_ns = int(frames.stamps_ns[index])
        if truth.depth is not None and (depth_m := truth.depth.at(stamp_ns)) is not None:
            known = np.nan_to_num(source.cropped(depth_m), nan=0.0, posinf=0.0, neginf=0.0)
            made.depth[index] = _sparse(source.resampler.depth(known.astype(np.float32)))
        if truth.labels is not None and (ids := truth.labels.at(stamp_ns)) is not None:
            # Resampling gives 0 outside the image; ids + 1 distinguishes it from class 0.
            moved = (source.cropped(ids).astype(np.int64) + 1) % (_UNKNOWN + 1)
            found = _sparse(source.resampler.depth(moved.astype(np.float32)))
            classes = (found.values - 1).astype(np.uint16)
            made.labels[index] = dataclasses.replace(found, values=classes)
        advance(f'projecting points of {Path(frames.path).name}', done, len(indices))
    return made


def _sparse(values: np.ndarray) -> SparseMap:
    """Return the positive values of a map (H, W)."""
    pixels = np.flatnonzero(values > 0)
    height, width = values.shape
    return SparseMap((height, width), pixels.astype(np.uint32), values.reshape(-1)[pixels])
