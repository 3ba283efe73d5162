# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Runs every frame of a recorded camera through its pipeline: offline processing."""

import dataclasses
import time
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from thermal_depth_ros.bags.cameras import CameraStream
from thermal_depth_ros.bags.errors import BagError, UnsupportedTypeError
from thermal_depth_ros.bags.recording import Record
from thermal_depth_ros.base import contract
from thermal_depth_ros.base.unexpected import named, report
from thermal_depth_ros.frames.config import CameraConfig
from thermal_depth_ros.frames.frame import CameraFrame, InferenceError, OdometryResult
from thermal_depth_ros.geometry.crop import crop_of
from thermal_depth_ros.geometry.frames import FrameError
from thermal_depth_ros.geometry.mount import mount_problem
from thermal_depth_ros.inference.pipeline import CameraPipeline
from thermal_depth_ros.inference.withheld import ODOMETRY
from thermal_depth_ros.messages.bag_types import bag_types
from thermal_depth_ros.messages.errors import MessageError
from thermal_depth_ros.messages.frame_reader import FrameReader
from thermal_depth_ros.messages.outputs import output_messages

MOUNT = 'mount'  # key of Tally.warnings, in addition to kinds of remarks of a FrameReader


@dataclasses.dataclass
class Tally:
    """Frame counts of one camera."""

    frames_in: int = 0
    frames_out: int = 0
    dropped: Counter[str] = dataclasses.field(default_factory=Counter)
    withheld: Counter[str] = dataclasses.field(default_factory=Counter)  # frames without an output
    odometry_lost: Counter[str] = dataclasses.field(default_factory=Counter)  # by kind of loss
    notes: dict[str, str] = dataclasses.field(default_factory=dict)  # first problem of each kind
    warnings: dict[str, str] = dataclasses.field(default_factory=dict)  # of the setup, by kind
    milliseconds: float = 0.0

    def figures(self) -> dict[str, Any]:
        """Return all counts as plain values for JSON."""
        return {
            'frames_in': self.frames_in,
            'frames_out': self.frames_out,
            'dropped': dict(self.dropped),
            'without': dict(self.withheld),
            'odometry_lost': dict(self.odometry_lost),
            'ms_per_frame': round(self.ms_per_frame, 3),
        }

    @property
    def ms_per_frame(self) -> float:
        """Mean time from recorded message to output messages."""
        return self.milliseconds / self.frames_out if self.frames_out else 0.0


@dataclasses.dataclass(frozen=True)
class Produced:
    """One message to write."""

    topic: str
    type: str
    message: Any
    time_ns: int
    latched: bool


