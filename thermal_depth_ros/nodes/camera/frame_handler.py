# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""From a message in the worker thread of a node to its published outputs."""

import dataclasses
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any, Generic, Protocol, TypeVar

import numpy as np
from rclpy.duration import Duration
from rclpy.lifecycle.publisher import LifecyclePublisher

from thermal_depth_ros.base import contract
from thermal_depth_ros.base.unexpected import named, report
from thermal_depth_ros.frames.config import CameraConfig
from thermal_depth_ros.frames.frame import InferenceError
from thermal_depth_ros.inference.frame_step import FrameStep, StepResult
from thermal_depth_ros.inference.pipeline import CameraPipeline
from thermal_depth_ros.messages.errors import MessageError
from thermal_depth_ros.messages.types import MessageTypes
from thermal_depth_ros.nodes import qos
from thermal_depth_ros.nodes.camera.cloud_budget import CloudBudget
from thermal_depth_ros.nodes.camera.health import REPLACED, UNEXPECTED, Health
from thermal_depth_ros.nodes.endpoints import Endpoints
from thermal_depth_ros.nodes.notices import Notices

_AT_ONCE = Duration(nanoseconds=0)


class Outputs:
    """One lifecycle publisher for each output of a camera kind."""

    def __init__(self, endpoints: Endpoints, kind: str, types: MessageTypes) -> None:
        self._publishers: dict[str, LifecyclePublisher] = {}
        self._latched = {key for key, o in contract.OUTPUTS[kind].items() if o.latched}
        for key, output in contract.OUTPUTS[kind].items():
            profile = (
                qos.transform_qos(static=False)
                if key == 'tf'
                else qos.output_qos(latched=output.latched)
            )
            self._publishers[key] = endpoints.publisher(
                types.message_class(output.type), output.topic, profile
            )

    def wanted(self, own: Mapping[str, int] = MappingProxyType({})) -> frozenset[str]:
        """Return the keys of the outputs with subscribers, except latched ones.

        Args:
            own: Number of subscriptions of this node to the output; they do not count.
        """
        return frozenset(
            key
            for key, publisher in self._publishers.items()
            if key not in self._latched and publisher.get_subscription_count() > own.get(key, 0)
        )

    def publish(self, messages: Mapping[str, Any]) -> None:
        """Publish one message per key of contract.OUTPUTS, in the order given."""
        for key, message in messages.items():
            self._publishers[key].publish(message)

    def unacknowledged(self, keys: Iterable[str]) -> list[str]:
        """Return the outputs of which a reliable subscriber still owes an acknowledgement.

        Takes 0.1 ms for an output, 3 ms where one is owed. No middleware has to support it.
        """
        try:
            return [key for key in keys if not self._publishers[key].wait_for_all_acked(_AT_ONCE)]
        except RuntimeError:  # RCLError is private
            return []

    def topics_of_one_source(self) -> list[str]:
        """Return the resolved topics that only this node should publish: all but TF."""
        return [made.topic_name for key, made in self._publishers.items() if key != 'tf']

    def describe(self) -> str:
        """Return the resolved topics, separated by commas."""
        return ', '.join(publisher.topic_name for publisher in self._publishers.values())


ItemT = TypeVar('ItemT')


