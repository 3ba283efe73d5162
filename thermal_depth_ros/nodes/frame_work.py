# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""One frame from message to published outputs. Runs in the worker thread of a camera node."""

import dataclasses
import threading
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from thermal_depth_ros.geometry.camera import PinholeCamera
from thermal_depth_ros.geometry.frames import FrameError
from thermal_depth_ros.geometry.rays import CameraModelError, pixel_rays
from thermal_depth_ros.inference.config import CameraConfig
from thermal_depth_ros.inference.frame import CameraFrame, InferenceError, calibration_problem
from thermal_depth_ros.inference.pipeline import CameraPipeline
from thermal_depth_ros.inference.results import CameraOutput
from thermal_depth_ros.messages.camera_info import camera_from_info
from thermal_depth_ros.messages.decode import decode_camera_image
from thermal_depth_ros.messages.errors import MessageError
from thermal_depth_ros.messages.outputs import output_messages
from thermal_depth_ros.messages.stamps import stamp_ns
from thermal_depth_ros.messages.types import MessageTypes
from thermal_depth_ros.nodes.health import UNEXPECTED, Health
from thermal_depth_ros.nodes.notices import Notices

ODOMETRY = frozenset({'odometry', 'tf'})


@dataclasses.dataclass(frozen=True)
class Surroundings:
    """What the work on a frame asks the node for."""

    wanted: Callable[[], frozenset[str]]
    info: Callable[[], Any]  # latest CameraInfo or None
    T_base_optical: Callable[[str], np.ndarray]  # of an optical frame; raises FrameError
    publish: Callable[[dict[str, Any]], None]
    now_ns: Callable[[], int]  # the node's clock


class FrameWork:
    """Decodes, runs the pipeline, builds messages and publishes; the pipeline is its own.

    Changes from other threads (new settings, time jumps) are noted and applied before the next
    frame, so that nobody ever waits for an inference.
    """

    def __init__(
        self,
        kind: str,
        image_topic: str,
        pipeline: CameraPipeline,
        config: CameraConfig,
        types: MessageTypes,
        around: Surroundings,
        health: Health,
        notices: Notices,
    ) -> None:
        self._kind, self._topic = kind, image_topic
        self._pipeline, self._config = pipeline, config
        self._types, self._around = types, around
        self._health, self._notices = health, notices
        self._calibration = _Calibration()
        self._lock = threading.Lock()  # held for moments only
        self._reset_asked = True  # the pipeline may remember an earlier activation
        self._new_config: CameraConfig | None = config

    def ask_reset(self) -> None:
        """Forget earlier frames before the next one."""
        with self._lock:
            self._reset_asked = True

    def ask_config(self, config: CameraConfig) -> None:
        """Use other settings from the next frame on."""
        with self._lock:
            self._new_config = config

    def handle(self, message: Any) -> None:
        """Work on one Image or CompressedImage."""
        started = time.perf_counter()
        self._apply_changes()
        wanted = self._around.wanted()
        if not wanted:
            self._health.totals.add('unwanted')
            return
        try:
            self._work(message, wanted, started)
        except MessageError as error:
            self._drop(f'bad {error.field}', str(error))
        except InferenceError as error:
            self._drop('image of no use', str(error))

    def failed(self, message: Any, error: Exception) -> None:
        """Report an error that nobody foresaw; the next frame gets its chance."""
        self._drop(UNEXPECTED, f'unexpected {type(error).__name__}: {error}')

    def _drop(self, kind: str, reason: str) -> None:
        self._health.drops.add(kind)
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

    def _calibrate(self, frame_id: str) -> tuple[Any, PinholeCamera | None]:
        info = self._around.info()
        if info is None:
            return None, None
        if info.header.frame_id != frame_id:
            self._notices.warn(
                'frame_id',
                f'{self._topic}: image frame_id {frame_id!r} is not that of its camera_info, '
                f'{info.header.frame_id!r}; the image is believed',
            )
        try:
            return info, self._calibration.camera(info)
        except (MessageError, CameraModelError) as error:
            self._notices.warn('camera_info', f'camera_info of {self._topic}: {error}')
            return info, None

    def _work(self, message: Any, wanted: frozenset[str], started: float) -> None:
        image = decode_camera_image(message, self._kind)
        info, camera = self._calibrate(message.header.frame_id)
        frame = CameraFrame(stamp_ns(message.header), message.header.frame_id, image, camera)
        self._health.calibration = calibration_problem(frame)
        T_base_optical, missing = self._place(frame.frame_id, wanted)
        output = self._pipeline.process(frame, wanted, T_base_optical)
        usable_info = info if camera is not None and _same_size(camera, frame) else None
        self._note(output, wanted, missing, usable_info is None)
        rays = self._calibration.rays(frame) if 'points' in wanted else None
        messages = output_messages(
            self._types,
            self._kind,
            frame,
            output,
            usable_info,
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
            return self._around.T_base_optical(frame_id), ''
        except FrameError as error:
            return None, str(error)

    def _note(
        self, output: CameraOutput, wanted: frozenset[str], missing: str, no_info: bool
    ) -> None:
        """Keep what diagnostics tell: withheld outputs and why, odometry, scale, times."""
        calibration = self._health.calibration
        withheld = dict(output.withheld)
        if missing and not calibration:
            withheld |= {key: missing for key in wanted & ODOMETRY if key in withheld}
        if no_info and calibration and 'camera_info' in wanted:
            withheld['camera_info'] = calibration
        for reason in sorted(set(withheld.values())):
            keys = ', '.join(key for key in withheld if withheld[key] == reason)
            self._notices.warn(f'withheld {keys}', f'{self._topic}: no {keys}: {reason}')
        self._health.withheld = withheld
        self._health.odometry = output.odometry
        self._health.scale = output.scale
        self._health.timings_ms = output.timings_ms


class _Calibration:
    """The camera of the latest camera_info and its rays, computed again only when they change."""

    def __init__(self) -> None:
        self._fields: tuple[Any, ...] = ()
        self._camera: PinholeCamera | None = None
        self._rays_of: PinholeCamera | None = None
        self._rays: np.ndarray | None = None

    def camera(self, info: Any) -> PinholeCamera:
        """Return the camera of a CameraInfo; raises MessageError."""
        fields = _fields(info)
        if self._camera is None or fields != self._fields:
            self._camera, self._fields = None, fields
            self._camera = camera_from_info(info)
        return self._camera

    def rays(self, frame: CameraFrame) -> np.ndarray | None:
        """Return the rays (2, H, W) of a frame's camera, or None where it cannot be used."""
        camera = frame.camera
        if camera is None or not camera.calibrated or not _same_size(camera, frame):
            return None
        if camera != self._rays_of:
            self._rays, self._rays_of = pixel_rays(camera), camera
        return self._rays


def _same_size(camera: PinholeCamera, frame: CameraFrame) -> bool:
    return (camera.height, camera.width) == frame.size


def _fields(info: Any) -> tuple[Any, ...]:
    roi = info.roi
    return (
        info.width,
        info.height,
        info.distortion_model,
        np.asarray(info.d, np.float64).tobytes(),
        np.asarray(info.k, np.float64).tobytes(),
        np.asarray(info.r, np.float64).tobytes(),
        np.asarray(info.p, np.float64).tobytes(),
        (info.binning_x, info.binning_y),
        (roi.x_offset, roi.y_offset, roi.width, roi.height, roi.do_rectify),
    )