class CameraProcessor:
    """Decodes, runs the pipeline and builds messages for one camera."""

    def __init__(
        self,
        stream: CameraStream,
        pipeline: CameraPipeline,
        config: CameraConfig,
        wanted: frozenset[str],
        place: Callable[[str], np.ndarray],
        first_info: Record | None = None,
    ) -> None:
        """Set up the processing of one camera.

        Args:
            stream: The camera.
            pipeline: Pipeline for this kind of camera; its state belongs to this camera only.
            config: Settings of the camera.
            wanted: Keys of contract.OUTPUTS of its kind.
            place: T_base_optical of an optical frame; raises FrameError.
            first_info: First CameraInfo of the camera, valid until the next one.
        """
        self.stream = stream
        self.tally = Tally()
        self._pipeline, self._config = pipeline, config
        self._wanted, self._place = wanted, place
        self._reader = FrameReader(stream.kind, stream.image_topic, crop_of(config))
        self._calibration = self._reader.calibration
        self._info: Any = None
        self._labelled = False
        if first_info is not None:
            self.take_info(first_info)

    def take_info(self, record: Record) -> None:
        """Use a recorded CameraInfo for the following frames."""
        try:
            self._info = record.message
        except BagError as error:
            self._info = None
            self._note('camera_info', f'{self.stream.info_topic}: {error}')

    def handle(self, record: Record) -> list[Produced]:
        """Return the outputs of one recorded image; unusable ones are counted and give none."""
        started = time.perf_counter()
        self.tally.frames_in += 1
        try:
            produced = self._work(record)
        except (MessageError, InferenceError) as error:
            self._drop(getattr(error, 'reason', str(error)), str(error))
            return []
        except UnsupportedTypeError as error:
            self._drop('message of a type that is not supported', str(error))
            return []
        except BagError as error:
            self._drop(contract.UNDECODABLE, str(error))
            return []
        except Exception as error:  # boundary of every frame: count, report and continue
            self._drop(f'unexpected {type(error).__name__}', named(error))
            report(f'processing a frame of {self.stream.image_topic}', error)
            return []
        self.tally.frames_out += 1
        self.tally.milliseconds += (time.perf_counter() - started) * 1e3
        return produced

    def _work(self, record: Record) -> list[Produced]:
        frame, info = self._frame(record)
        wanted = self._wanted - {'label_info'} if self._labelled else self._wanted
        T_base_optical, missing = self._T_base_optical(frame.frame_id, wanted)
        output = self._pipeline.process(frame, wanted, T_base_optical)
        self._count_withheld(output.withheld, missing)
        self._count_loss(output.odometry)
        if info is None and 'camera_info' in wanted:
            self.tally.withheld[f'camera_info: {self._calibration.problem_of(frame)}'] += 1
        messages = output_messages(
            bag_types(),
            self.stream.kind,
            frame,
            output,
            info,
            self._calibration.rays(frame) if 'points' in wanted else None,
            self._pipeline.description.labels,
            wanted,
            self._config,
        )
        self._labelled |= 'label_info' in messages
        return [self._produced(key, messages[key], frame.stamp_ns) for key in messages]

    def _frame(self, record: Record) -> tuple[CameraFrame, Any]:
        """Decode a message; return the frame and the camera_info that belongs to it, or None."""
        frame, info = self._reader.read(
            record.message, self._info, self._config.max_image_pixels, record.stamp_ns
        )
        if self._calibration.problem:
            self._note('camera_info', f'{self.stream.info_topic}: {self._calibration.problem}')
        self.tally.warnings = {**self._reader.remarks, **self.tally.warnings}
        return frame, info

    def _produced(self, key: str, message: Any, time_ns: int) -> Produced:
        output = contract.OUTPUTS[self.stream.kind][key]
        topic = output_topic(self.stream, key)
        return Produced(topic, output.type, message, time_ns, output.latched)

    def _T_base_optical(
        self, frame_id: str, wanted: frozenset[str]
    ) -> tuple[np.ndarray | None, str]:
        if not wanted & ODOMETRY:
            return None, ''
        try:
            T_base_optical = self._place(frame_id)
        except FrameError as error:
            return None, str(error)
        base_frame = getattr(self._config, 'base_frame', '')
        if problem := mount_problem(T_base_optical, base_frame, frame_id):
            self.tally.warnings.setdefault(MOUNT, str(problem))
        return T_base_optical, ''

    def _count_withheld(self, withheld: Mapping[str, str], missing: str) -> None:
        for key in sorted(withheld):
            reason = missing if missing and key in ODOMETRY else withheld[key]
            self.tally.withheld[f'{key}: {reason}'] += 1

    def _count_loss(self, odometry: OdometryResult | None) -> None:
        if odometry is not None and odometry.state == 'lost':
            self.tally.odometry_lost[odometry.loss_kind] += 1
            if odometry.reason != odometry.loss_kind:
                text = f'{self.stream.image_topic}: odometry lost: {odometry.reason}'
                self._note(f'lost {odometry.loss_kind}', text)

    def _drop(self, reason: str, text: str) -> None:
        self.tally.dropped[reason] += 1
        self._note(reason, f'{self.stream.image_topic}: frame dropped: {text}')

    def _note(self, kind: str, text: str) -> None:
        self.tally.notes.setdefault(kind, text)


def output_topic(stream: CameraStream, key: str) -> str:
    """Return the topic of an output of a camera (key of contract.OUTPUTS)."""
    topic = contract.OUTPUTS[stream.kind][key].topic
    return topic if topic.startswith('/') else f'{stream.prefix}/{topic}'
