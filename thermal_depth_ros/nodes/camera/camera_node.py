# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Lifecycle of a camera node: configure, activate, deactivate, clean up.

The resources of a state are on an ExitStack that is closed, in reverse order, when the state is
left: pipeline, publishers and diagnostics while configured; subscriptions and worker while active.
"""

from collections.abc import Callable, Iterable
from contextlib import ExitStack
from typing import Any, ClassVar

import numpy as np
from rclpy.callback_groups import MutuallyExclusiveCallbackGroup
from rclpy.clock import Clock, ClockType, JumpHandle, JumpThreshold, TimeJump
from rclpy.duration import Duration
from rclpy.lifecycle import LifecycleNode, LifecycleState, TransitionCallbackReturn

from thermal_depth_ros.base import contract
from thermal_depth_ros.base.wire_text import printable
from thermal_depth_ros.frames.config import CameraConfig
from thermal_depth_ros.geometry.frames import FrameError
from thermal_depth_ros.inference.metric_scale import WheelScale
from thermal_depth_ros.inference.pipeline import CameraPipeline, open_pipeline
from thermal_depth_ros.messages.ros_types import ros_types
from thermal_depth_ros.nodes import statuses
from thermal_depth_ros.nodes.camera.camera_inputs import CameraInputs
from thermal_depth_ros.nodes.camera.conflicts import ConflictLog, doubled_outputs, mixed_images
from thermal_depth_ros.nodes.camera.frame_handler import FrameHandler, Outputs
from thermal_depth_ros.nodes.camera.health import Health
from thermal_depth_ros.nodes.camera.life import (
    ACTIVE,
    FINALIZED,
    INACTIVE,
    UNCONFIGURED,
    AutoStart,
    Life,
)
from thermal_depth_ros.nodes.camera.topic_names import input_image_topic
from thermal_depth_ros.nodes.camera.wheel import WheelInput
from thermal_depth_ros.nodes.config import NodeConfig
from thermal_depth_ros.nodes.diagnostics import DiagnosticsReporter
from thermal_depth_ros.nodes.endpoints import EndpointError, Endpoints
from thermal_depth_ros.nodes.notices import Notices
from thermal_depth_ros.nodes.parameter_file import settings_of_all_nodes
from thermal_depth_ros.nodes.parameters import NodeParameters
from thermal_depth_ros.nodes.rclpy_workarounds import answer_wrong_transitions
from thermal_depth_ros.nodes.transitions import attempt

GRAPH_PERIOD_S = 0.5  # between two checks of the graph
LONGEST_FRAME_S = 20.0  # longest wait for the current frame when leaving the active state


class CameraNode(LifecycleNode):
    """Runs the pipeline of one camera on the newest frame and publishes what has subscribers.

    Parameters:
        The settings of `config_class` (frames/config.py) and `node_config_class` (nodes/config.py),
        with their descriptions and ranges; `qos_overrides.*` for every topic.
    Subscribes:
        KIND/image_raw (Image), or KIND/image_raw/compressed (CompressedImage).
        KIND/camera_info (CameraInfo).
        wheel/odometry (Odometry), if scale_source is wheel.
    Publishes:
        The topics of contract.OUTPUTS[kind], such as KIND/depth/image and KIND/points.
        /diagnostics (DiagnosticArray), in every state.
    """

    kind: ClassVar[str]
    config_class: ClassVar[type[CameraConfig]]
    node_config_class: ClassVar[type[NodeConfig]] = NodeConfig

    def __init__(
        self, name: str, leave: Callable[[], None] = lambda: None, **node_arguments: Any
    ) -> None:
        """Declare the parameters; with `autostart` the executor configures and activates.

        Args:
            name: Node name.
            leave: Ends the process if `on_configure_failure` is exit.
            node_arguments: Passed on to rclpy's LifecycleNode.
        """
        super().__init__(name, **node_arguments)
        answer_wrong_transitions(self)
        self.types = ros_types()
        classes = (self.config_class, self.node_config_class)
        self.parameters = NodeParameters(self, classes, self._retune)
        self.notices = Notices(
            self.get_logger(), lambda: float(self.get_parameter('warn_period_s').value)
        )
        self.health = Health()
        self.config: CameraConfig = self.config_class()  # the defaults, until it is configured
        self.wheel: WheelScale | None = None
        self.pipeline: CameraPipeline  # while configured
        self.outputs: Outputs  # while configured
        self._steady = Clock(clock_type=ClockType.STEADY_TIME)
        self._while_configured = ExitStack()
        self._while_active = ExitStack()
        self._frames: FrameHandler | None = None
        self._inputs: CameraInputs | None = None
        self._wheel_input: WheelInput | None = None
        self._conflicts = ConflictLog(self.notices)
        self.life = Life()
        self._while_alive = ExitStack()
        self._wrong_diagnostics: EndpointError | None = None
        self._report_while_alive()
        self._auto_start: AutoStart | None = None
        if self.get_parameter('autostart').value:
            self._auto_start = AutoStart(self, self.life, self._steady, leave)

    @property
    def exit_code(self) -> int:
        """Exit code of the process if the node ended it."""
        return int(self._auto_start is not None and self._auto_start.gave_up)

    # For the frame handler.

    def latest_info(self) -> Any:
        """Return the latest CameraInfo, or None."""
        return None if self._inputs is None else self._inputs.info

    def now_ns(self) -> int:
        """Return the time of the clock of this node."""
        return int(self.get_clock().now().nanoseconds)

    def point_bandwidth_mb_s(self) -> float:
        """Return the parameter."""
        return float(self.get_parameter('point_bandwidth_mb_s').value)

    # Hooks for the camera kinds.

    def wanted(self) -> frozenset[str]:
        """Return the outputs (keys of contract.OUTPUTS) with subscribers."""
        return self.outputs.wanted()

    def camera_extrinsics(self, frame_id: str) -> np.ndarray:
        """Return T_base_optical (4, 4) of an optical frame; raises FrameError."""
        raise FrameError(f'{self.kind} camera: no mounting known for {frame_id!r}')

    def enter_active(self, held: ExitStack, endpoints: Endpoints) -> None:
        """Acquire the resources of the camera kind while active."""

    def publish_outputs(self, messages: dict[str, Any]) -> None:
        """Publish the outputs of one frame, from the worker thread."""
        self.outputs.publish(messages)

    def unacknowledged(self, keys: Iterable[str]) -> list[str]:
        """Return the outputs of which a subscriber still owes an acknowledgement."""
        return self.outputs.unacknowledged(keys)

    def look_at_graph(self) -> dict[str, str]:
        """Subscribe to new publishers of the inputs; return conflicts with other nodes."""
        if self._inputs is None:
            return {}
        self._inputs.infos.follow_publishers()
        doubled = doubled_outputs(self, self.outputs.topics_of_one_source())
        return doubled | mixed_images(self, self._inputs.images.topic)

    def publish_latched(self) -> None:
        """Publish latched outputs, on activation and after new settings."""

    def time_jumped(self, what: str) -> None:
        """Reset all state from earlier frames."""
        self.health.totals.add('time jumps')
        self.health.latency_ms.clear()
        self.notices.warn('time jump', f'{what}; tracking restarts')
        if self._frames is not None:
            self._frames.ask_reset()

    def more_statuses(self) -> list[statuses.NodeStatus]:
        """Return the diagnostics of the camera kind."""
        return []

    # Transitions.

    def on_configure(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Read parameters, load the model, create publishers and diagnostics."""
        return self._attempt('configure', self._configure, super().on_configure, state, INACTIVE)

    def on_activate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Start subscriptions and processing."""
        result = self._attempt('activate', self._activate, super().on_activate, state, ACTIVE)
        if result is TransitionCallbackReturn.SUCCESS:
            self.publish_latched()
        return result

    def on_deactivate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Stop subscriptions and processing; the model stays loaded."""
        parent = super().on_deactivate
        return self._attempt('deactivate', self._deactivate, parent, state, INACTIVE)

    def on_cleanup(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Release everything."""
        return self._attempt('clean up', self._cleanup, super().on_cleanup, state, UNCONFIGURED)

    def on_shutdown(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Release everything, from any state."""
        return self._attempt('shut down', self._release, super().on_shutdown, state, FINALIZED)

    def on_error(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Release everything, so that the node can be configured again."""
        self.life.state = UNCONFIGURED  # the reason of the failure is kept
        return attempt(self, 'recover', self._release, super().on_error, state, self.life.failed)

    def destroy_node(self) -> None:
        """Release everything and leave the graph."""
        self._release()
        self._while_alive.close()
        super().destroy_node()

    def _attempt(
        self, name: str, action: Callable[[], None], parent: Any, state: LifecycleState, after: str
    ) -> TransitionCallbackReturn:
        result = attempt(self, name, action, parent, state, self.life.failed)
        if result is TransitionCallbackReturn.SUCCESS:
            self.life.reached(after)
        return result

    def _report_while_alive(self) -> None:
        """Report in every state, so that a camera that cannot be configured is visible as well."""
        endpoints = self._endpoints()
        self._while_alive.callback(endpoints.close)
        period_s = float(self.get_parameter('diagnostics_period_s').value)
        try:
            reporter = DiagnosticsReporter(
                endpoints, self.types, self._steady, period_s, self._statuses, self._hardware_id
            )
        except EndpointError as error:  # configuring reports it
            self._wrong_diagnostics = error
            return
        self._while_alive.callback(reporter.destroy)

    def _configure(self) -> None:
        if self._wrong_diagnostics is not None:
            raise self._wrong_diagnostics
        for unknown in self.parameters.unknown_overrides(settings_of_all_nodes):
            self.get_logger().warning(f'parameter {unknown} is unknown and has no effect')
        config = self.parameters.read(self.config_class)
        self.parameters.read(self.node_config_class)  # raises an error if it is invalid
        self.get_logger().info(f'configuring: {_model(config)}')
        with ExitStack() as held:
            wheel = WheelScale() if config.scale_source == 'wheel' else None
            pipeline = open_pipeline(self.kind, config, wheel)
            held.callback(pipeline.close)
            endpoints = self._endpoints()
            held.callback(endpoints.close)
            outputs = Outputs(endpoints, self.kind, self.types)
            self.config, self.wheel, self.pipeline, self.outputs = config, wheel, pipeline, outputs
            self.health = Health()
            held.callback(watch_for_jumps(self.get_clock(), self._clock_jumped).unregister)
            self._while_configured = held.pop_all()
        self._announce()

    def _announce(self) -> None:
        model = self.pipeline.description
        self.get_logger().info(
            f'configured: {model.network} {model.bundle} on {model.device} '
            f'({model.engine.summary or model.precision}), '
            f'scale {model.scale:g} ({model.scale_source})'
        )
        for note in model.engine.notes:
            self.get_logger().info(printable(note))
        for sentence in model.announcements:
            self.get_logger().warning(printable(sentence))

    def _activate(self) -> None:
        with ExitStack() as held:
            self.config = self.parameters.read(self.config_class)
            held.callback(self._forget_activation)
            self._frames = FrameHandler(
                self._image_topic(),
                self.pipeline,
                self.config,
                self.types,
                host=self,
                health=self.health,
                notices=self.notices,
            )
            self._frames.start()
            held.callback(self._stop, self._frames)
            endpoints = self._endpoints()
            held.callback(endpoints.close)
            self.enter_active(held, endpoints)
            if self.wheel is not None:
                self._wheel_input = WheelInput(endpoints, self.types, self.wheel)
            self._inputs = CameraInputs(
                endpoints,
                self.kind,
                self.config.image_transport,
                self.types,
                self.health,
                on_image=self._frames.offer,
                on_time_jump=self.time_jumped,
            )
            # Twice a second, even if simulated time stands still.
            timer = self.create_timer(
                GRAPH_PERIOD_S, self._check_graph, endpoints.group, clock=self._steady
            )
            held.callback(self.destroy_timer, timer)
            self._while_active = held.pop_all()
        topics = f'{self._inputs.images.topic} -> {self.outputs.describe()}'
        self.get_logger().info(f'active: {topics}')

    def _forget_activation(self) -> None:
        self._frames = self._inputs = self._wheel_input = None
        self._conflicts = ConflictLog(self.notices)

    def _check_graph(self) -> None:
        self._conflicts.update(self.look_at_graph())

    def _endpoints(self) -> Endpoints:
        """Collect endpoints under a callback group that is removed with them."""
        return Endpoints(self, MutuallyExclusiveCallbackGroup(), self.notices)

    def _stop(self, frames: FrameHandler) -> None:
        if not frames.stop(LONGEST_FRAME_S):
            self.get_logger().error(f'a frame is still being processed after {LONGEST_FRAME_S:g} s')

    def _deactivate(self) -> None:
        self._while_active.close()
        self.get_logger().info('inactive: no frames are taken, the model stays loaded')

    def _cleanup(self) -> None:
        self._release()
        self.get_logger().info('unconfigured: everything is released')

    def _release(self) -> None:
        self._while_active.close()
        self._while_configured.close()

    def _clock_jumped(self, seconds: float) -> None:
        if self._inputs is not None:
            self._inputs.restart_order()
        self.time_jumped(f'the clock jumped by {seconds:.3f} s')

    def _retune(self) -> None:
        """Apply accepted settings; while inactive, activation applies them."""
        if self._frames is not None:
            self.config = self.parameters.read(self.config_class)
            self._frames.ask_config(self.config)
            self.publish_latched()

    def _image_topic(self) -> str:
        """Return the resolved topic of the images."""
        transport = str(self.get_parameter('image_transport').value)
        name = input_image_topic(self, self.kind, transport)
        return str(self.resolve_topic_name(name))

    def _hardware_id(self) -> str:
        if chosen := str(self.get_parameter('hardware_id').value):
            return chosen
        return self._image_topic()

    def _statuses(self) -> list[statuses.NodeStatus]:
        if self.life.state not in (INACTIVE, ACTIVE):
            return [self.life.status()]
        inputs, stale_s = self._inputs, float(self.get_parameter('stale_after_s').value)
        info_topic = self.resolve_topic_name(contract.camera_info_topic(self.kind))
        silence, no_info = ('', '') if inputs is None else inputs.report_silence(stale_s)
        infos = 0 if inputs is None else inputs.infos.count
        listed = [
            self.life.status(),
            statuses.input_status(self.health, self._image_topic(), inputs is not None, silence),
            statuses.processing_status(self.health),
            statuses.outputs_status(self.health, self.config.point_decimation),
            statuses.model_status(self.pipeline.description, self.health),
            statuses.calibration_status(self.health, info_topic, infos, no_info),
            statuses.graph_status(self._conflicts.current),
        ]
        if self._wheel_input is not None:
            silent = self._wheel_input.topic.report_silence(stale_s)
            listed.append(statuses.wheel_status(self._wheel_input, silent))
        return [*listed, *self.more_statuses()]


def _model(config: CameraConfig) -> str:
    if config.network == 'passthrough':
        return 'passthrough instead of networks'
    return f'loading bundle {config.bundle}'


def watch_for_jumps(clock: Clock, jumped: Callable[[float], None]) -> JumpHandle:
    """Call a function with the seconds of every backward jump or change of the time source.

    A forward jump is an ordinary gap between two frames.

    Returns:
        A handle whose `unregister` removes the callback.
    """

    def report(jump: TimeJump) -> None:
        jumped(jump.delta.nanoseconds * 1e-9)

    threshold = JumpThreshold(
        min_forward=None, min_backward=Duration(nanoseconds=-1), on_clock_change=True
    )
    return clock.create_jump_callback(threshold, post_callback=report)
