# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Runs pipelines on whole recordings and writes their outputs, without dropping frames."""

import dataclasses
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any, Protocol

from thermal_depth_ros.bags.errors import BagError
from thermal_depth_ros.bags.recording import Record, Recording
from thermal_depth_ros.bags.storage import Buffer
from thermal_depth_ros.bags.transforms import RecordedTransforms
from thermal_depth_ros.base.contract import TF_MESSAGE, TF_STATIC_TOPIC
from thermal_depth_ros.inference.metric_scale import WheelScale
from thermal_depth_ros.messages.bag_types import bag_types
from thermal_depth_ros.messages.odometry import tf_message, transform_message
from thermal_depth_ros.offline.processing import CameraProcessor


@dataclasses.dataclass(frozen=True)
class WheelTopic:
    """Wheel odometry topic and the scale estimator that it feeds."""

    topic: str
    scale: WheelScale

    def take(self, record: Record) -> None:
        """Add one position; damaged messages are skipped."""
        try:
            message: Any = record.message
        except BagError:
            return
        position = message.pose.pose.position
        self.scale.add(record.stamp_ns, (position.x, position.y, position.z))


class MessageSink(Protocol):
    """Receiver of outputs, such as a RecordingWriter."""

    def write(
        self, topic: str, message_type: str, message: Any, time_ns: int, latched: bool = False
    ) -> None:
        """Write an output."""

    def copy(self, record: Record, data: Buffer | None = None) -> None:
        """Copy an input message."""


class OfflineRun:
    """One pass over a recording with all cameras in order of time."""

    def __init__(
        self,
        recording: Recording,
        processors: Sequence[CameraProcessor],
        writer: MessageSink,
        *,
        wheel: WheelTopic | None = None,
        copy_input: bool = False,
        frame_guard: Callable[[], AbstractContextManager[None]] = nullcontext,
    ) -> None:
        """Set up the run.

        Args:
            recording: Input.
            processors: One for each camera.
            writer: Output.
            wheel: Topic of the wheel odometry and the pipelines that use it.
            copy_input: Carry all messages of the input along.
            frame_guard: Entered for each frame, which an exception may cut short without harm to
                the output.
        """
        self._frame_guard = frame_guard
        self._recording, self._writer = recording, writer
        self._wheel, self._copy_input = wheel, copy_input
        self._images = {processor.stream.image_topic: processor for processor in processors}
        self._infos: dict[str, list[CameraProcessor]] = {}
        for processor in processors:
            if processor.stream.info_topic:
                self._infos.setdefault(processor.stream.info_topic, []).append(processor)
        self._static_topics: frozenset[str] = frozenset()  # written in front
        self.written = 0
        self.not_copied: dict[str, str] = {}  # topic -> why

    def run(
        self,
        transforms: RecordedTransforms | None,
        stopped: Callable[[], bool],
        advance: Callable[[str], None],
    ) -> bool:
        """Process the recording.

        Args:
            transforms: Transforms whose static part is written first; None for none.
            stopped: Asked before every message.
            advance: Called with its topic after every frame.

        Returns:
            Whether the end of the recording was reached.

        Raises:
            BagError: The output cannot be written.
        """
        if transforms is not None:
            self._write_static(transforms)
        for record in self._recording.read(self._topics()):
            if stopped():
                return False
            self._take(record)
            if record.topic in self._images:
                advance(record.topic)
        return True

    def _write_static(self, transforms: RecordedTransforms) -> None:
        """Write the static transforms, and those of /tf used as camera mountings."""
        self._static_topics = frozenset(transforms.static_topics)
        for record in transforms.static_records():
            self._copy(record)
        time_ns = self._recording.start_ns
        stamped = [
            transform_message(bag_types(), link.T_parent_child, time_ns, link.parent, link.child)
            for link in transforms.constants()
        ]
        if stamped:
            message = tf_message(bag_types(), stamped)
            self._writer.write(TF_STATIC_TOPIC, TF_MESSAGE, message, time_ns, latched=True)

    def _topics(self) -> list[str] | None:
        if self._copy_input:
            return None
        wheel = [self._wheel.topic] if self._wheel else []
        return [*self._images, *self._infos, *wheel]

    def _take(self, record: Record) -> None:
        if self._copy_input and record.topic not in self._static_topics:
            self._copy(record)
        for listener in self._infos.get(record.topic, ()):
            listener.take_info(record)
        if self._wheel and record.topic == self._wheel.topic:
            self._wheel.take(record)
        processor = self._images.get(record.topic)
        if processor is None:
            return
        with self._frame_guard():
            produced = processor.handle(record)
        for made in produced:
            self._writer.write(made.topic, made.type, made.message, made.time_ns, made.latched)
            self.written += 1

    def _copy(self, record: Record) -> None:
        """Copy an input message; damaged ones are skipped."""
        try:
            data = record.cdr()
        except BagError as error:
            self.not_copied.setdefault(record.topic, str(error))
            return
        self._writer.copy(record, data)
