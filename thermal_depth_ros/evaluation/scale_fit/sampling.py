# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Runs a network on some frames of a recording and samples where the depth is known."""

import contextlib
from collections.abc import Callable
from typing import Any

import numpy as np

from thermal_depth_ros.bags.cameras import CameraStream
from thermal_depth_ros.bags.errors import BagError
from thermal_depth_ros.bags.recording import Record, Recording
from thermal_depth_ros.evaluation.scale_fit.estimate import FrameSamples
from thermal_depth_ros.evaluation.scale_fit.sources import DepthKnowledge
from thermal_depth_ros.evaluation.truth.poses import PoseTruth
from thermal_depth_ros.frames.config import CameraConfig
from thermal_depth_ros.geometry.crop import crop_of
from thermal_depth_ros.inference.frame_step import StepResult
from thermal_depth_ros.inference.metric_scale import WheelScale
from thermal_depth_ros.inference.pipeline import CameraPipeline
from thermal_depth_ros.messages.errors import MessageError
from thermal_depth_ros.messages.frame_reader import FrameReader
from thermal_depth_ros.offline.processing import CameraProcessor, Produced

PIXELS_PER_FRAME = 300
_AHEAD_NS = 500_000_000  # poses given before a frame, so that its motion lies between two

ToOutput = Callable[[np.ndarray], np.ndarray]


class SamplingProcessor(CameraProcessor):
    """Samples the depth of frames that are spread over a recording."""

    def __init__(
        self,
        stream: CameraStream,
        pipeline: CameraPipeline,
        config: CameraConfig,
        first_info: Record | None,
        knowledge: DepthKnowledge,
        to_output: ToOutput,
        stride: float,
    ) -> None:
        """Set up the sampling of one camera.

        Args:
            stream: The camera.
            pipeline: Pipeline that gives depth without limits.
            config: Settings of the camera.
            first_info: First CameraInfo of the camera.
            knowledge: What is known of the depth.
            to_output: Returns the output of the network (H, W) for the depth of the pipeline.
            stride: Frames from one that is processed to the next.
        """
        super().__init__(stream, pipeline, config, frozenset({'depth'}), _nowhere, first_info)
        self.samples: list[FrameSamples] = []
        self._knowledge, self._to_output, self._stride = knowledge, to_output, stride
        self._reader = FrameReader(config.kind, stream.image_topic, crop_of(config))
        self._most_pixels = config.max_image_pixels
        self._number, self._due = -1, 0.0
        self._latest: StepResult | None = None
        self._random = np.random.default_rng(0)

    def handle(self, record: Record) -> list[Produced]:
        """Process or watch a recorded image; nothing is produced."""
        self._number += 1
        with contextlib.suppress(BagError, MessageError):  # the processing counts it
            stamp_ns = record.stamp_ns
            if self._number < self._due or not self._knowledge.about(stamp_ns):
                self._watch(record)
                return []
        self._due = self._number + self._stride
        self._latest = None
        super().handle(record)
        if self._latest is not None:
            self._sample(self._latest)
        return []

    def _watch(self, record: Record) -> None:
        if self._knowledge.follows:
            message: Any = record.message
            frame, _ = self._reader.read(message, self._info, self._most_pixels, record.stamp_ns)
            self._knowledge.watch(frame)

    def _note_frame(self, result: StepResult) -> None:
        super()._note_frame(result)
        self._latest = result

    def _sample(self, result: StepResult) -> None:
        if result.output.depth is None:
            return
        output = self._to_output(result.output.depth.depth_m.astype(np.float64))
        known = self._knowledge.inverse_depth(result.frame, output)
        if known is None:
            return
        places = np.flatnonzero(np.isfinite(known) & np.isfinite(output))
        if len(places) > PIXELS_PER_FRAME:
            places = self._random.choice(places, PIXELS_PER_FRAME, replace=False)
        height, width = output.shape
        self.samples.append(
            FrameSamples(output.ravel()[places], known.ravel()[places], places, (height, width))
        )


def _nowhere(frame: str) -> np.ndarray:
    raise AssertionError(f'depth needs no mounting of {frame}')


class MotionFeed:
    """Gives the poses of a recording to a scale estimator, a little ahead of the frames."""

    def __init__(self, poses: PoseTruth, scale: WheelScale) -> None:
        self._poses, self._scale, self._next = poses.trajectory, scale, 0

    def advance(self, stamp_ns: int) -> None:
        """Add the poses until shortly after a stamp."""
        stamps, T = self._poses.stamps_ns, self._poses.T
        while self._next < len(stamps) and stamps[self._next] <= stamp_ns + _AHEAD_NS:
            self._scale.add(int(stamps[self._next]), T[self._next][:3, 3])
            self._next += 1


class MotionProcessor(CameraProcessor):
    """Runs the pose network on neighbouring frames while the scale estimator is fed."""

    def __init__(self, *arguments: Any, feed: MotionFeed, most: int) -> None:
        """Take the arguments of a CameraProcessor, the feed, and the most frames."""
        super().__init__(*arguments)
        self._feed, self._left = feed, most

    def handle(self, record: Record) -> list[Produced]:
        """Process a recorded image; nothing is produced."""
        if self._left <= 0:
            return []
        self._left -= 1
        with contextlib.suppress(BagError):  # the processing counts it
            self._feed.advance(record.stamp_ns)
        super().handle(record)
        return []


class NoSink:
    """Takes no outputs, in place of a RecordingWriter."""

    def write(self, *arguments: Any, **named: Any) -> None:
        """Ignore an output."""

    def copy(self, *arguments: Any, **named: Any) -> None:
        """Ignore an input message."""


def first_info(recording: Recording, stream: CameraStream) -> Record | None:
    """Return the first camera_info of a camera, or None."""
    return recording.first(stream.info_topic) if stream.info_topic else None
