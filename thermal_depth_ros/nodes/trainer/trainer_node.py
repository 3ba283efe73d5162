# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""The training node: parameters in, progress on /diagnostics out.

Configuring checks the parameters, activating starts or resumes the training, deactivating stops it
with a checkpoint. The diagnostics are published in every state.
"""

import platform
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from rclpy.callback_groups import MutuallyExclusiveCallbackGroup
from rclpy.clock import Clock, ClockType
from rclpy.lifecycle import LifecycleNode, LifecycleState, TransitionCallbackReturn
from rclpy.timer import Timer

from thermal_depth_ros.base.settings import SettingsError, describe
from thermal_depth_ros.base.wire_text import printable_lines
from thermal_depth_ros.messages.ros_types import ros_types
from thermal_depth_ros.nodes.config import TrainerNodeConfig
from thermal_depth_ros.nodes.diagnostics import DiagnosticsReporter
from thermal_depth_ros.nodes.endpoints import Endpoints
from thermal_depth_ros.nodes.notices import Notices
from thermal_depth_ros.nodes.parameter_file import TRAINER, settings_of_all_nodes
from thermal_depth_ros.nodes.parameters import NodeParameters
from thermal_depth_ros.nodes.rclpy_workarounds import answer_wrong_transitions, start_values
from thermal_depth_ros.nodes.trainer.training_status import (
    FAILED,
    FINISHED,
    INACTIVE,
    STOPPED,
    TrainingStatus,
)
from thermal_depth_ros.nodes.transitions import attempt
from thermal_depth_ros.training.engine.metric_texts import validation_line
from thermal_depth_ros.training.engine.run_identity import flat_settings
from thermal_depth_ros.training.process import COMMAND, TrainingEnd, TrainingProcess
from thermal_depth_ros.training.registry import DEFAULT, TaskKind, task_kind

_LOUD = ('note',)  # events that are also logged


class TrainerNode(LifecycleNode):
    """Trains a model in a separate process while active."""

    def __init__(
        self,
        leave: Callable[[], None] = lambda: None,
        command: Sequence[str] = COMMAND,
        **node_arguments: Any,
    ) -> None:
        """Declare the parameters of the task; with `autostart` the executor starts training.

        Args:
            leave: Ends the process if `exit_when_finished` is set.
            command: Command to run instead of `thermal-depth train`.
            node_arguments: Passed on to rclpy's LifecycleNode.
        """
        super().__init__(TRAINER, **node_arguments)
        answer_wrong_transitions(self)
        self._leave, self._command = leave, command
        self._wrong_task = ''
        self._kind = self._chosen_kind()
        classes = (*self._kind.configs, TrainerNodeConfig)
        self.parameters = NodeParameters(self, classes, lambda: None)
        self.status = TrainingStatus()
        self._settings: dict[str, Any] = {}
        self._process: TrainingProcess | None = None
        self._stopping = False
        steady = Clock(clock_type=ClockType.STEADY_TIME)
        notices = Notices(
            self.get_logger(), lambda: float(self.get_parameter('warn_period_s').value)
        )
        self._endpoints = Endpoints(self, MutuallyExclusiveCallbackGroup(), notices)
        self._reporter = DiagnosticsReporter(
            self._endpoints,
            ros_types(),
            steady,
            float(self.get_parameter('diagnostics_period_s').value),
            self.status.statuses,
            platform.node,
        )
        self._start_timer: Timer | None = None
        if self.get_parameter('autostart').value:
            self._start_timer = self.create_timer(0.0, self._start, clock=steady)

    @property
    def exit_code(self) -> int:
        """Exit code of the process if it ends with the training."""
        return int(self.status.state == FAILED)

    # Transitions.

    def on_configure(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Check the parameters; all problems are reported at once."""
        return self._attempt('configure', self._configure, super().on_configure, state)

    def on_activate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Start or resume the training."""
        return self._attempt('activate', self._activate, super().on_activate, state)

    def on_deactivate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Stop with a checkpoint."""
        return self._attempt('deactivate', self._stop, super().on_deactivate, state)

    def on_cleanup(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Clean up; no resources are held while inactive."""

        def forget() -> None:
            self.status.ended(INACTIVE, 'not configured')

        return self._attempt('clean up', forget, super().on_cleanup, state)

    def on_shutdown(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Stop with a checkpoint, from any state."""
        return self._attempt('shut down', self._stop, super().on_shutdown, state)

    def on_error(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Stop, so that the node can be configured again."""
        return self._attempt('recover', self._stop, super().on_error, state)

    def destroy_node(self) -> None:
        """Stop with a checkpoint and leave the graph."""
        self._stop()
        self._reporter.destroy()
        self._endpoints.close()
        super().destroy_node()

    def _attempt(self, name: str, work: Callable[[], None], parent: Any, state: Any) -> Any:
        return attempt(self, name, work, parent, state, partial(self.status.ended, FAILED))

    def _start(self) -> None:
        """Configure and activate, once."""
        if self._start_timer is not None:
            self.destroy_timer(self._start_timer)
            self._start_timer = None
        done = self.trigger_configure() is TransitionCallbackReturn.SUCCESS
        if not (done and self.trigger_activate() is TransitionCallbackReturn.SUCCESS):
            self._perhaps_leave()

    def _configure(self) -> None:
        self._settings = self._read_settings()
        self.status.ended(INACTIVE, 'configured, not active')
        self.get_logger().info(
            f'configured: task {self._settings["task"]}, output {self._settings["output"]}'
        )

    def _activate(self) -> None:
        self._stopping = False
        self.status.started(self._settings)
        self._process = TrainingProcess(self._settings, self._event, self._ended, self._command)
        # `restart` applies to the first activation only.
        self._settings = {**self._settings, 'restart': False}
        self.get_logger().info(f'training in process {self._process.pid}')

    def _stop(self) -> None:
        if self._process is None:
            return
        self._stopping = True
        timeout_s = float(self.get_parameter('stop_timeout_s').value)
        if not self._process.stop(timeout_s):
            self.get_logger().error(
                f'the training did not end within {timeout_s:g} s and was killed; it resumes from '
                'its last checkpoint'
            )
        self._process = None

    # Parameters.

    def _chosen_kind(self) -> TaskKind:
        """Return the kind of task whose parameters are declared."""
        try:
            return task_kind(start_values(self).get('task', DEFAULT))
        except SettingsError as error:
            self._wrong_task = str(error)
            return task_kind(DEFAULT)

    def _read_settings(self) -> dict[str, Any]:
        """Return the settings of the run; raises SettingsError with all problems."""
        problems = [self._wrong_task] if self._wrong_task else []
        unknown = self.parameters.unknown_overrides(settings_of_all_nodes)
        problems += [f'{name}: unknown parameter' for name in unknown]
        settings: dict[str, Any] = {}
        try:
            values = self.parameters.values()
            names = {entry.name for config in self._kind.configs for entry in describe(config)}
            settings = flat_settings(self._kind.build({name: values[name] for name in names}))
        except SettingsError as error:
            problems.append(str(error))
        if problems:
            raise SettingsError('; '.join(problems))
        return settings

    # Events of the training, from its threads.

    def _event(self, name: str, content: Any) -> None:
        self.status.event(name, content)
        if name in _LOUD:
            self.get_logger().info(str(content))
        elif name == 'validated':
            self.get_logger().info(validation_line(content['step'], content['metrics']))

    def _ended(self, end: TrainingEnd) -> None:
        if end.finished:
            self.status.ended(FINISHED, f'finished: {self._settings["output"]}')
            self.get_logger().info('the training is finished')
        elif self._stopping or end.interrupted:
            self.status.ended(STOPPED, 'stopped; activate to resume from the last checkpoint')
            self.get_logger().info('the training is stopped')
        else:
            self.status.ended(FAILED, end.reason)
            reason = '\n'.join([f'the training failed: {end.reason}', *end.details])
            self.get_logger().error(printable_lines(reason))
        if not self._stopping:
            self._perhaps_leave()

    def _perhaps_leave(self) -> None:
        if self.get_parameter('exit_when_finished').value:
            self._leave()
