# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Prepares one recording: usable images with poses, before triplets are chosen."""

import dataclasses
from collections import Counter
from pathlib import Path

import numpy as np

from thermal_depth_ros.geometry.camera import PinholeCamera
from thermal_depth_ros.geometry.crop import crop_of
from thermal_depth_ros.geometry.mount import mount_problem
from thermal_depth_ros.messages.stamps import span_text
from thermal_depth_ros.messages.temperature_pixels import temperature_remark
from thermal_depth_ros.samples.bag import Bag
from thermal_depth_ros.samples.cache_space import CacheSpace
from thermal_depth_ros.samples.config import DataConfig, cache_root
from thermal_depth_ros.samples.decoding import Expected
from thermal_depth_ros.samples.errors import SamplesError
from thermal_depth_ros.samples.frame_cache import Advance, Source, cached_frames
from thermal_depth_ros.samples.frame_facts import usable_images
from thermal_depth_ros.samples.odometry_track import OdometryTrack, cached_odometry
from thermal_depth_ros.samples.recorded_frames import RecordedFrames
from thermal_depth_ros.samples.recorded_maps import RecordedMaps, cached_depth, cached_labels
from thermal_depth_ros.samples.resampling import Resampler
from thermal_depth_ros.samples.survey import (
    find_label_topic,
    find_mounting,
    find_topics,
    find_view,
)
from thermal_depth_ros.samples.topics import Topics

NO_POSE, NO_TWIST = 'images without a pose', 'images without a twist'
_INVENTED = 0.01  # fraction of pixels outside the camera image that is worth a note


@dataclasses.dataclass(frozen=True, eq=False)
class Prepared:
    """Usable images of one recording."""

    frames: RecordedFrames
    end: int  # index after the last image that may be used
    notes: list[str]  # extended when depth and labels are read
    left_out: Counter[str]
    apart: tuple[str, ...] = ()  # topics without a common time span with the images


@dataclasses.dataclass(frozen=True)
class RecordedView:
    """Images as they were recorded, after cropping.

    Attributes:
        height: Pixels.
        width: Pixels.
        undistorted: Whether the samples are undistorted, so that their pixels are elsewhere.
    """

    height: int
    width: int
    undistorted: bool


