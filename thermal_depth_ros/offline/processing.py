# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Runs every frame of a recorded camera through its pipeline: offline processing."""

import dataclasses
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np

from thermal_depth_ros.bags.cameras import CameraStream
from thermal_depth_ros.bags.errors import BagError, UnsupportedTypeError
from thermal_depth_ros.bags.recording import Record
from thermal_depth_ros.base import contract
from thermal_depth_ros.base.unexpected import named, report
from thermal_depth_ros.frames.config import CameraConfig
from thermal_depth_ros.frames.frame import InferenceError, OdometryResult
from thermal_depth_ros.inference.frame_step import FrameStep, StepResult
from thermal_depth_ros.inference.pipeline import CameraPipeline
from thermal_depth_ros.messages.bag_types import bag_types
from thermal_depth_ros.messages.errors import MessageError

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
        extrinsics: Callable[[str], np.ndarray],
        first_info: Record | None = None,
    ) -> None:
        """Set up the processing of one camera.

        Args:
            stream: The camera.
            pipeline: Pipeline for this kind of camera; its state belongs to this camera only.
            config: Settings of the camera.
            wanted: Keys of contract.OUTPUTS of its kind.
            extrinsics: Returns T_base_optical (4, 4) of an optical frame; raises FrameError.
            first_info: First CameraInfo of the camera, valid until the next one.
        """
        self.stream = stream
        self.tally = Tally()
        self._step = FrameStep(stream.image_topic, pipeline, config, bag_types(), extrinsics)
        self._wanted = wanted
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
            produced = self._process(record)
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

    def _process(self, record: Record) -> list[Produced]:
        wanted = self._wanted - {'label_info'} if self._labelled else self._wanted
        result = self._step.run(record.message, self._info, wanted, record.stamp_ns)
        self._note_frame(result)
        self._labelled |= 'label_info' in result.messages
        return [
            self._produced(key, message, result.frame.stamp_ns)
            for key, message in result.messages.items()
        ]

    def _note_frame(self, result: StepResult) -> None:
        """Count what is missing, and keep the first problem of each kind."""
        if result.frame.camera_problem:
            self._note('camera_info', f'{self.stream.info_topic}: {result.frame.camera_problem}')
        self.tally.warnings = {**result.remarks, **self.tally.warnings}
        if result.mount:
            self.tally.warnings.setdefault(MOUNT, str(result.mount))
        for key, reason in result.output.plan.withheld.items():
            self.tally.withheld[f'{key}: {reason}'] += 1
        self._count_loss(result.output.odometry)

    def _produced(self, key: str, message: Any, time_ns: int) -> Produced:
        output = contract.OUTPUTS[self.stream.kind][key]
        topic = output_topic(self.stream, key)
        return Produced(topic, output.type, message, time_ns, output.latched)

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
