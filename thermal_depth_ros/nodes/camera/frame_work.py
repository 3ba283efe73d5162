# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Processes one frame from message to published outputs, in the worker thread of a node."""

import dataclasses
import threading
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from thermal_depth_ros.base.unexpected import named
from thermal_depth_ros.frames.config import CameraConfig
from thermal_depth_ros.frames.frame import CameraFrame, CameraOutput, InferenceError
from thermal_depth_ros.geometry.crop import crop_of
from thermal_depth_ros.geometry.frames import FrameError
from thermal_depth_ros.geometry.mount import mount_problem
from thermal_depth_ros.inference.pipeline import CameraPipeline
from thermal_depth_ros.inference.withheld import ODOMETRY
from thermal_depth_ros.messages.errors import MessageError
from thermal_depth_ros.messages.frame_reader import FrameReader
from thermal_depth_ros.messages.outputs import output_messages
from thermal_depth_ros.messages.types import MessageTypes
from thermal_depth_ros.nodes.camera.health import UNEXPECTED, Health
from thermal_depth_ros.nodes.notices import Notices

CAMERA_INFO_MAY_LAG_S = 1.0  # after the first image, before it is reported missing


@dataclasses.dataclass(frozen=True)
class FrameContext:
    """Callbacks into the node."""

    wanted: Callable[[], frozenset[str]]
    info: Callable[[], Any]  # latest CameraInfo or None
    T_base_optical: Callable[[str], np.ndarray]  # of an optical frame; raises FrameError
    publish: Callable[[dict[str, Any]], None]
    now_ns: Callable[[], int]  # the node's clock