class Preparation:
    """Works on one open recording."""

    def __init__(
        self, bag: Bag, config: DataConfig, advance: Advance, camera: PinholeCamera | None = None
    ) -> None:
        """Find the topics and the camera.

        Args:
            bag: The recording.
            config: Which images, and how they are made.
            advance: Called with a description, the number done and the total.
            camera: Camera of the cropped images, in place of the recorded intrinsics.

        Raises:
            BagError: A given topic is missing.
            SamplesError: The topics are ambiguous, or there are no intrinsics.
        """
        self._config, self._advance = config, advance
        self._root = cache_root(config)
        self._bag = bag
        self._notes: list[str] = []
        self._space = CacheSpace(self._root, config.max_cache_gb, self._notes.append)
        self.topics: Topics = find_topics(self._root, bag, config)
        camera = camera or find_view(self._root, bag, self.topics, config)
        expected = Expected(
            self.topics.image,
            config.camera,
            camera.width,
            camera.height,
            config.bit_depth,
            crop_of(config),
        )
        resampler = Resampler(camera, config.height, config.width, config.undistort)
        self.source = Source(bag, expected, resampler)
        self._bent = bool(camera.distortion_model) and not config.undistort
        self._tracks: dict[str, OdometryTrack] = {}
        self._notes += self.topics.notes
        self._left_out: Counter[str] = Counter()
        self._apart: list[str] = []

    def run(self) -> Prepared:
        """Decode the images, select usable ones and find their poses.

        Raises:
            SamplesError: There is no usable image, or a given topic is unusable.
            BagError: The recording cannot be read.
        """
        store = cached_frames(self._space, self.source, self._advance)
        facts = store.facts()
        usable, unusable = usable_images(facts)
        inside = self._within_limits(facts['number'])
        self._left_out.update({**unusable, **store.about.left_out})
        self._notes += store.about.problems
        self._notes += [
            f'{self.topics.image}: {count} images {why}' for why, count in unusable.items()
        ]
        rows = np.flatnonzero(usable & inside)
        frames = RecordedFrames(
            path=str(self._bag.path),
            topic=self.topics.image,
            store=store,
            camera=self.source.resampler.camera,
            rows=rows,
            numbers=facts['number'][rows],
            stamps_ns=facts['stamp_ns'][rows],
        )
        self._note_images(store.about.deep, store.about.encoding)
        frames = self._with_poses(frames)
        frames = self._with_travel(frames)
        frames = self._with_truth(frames)
        end = int(facts['number'][inside].max()) + 1 if inside.any() else 0
        return Prepared(frames, end, self._notes, self._left_out, tuple(self._apart))

    @property
    def view(self) -> RecordedView:
        """The recorded images."""
        expected, resampler = self.source.expected, self.source.resampler
        return RecordedView(expected.height, expected.width, resampler.bends)

    def depth(self, frames: RecordedFrames) -> RecordedMaps | None:
        """Return the true depth of images, None if it is not recorded.

        Raises:
            SamplesError: The topic holds no depth, or the cache cannot be written.
        """
        if not self.topics.depth or not len(frames):
            return None
        store = cached_depth(
            self._space, self.source, self.topics.depth, frames.stamps_ns, self._advance
        )
        self._notes += store.problems
        missing = int((~store.found).sum())
        if missing:
            self._notes.append(
                f'{self.topics.depth}: no depth at the time of {missing} of {len(frames)} images'
            )
        return store if store.found.any() else None

    def labels(self, frames: RecordedFrames, asked: str) -> RecordedMaps | None:
        """Return the true classes of images, None if they are not recorded.

        Args:
            frames: Frames of this recording.
            asked: Topic; '' selects the only one, NONE disables it.

        Raises:
            BagError: A given topic is missing.
            SamplesError: The topic holds no images, or the cache cannot be written.
        """
        topic = find_label_topic(self._root, self._bag, self._config.camera, asked)
        if not topic or not len(frames):
            return None
        store = cached_labels(self._space, self.source, topic, frames.stamps_ns, self._advance)
        return store if store.found.any() else None

    def _within_limits(self, numbers: np.ndarray) -> np.ndarray:
        """Whether images (N,), given by their indices, lie within first_frame and last_frame."""
        inside = numbers >= self._config.first_frame
        return inside & (numbers < self._config.last_frame) if self._config.last_frame else inside

    def _note_images(self, deep: bool, encoding: str) -> None:
        if self._config.camera == 'thermal' and (remark := temperature_remark(encoding)):
            self._notes.append(f'{self.topics.image}: {remark}')
        if self._config.camera == 'thermal' and not deep:
            self._notes.append(
                f'{self.topics.image}: 8-bit images ({encoding}): the camera has already mapped '
                'temperature to grey, so that temperatures are lost and the grey level of an '
                'object changes between images'
            )
        if self._bent:
            self._notes.append(f'{self.topics.image}: the lens distortion is not removed')
        invented = self.source.resampler.invented
        if invented > _INVENTED:
            self._notes.append(
                f'{self.topics.image}: {invented:.1%} of the undistorted view lies outside the '
                'image and repeats its border'
            )

    def _track(self, topic: str) -> OdometryTrack:
        if topic not in self._tracks:
            track = cached_odometry(self._root, self._bag, topic, self._advance)
            self._notes += track.problems
            self._tracks[topic] = track
        return self._tracks[topic]

    def _mounted(self, topic: str, frames: RecordedFrames, named: bool) -> np.ndarray | None:
        """Return T_child_optical; None if a topic found automatically is unusable."""
        optical = frames.store.about.frame_id
        try:
            found = find_mounting(self._root, self._bag, topic, frames, self._config.tf_topics)
        except SamplesError as error:
            if named:
                raise
            self._notes.append(str(error))
            return None
        if problem := mount_problem(found.T_child_optical, found.child_frame, optical):
            note = f'{self.topics.image}: {problem}'
            self._notes += [note] if note not in self._notes else []
        return found.T_child_optical

    def _with_poses(self, frames: RecordedFrames) -> RecordedFrames:
        topic = self.topics.pose
        found = self._poses(topic, frames, bool(self._config.pose_topic))
        if found is None:
            return frames
        poses, known = found
        frames = dataclasses.replace(frames, T_world_camera=poses, pose_topic=topic)
        return self._only(frames, known, NO_POSE, topic)

    def _with_travel(self, frames: RecordedFrames) -> RecordedFrames:
        topic = self.topics.twist
        if not topic:
            return frames
        try:
            track = self._track(topic)
        except SamplesError as error:
            if self._config.twist_topic or self._config.pose_topic:
                raise
            self._notes.append(str(error))
            return frames
        if not track.tells_speed:
            if self._config.twist_topic:
                raise SamplesError(
                    f'{frames.path}: the twist of {topic} is zero while its pose moves'
                )
            return frames
        metres, stretch, known = track.distances(frames.stamps_ns)
        self._note_apart(frames, known, topic)
        frames = dataclasses.replace(frames, travelled_m=metres, stretch=stretch, twist_topic=topic)
        return self._only(frames, known, NO_TWIST, topic)

    def _with_truth(self, frames: RecordedFrames) -> RecordedFrames:
        named = bool(self._config.true_pose_topic)
        found = self._poses(self.topics.true_pose, frames, named)
        if found is None:
            return frames
        poses, known = found
        return dataclasses.replace(frames, T_world_camera_true=poses, true_known=known)

    def _poses(
        self, topic: str, frames: RecordedFrames, named: bool
    ) -> tuple[np.ndarray, np.ndarray] | None:
        """Return T_world_camera (N, 4, 4) and which are known (N,); None without a usable topic."""
        T_child_optical = self._mounted(topic, frames, named) if topic else None
        if T_child_optical is None:
            return None
        T_world_child, known = self._track(topic).poses(frames.stamps_ns)
        self._note_apart(frames, known, topic)
        return T_world_child @ T_child_optical, known

    def _note_apart(self, frames: RecordedFrames, known: np.ndarray, topic: str) -> None:
        """Report the time spans of images and a topic if they do not overlap."""
        if known.any() or not len(frames):
            return
        theirs = self._track(topic).stamps_ns
        text = (
            f'{topic} and the images of {frames.topic} have no time in common: it spans '
            f'{span_text(int(theirs[0]), int(theirs[-1]))}, they span '
            f'{span_text(int(frames.stamps_ns[0]), int(frames.stamps_ns[-1]))}; '
            'do they use different clocks?'
        )
        if text not in self._apart:
            self._apart.append(text)
            self._notes.append(text)

    def _only(
        self, frames: RecordedFrames, known: np.ndarray, reason: str, topic: str
    ) -> RecordedFrames:
        missing = int((~known).sum())
        if missing:
            self._left_out[reason] += missing
            self._notes.append(f'{topic}: no data for {missing} of {len(known)} images')
        return frames.select(known)


def recorded_labels(
    frames: RecordedFrames, config: DataConfig, topic: str, advance: Advance
) -> RecordedMaps | None:
    """Return the true classes of images of one recording, one row per image, or None.

    Args:
        frames: The images.
        config: Configuration with which they were opened.
        topic: Topic of the classes; '' selects the only one, NONE disables them.
        advance: Called with a description, the number done and the total.

    Raises:
        BagError: The recording cannot be read, or lacks the topic.
        SamplesError: The topic holds no images, or the cache cannot be written.
    """
    with Bag(Path(frames.path)) as bag:
        return Preparation(bag, config, advance).labels(frames, topic)


def recorded_view(frames: RecordedFrames, config: DataConfig, advance: Advance) -> RecordedView:
    """Return the size of the recorded images from which samples were made.

    Raises:
        BagError: The recording cannot be read.
    """
    with Bag(Path(frames.path)) as bag:
        return Preparation(bag, config, advance).view