class NewestItemWorker(Generic[ItemT]):
    """Passes the newest offered item to a function in its own thread.

    Offering never waits for the function: the lock guards only the slot. An item that is still
    waiting when a newer one comes is replaced by it.
    """

    def __init__(
        self,
        name: str,
        handle: Callable[[ItemT], None],
        failed: Callable[[ItemT, Exception], None],
    ) -> None:
        self._name = name
        self._handle = handle
        self._failed = failed
        self._slot: ItemT | None = None
        self._stopping = False
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Start the thread; the slot is empty."""
        self._slot = None
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
        self._thread.start()

    def offer(self, item: ItemT) -> bool:
        """Put an item into the slot. Return whether it replaced a waiting one."""
        with self._changed:
            replaced = self._slot is not None
            self._slot = item
            self._changed.notify()
        return replaced

    def stop(self, timeout_s: float | None = None) -> bool:
        """Drop the waiting item, let the function finish, and end the thread.

        Returns:
            False if the function was still running after the timeout.
        """
        with self._changed:
            self._stopping = True
            self._slot = None
            self._changed.notify()
        if self._thread is None:
            return True
        self._thread.join(timeout_s)
        finished = not self._thread.is_alive()
        if finished:
            self._thread = None
        return finished

    def _next(self) -> ItemT | None:
        with self._changed:
            self._changed.wait_for(lambda: self._slot is not None or self._stopping)
            item, self._slot = self._slot, None
            return item

    def _run(self) -> None:
        while (item := self._next()) is not None:
            try:
                self._handle(item)
            except Exception as error:  # boundary of a callback: report and continue
                self._report(item, error)

    def _report(self, item: ItemT, error: Exception) -> None:
        """Report an error; the thread survives an error of the report itself."""
        try:
            self._failed(item, error)
        except Exception as another:
            report(f'the report of an error in thread {self._name}', another)


ACKNOWLEDGED_PERIOD_S = 1.0  # between two looks at the acknowledgements
CAMERA_INFO_MAY_LAG_S = 1.0  # after the first image, before it is reported missing


class FrameHost(Protocol):
    """What the node provides for each frame."""

    def wanted(self) -> frozenset[str]:
        """Return the outputs (keys of contract.OUTPUTS) with subscribers."""

    def latest_info(self) -> Any:
        """Return the latest CameraInfo, or None."""

    def camera_extrinsics(self, frame_id: str) -> np.ndarray:
        """Return T_base_optical (4, 4) of an optical frame; raises FrameError."""

    def publish_outputs(self, messages: dict[str, Any]) -> None:
        """Publish the outputs of one frame."""

    def unacknowledged(self, keys: Iterable[str]) -> list[str]:
        """Return the outputs of which a subscriber still owes an acknowledgement."""

    def point_bandwidth_mb_s(self) -> float:
        """Return the parameter."""

    def now_ns(self) -> int:
        """Return the time of the node's clock."""