class FrameWork:
    """Decodes a frame, runs the pipeline, builds and publishes messages; owns the pipeline.

    Changes from other threads (new settings, time jumps) are applied before the next frame, so
    that no thread ever waits for an inference.
    """

    def __init__(
        self,
        kind: str,
        image_topic: str,
        pipeline: CameraPipeline,
        config: CameraConfig,
        types: MessageTypes,
        around: FrameContext,
        health: Health,
        notices: Notices,
    ) -> None:
        self._kind, self._topic = kind, image_topic
        self._pipeline, self._config = pipeline, config
        self._types, self._around = types, around
        self._health, self._notices = health, notices
        self._reader = FrameReader(kind, image_topic, crop_of(config))
        self._calibration = self._reader.calibration
        self._first_frame_s: float | None = None  # on time.monotonic
        self._lock = threading.Lock()  # held briefly
        self._reset_asked = True  # the pipeline may have state from an earlier activation
        self._new_config: CameraConfig | None = config

    def ask_reset(self) -> None:
        """Discard earlier frames before the next one."""
        with self._lock:
            self._reset_asked = True

    def ask_config(self, config: CameraConfig) -> None:
        """Use other settings from the next frame on."""
        with self._lock:
            self._new_config = config

    def handle(self, message: Any) -> None:
        """Process one Image or CompressedImage."""
        started = time.perf_counter()
        self._apply_changes()
        wanted = self._around.wanted()
        if not wanted:
            self._health.totals.add('unwanted')
            self._health.idle()
            return
        try:
            self._work(message, wanted, started)
        except MessageError as error:
            self._drop(f'bad {error.field}', str(error))
        except InferenceError as error:
            self._drop('unusable image', str(error))

    def failed(self, message: Any, error: Exception) -> None:
        """Report an unexpected error and continue with the next frame."""
        self._drop(UNEXPECTED, f'unexpected {named(error)}')
        self._notices.unexpected(f'processing a frame of {self._topic}', error)

    def _drop(self, kind: str, reason: str) -> None:
        self._health.dropped(kind, reason)
        self._notices.warn(kind, f'{self._topic}: frame dropped: {reason}')

    def _apply_changes(self) -> None:
        with self._lock:
            reset, self._reset_asked = self._reset_asked, False
            config, self._new_config = self._new_config, None
        if config is not None:
            self._config = config
            self._pipeline.update(config)
        if reset:
            self._pipeline.reset()

    def _frame(self, message: Any) -> tuple[CameraFrame, Any]:
        """Decode a message; return the frame and the camera_info that belongs to it, or None."""
        latest = self._around.info()
        frame, info = self._reader.read(message, latest, self._config.max_image_pixels)
        self._note_calibration(frame, latest)
        for kind, remark in self._reader.remarks.items():
            self._notices.warn_once(kind, f'{self._topic}: {remark}')
        return frame, info

    def _note_calibration(self, frame: CameraFrame, info: Any) -> None:
        if info is not None and info.header.frame_id != frame.frame_id:
            self._notices.warn(
                'frame_id',
                f'{self._topic}: image frame_id {frame.frame_id!r} is not that of its '
                f'camera_info, {info.header.frame_id!r}; using that of the image',
            )
        problem = self._calibration.problem_of(frame)
        self._health.calibration = problem
        self._first_frame_s = self._first_frame_s or time.monotonic()
        late = info is None and time.monotonic() - self._first_frame_s < CAMERA_INFO_MAY_LAG_S
        if problem and not late:
            self._notices.warn(
                'camera_info',
                f'camera_info of {self._topic}: {problem}. No cloud, no odometry; depth continues',
            )

    def _work(self, message: Any, wanted: frozenset[str], started: float) -> None:
        frame, info = self._frame(message)
        T_base_optical, missing = self._place(frame.frame_id, wanted)
        output = self._pipeline.process(frame, wanted, T_base_optical)
        self._note(output)
        self._note_withheld(output, wanted, missing, info)
        rays = self._calibration.rays(frame) if 'points' in wanted else None
        messages = output_messages(
            self._types,
            self._kind,
            frame,
            output,
            info,
            rays,
            self._pipeline.description.labels,
            wanted,
            self._config,
        )
        self._around.publish(messages)
        self._health.delivered(
            latency_ms=(self._around.now_ns() - frame.stamp_ns) * 1e-6,
            frame_ms=(time.perf_counter() - started) * 1e3,
            inference_ms=sum(output.timings_ms.values()),
        )

    def _place(self, frame_id: str, wanted: frozenset[str]) -> tuple[np.ndarray | None, str]:
        if not wanted & ODOMETRY:
            return None, ''
        try:
            T_base_optical = self._around.T_base_optical(frame_id)
        except FrameError as error:
            return None, str(error)
        base_frame = getattr(self._config, 'base_frame', '')
        problem = mount_problem(T_base_optical, base_frame, frame_id)
        self._health.mount = problem
        if problem:
            self._notices.warn_once(f'mount {frame_id}', f'{self._topic}: {problem}')
        return T_base_optical, ''

    def _note(self, output: CameraOutput) -> None:
        self._health.odometry = output.odometry
        if output.odometry is not None and output.odometry.state == 'lost':
            self._health.odometry_losses.add(output.odometry.loss_kind)
        self._health.scale = output.scale
        self._health.timings_ms = output.timings_ms

    def _note_withheld(
        self, output: CameraOutput, wanted: frozenset[str], missing: str, info: Any
    ) -> None:
        """Record which requested outputs are missing, with the most specific reason."""
        calibration, withheld = self._health.calibration, dict(output.withheld)
        if calibration:
            keys = withheld.keys() | ({'camera_info'} & wanted if info is None else set())
            withheld = dict.fromkeys(sorted(keys), calibration)
        elif missing:
            withheld |= {key: missing for key in wanted & ODOMETRY if key in withheld}
        for reason in set(withheld.values()) - {calibration}:
            names = ', '.join(key for key in withheld if withheld[key] == reason)
            self._notices.warn(f'withheld {names}', f'{self._topic}: no {names}: {reason}')
        self._health.withheld = withheld