class FrameHandler:
    """Runs the frame step on the newest message, publishes its outputs and reports on it.

    Frames are processed in a thread of their own. Changes from other threads (new settings, time
    jumps) are applied before the next frame, so that no thread ever waits for an inference.
    """

    def __init__(
        self,
        image_topic: str,
        pipeline: CameraPipeline,
        config: CameraConfig,
        types: MessageTypes,
        host: FrameHost,
        health: Health,
        notices: Notices,
    ) -> None:
        """Set up the processing; `start` starts the thread.

        Args:
            image_topic: Resolved name.
            pipeline: Pipeline of the camera; reset and updated before the first frame.
            config: Settings of the camera.
            types: Constructors of messages.
            host: The node.
            health: Counters of the node.
            notices: Log of the node.
        """
        self._topic, self._host = image_topic, host
        self._health, self._notices = health, notices
        self._config, self._decimation = config, config.point_decimation
        self._budget = CloudBudget()
        self._acknowledged_s = 0.0  # the last look at them, on time.monotonic
        self._step = FrameStep(image_topic, pipeline, config, types, host.camera_extrinsics)
        self._first_frame_s: float | None = None  # on time.monotonic
        self._lock = threading.Lock()  # held briefly
        self._reset_asked = True  # the pipeline may have state from an earlier activation
        self._new_config: CameraConfig | None = config
        self._worker = NewestItemWorker(f'frames of {image_topic}', self.handle, self.failed)

    def start(self) -> None:
        """Start the thread."""
        self._worker.start()

    def stop(self, timeout_s: float) -> bool:
        """End the thread after the current frame; False if that took longer."""
        return self._worker.stop(timeout_s)

    def offer(self, message: Any) -> None:
        """Process an image message next, unless a newer one comes first."""
        if self._worker.offer(message):
            self._health.drops.add(REPLACED)

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
        wanted = self._host.wanted()
        if not wanted:
            self._health.totals.add('unwanted')
            self._health.idle()
            return
        info, limit_mb_s = self._host.latest_info(), self._host.point_bandwidth_mb_s()
        if limit_mb_s or self._health.thinning:
            self._thin_clouds(limit_mb_s)
        try:
            result = self._step.run(message, info, wanted)
        except MessageError as error:
            self._drop(f'bad {error.field}', str(error))
            return
        except InferenceError as error:
            self._drop('unusable image', str(error))
            return
        self._note(result, info)
        self._publish(result.messages)
        if limit_mb_s and 'points' in result.messages:
            self._note_cloud(result)
        self._health.delivered(
            latency_ms=(self._host.now_ns() - result.frame.stamp_ns) * 1e-6,
            frame_ms=(time.perf_counter() - started) * 1e3,
            inference_ms=sum(result.output.timings_ms.values()),
        )

    def failed(self, message: Any, error: Exception) -> None:
        """Report an unexpected error and continue with the next frame."""
        self._drop(UNEXPECTED, f'unexpected {named(error)}')
        self._notices.unexpected(f'processing a frame of {self._topic}', error)

    def _publish(self, messages: dict[str, Any]) -> None:
        now_s = time.monotonic()
        if now_s - self._acknowledged_s >= ACKNOWLEDGED_PERIOD_S:
            self._acknowledged_s = now_s
            self._health.load.checked(self._host.unacknowledged(messages))
        started = time.perf_counter()
        self._host.publish_outputs(messages)
        n_bytes = sum(
            len(message.data) for message in messages.values() if hasattr(message, 'data')
        )
        self._health.sent(time.perf_counter() - started, n_bytes)

    def _thin_clouds(self, limit_mb_s: float) -> None:
        """Keep the clouds within their data rate."""
        asked = self._config.point_decimation
        thinning = self._budget.thinning(asked, limit_mb_s * 1e6)
        self._health.thinning = str(thinning or '')
        if thinning is not None:
            self._notices.warn_once('cloud budget', f'point_decimation {thinning}')
        self._decimate(thinning.used if thinning else asked)

    def _decimate(self, decimation: int) -> None:
        if decimation != self._decimation:
            self._decimation = decimation
            self._step.update(dataclasses.replace(self._config, point_decimation=decimation))

    def _note_cloud(self, result: StepResult) -> None:
        depth, cloud = result.output.depth, result.messages['points']
        assert depth is not None, 'part of the plan of a cloud'
        height, width = depth.depth_m.shape
        self._budget.sent((height, width), len(cloud.data), self._decimation)

    def _drop(self, kind: str, reason: str) -> None:
        self._health.dropped(kind, reason)
        self._notices.warn(kind, f'{self._topic}: frame dropped: {reason}')

    def _apply_changes(self) -> None:
        with self._lock:
            reset, self._reset_asked = self._reset_asked, False
            config, self._new_config = self._new_config, None
        if config is not None:
            self._step.update(config)
            self._config, self._decimation = config, config.point_decimation
        if reset:
            self._step.reset()

    def _note(self, result: StepResult, info: Any) -> None:
        """Record the state of a frame for diagnostics, and log what is wrong with it."""
        for kind, remark in result.remarks.items():
            self._notices.warn_once(kind, f'{self._topic}: {remark}')
        if result.mount:
            key = f'mount {result.frame.frame_id}'
            self._notices.warn_once(key, f'{self._topic}: {result.mount}')
        self._note_calibration(result, info)
        self._note_withheld(result)
        self._health.processed(result.output, result.mount)

    def _note_calibration(self, result: StepResult, info: Any) -> None:
        frame = result.frame
        if info is not None and info.header.frame_id != frame.frame_id:
            self._notices.warn(
                'frame_id',
                f'{self._topic}: image frame_id {frame.frame_id!r} is not that of its '
                f'camera_info, {info.header.frame_id!r}; using that of the image',
            )
        problem = result.output.plan.calibration_problem
        self._first_frame_s = self._first_frame_s or time.monotonic()
        late = info is None and time.monotonic() - self._first_frame_s < CAMERA_INFO_MAY_LAG_S
        if problem and not late:
            self._notices.warn(
                'camera_info',
                f'camera_info of {self._topic}: {problem}. No cloud, no odometry; depth continues',
            )

    def _note_withheld(self, result: StepResult) -> None:
        """Log what is withheld for another reason than the calibration, which has its own line."""
        plan = result.output.plan
        for reason in dict.fromkeys(plan.withheld.values()):
            if reason != plan.calibration_problem:
                names = ', '.join(key for key, why in plan.withheld.items() if why == reason)
                self._notices.warn(f'withheld {names}', f'{self._topic}: no {names}: {reason}')
