# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Observes a running ROS graph: endpoints, QoS, lifecycle states, frames."""

import contextlib
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from lifecycle_msgs.srv import GetState
from rcl_interfaces.msg import ParameterType
from rcl_interfaces.srv import GetParameters
from rclpy.event_handler import SubscriptionEventCallbacks
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node
from rclpy.qos import QoSProfile

from thermal_depth_ros.base import contract
from thermal_depth_ros.geometry.frames import FrameError, FrameTree
from thermal_depth_ros.messages.diagnostics import Level, Status, statuses_of
from thermal_depth_ros.messages.errors import MessageError
from thermal_depth_ros.messages.odometry import transform_to_matrix
from thermal_depth_ros.messages.ros_types import ros_types
from thermal_depth_ros.nodes import qos
from thermal_depth_ros.nodes.qos import input_qos, offered_words, transform_qos
from thermal_depth_ros.nodes.tools.graph_view import (
    CameraNode,
    Endpoint,
    GraphView,
    InputCounts,
    Mismatch,
    ObservedTransform,
    Report,
)
from thermal_depth_ros.nodes.tools.observer import observer

_ASKED = ('base_frame', 'odom_frame', 'publish_tf', 'use_sim_time')
_MOST_TRANSFORMS = 5000  # limit, so that ever new frames cannot fill the memory
_FIELDS = {
    ParameterType.PARAMETER_STRING: 'string_value',
    ParameterType.PARAMETER_BOOL: 'bool_value',
}


def read_graph(seconds: float) -> GraphView:
    """Observe the graph for a while and return its state.

    Half of the time goes to discovery, half to messages and answers of the camera nodes.
    """
    with observer('thermal_depth_doctor') as (node, executor):
        _spin(executor, seconds / 2)
        observation = _Observation(node)
        observation.listen_and_ask()
        _spin(executor, seconds / 2)
        return observation.view()


def _spin(executor: SingleThreadedExecutor, seconds: float) -> None:
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        executor.spin_once(timeout_sec=min(left, 0.1))


class SenderCount:
    """Detects several senders from the sequence numbers of messages.

    Each publisher counts its own messages upward: numbers that go back more than once alternate
    between publishers. One step back may be a restarted publisher.
    """

    def __init__(self) -> None:
        self._last: int | None = None
        self._steps_back = 0

    @property
    def several(self) -> bool:
        """Whether more than one publisher was received."""
        return self._steps_back > 1

    def note(self, number: int | None) -> None:
        """Add the next number; None if the middleware provides none."""
        if number is not None and self._last is not None and number <= self._last:
            self._steps_back += 1
        self._last = number


class _Observation:
    """Collects the state of the graph."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._ends: list[tuple[Endpoint, QoSProfile]] = []
        self._read_endpoints()
        self._states: dict[str, str] = {}
        self._parameters: dict[str, dict[str, Any]] = {}
        self._tree = FrameTree()
        # By topic, parent, child, and the number of the subscription.
        self._transforms: dict[tuple[str, str, str, int], SenderCount] = {}
        self._camera_frames: dict[str, str] = {}
        self._reports: dict[str, Report] = {}
        self._input_counts: dict[str, InputCounts] = {}
        self._names = self._camera_names()

    def listen_and_ask(self) -> None:
        """Subscribe, and send requests to the camera nodes; responses arrive while spinning."""
        self._listen()
        for name in self._names:
            self._ask(name)

    def view(self) -> GraphView:
        """Return the collected state."""
        return GraphView(
            endpoints=tuple(end for end, _ in self._ends),
            mismatches=tuple(self._mismatches()),
            cameras=tuple(self._camera(name) for name in self._names),
            tree=self._tree,
            transforms=tuple(
                ObservedTransform(*key[:3], senders.several)
                for key, senders in self._transforms.items()
            ),
            camera_frames=self._camera_frames,
            reports=tuple(self._reports.values()),
            input_counts=tuple(self._input_counts.values()),
        )

    def _read_endpoints(self) -> None:
        for topic, _ in self._node.get_topic_names_and_types():
            for infos, publishes in (
                (self._node.get_publishers_info_by_topic(topic), True),
                (self._node.get_subscriptions_info_by_topic(topic), False),
            ):
                for info in infos:
                    name = _full_name(info.node_namespace, info.node_name)
                    if name == self._node.get_fully_qualified_name():
                        continue
                    profile = info.qos_profile
                    endpoint = Endpoint(
                        topic, info.topic_type, name, publishes, offered_words(profile)
                    )
                    self._ends.append((endpoint, profile))

    def _camera_names(self) -> list[str]:
        """Find the camera nodes, by name or, if renamed, by their publishers."""
        named = {
            _full_name(namespace, name)
            for name, namespace in self._node.get_node_names_and_namespaces()
            if name in contract.OUTPUTS
        }
        ends = tuple(f'{outputs["depth"].topic}' for outputs in contract.OUTPUTS.values())
        named |= {e.node for e, _ in self._ends if e.publishes and e.topic.endswith(ends)}
        return sorted(named)

    def _mismatches(self) -> Iterator[Mismatch]:
        """Yield each pair of nodes on a topic whose QoS is incompatible."""
        for topic in sorted({end.topic for end, _ in self._ends}):
            ends = [(end, profile) for end, profile in self._ends if end.topic == topic]
            asked: defaultdict[str, list[QoSProfile]] = defaultdict(list)
            for end, profile in ends:
                if not end.publishes:
                    asked[end.node].append(profile)
            offered = {end: profile for end, profile in ends if end.publishes}
            for publisher, profile in offered.items():
                for subscription, profiles in asked.items():
                    policies = [qos.incompatible(profile, one) for one in profiles]
                    if all(policies):
                        reason = f'{policies[0]}: it offers {offered_words(profile)}'
                        yield Mismatch(topic, publisher.node, subscription, reason)

    def _listen(self) -> None:
        for topic, type_name in {(e.topic, e.type) for e, _ in self._ends}:
            if type_name == contract.TF_MESSAGE:
                profile = transform_qos(static=topic.endswith('tf_static'))
                self._hear(type_name, topic, partial(self._transforms_listener, topic), profile)
            elif type_name == contract.DIAGNOSTICS:
                self._hear(
                    type_name, topic, lambda number: self._on_diagnostics, QoSProfile(depth=10)
                )
            elif type_name == contract.CAMERA_INFO:
                self._hear(
                    type_name, topic, partial(self._camera_info_listener, topic), input_qos()
                )

    def _hear(
        self,
        type_name: str,
        topic: str,
        listener: Callable[[int], Callable[..., None]],
        profile: QoSProfile,
    ) -> None:
        """Subscribe so that every publisher is heard, as the camera nodes do.

        Args:
            type_name: Message type.
            topic: Name of the topic.
            listener: Makes the callback of a subscription from its number.
            profile: Asked for first.
        """
        message_class = ros_types().message_class(type_name)
        offered = [
            p for e, p in self._ends if e.publishes and (e.topic, e.type) == (topic, type_name)
        ]
        for number, one in enumerate((profile, *qos.further_profiles(profile, offered))):
            self._node.create_subscription(
                message_class,
                topic,
                listener(number),
                one,
                event_callbacks=SubscriptionEventCallbacks(use_default_callbacks=False),
            )

    def _ask(self, name: str) -> None:
        state = self._node.create_client(GetState, f'{name}/get_state')
        if state.service_is_ready():
            state.call_async(GetState.Request()).add_done_callback(
                lambda future: self._states.update({name: future.result().current_state.label})
            )
        parameters = self._node.create_client(GetParameters, f'{name}/get_parameters')
        if parameters.service_is_ready():
            for asked in _ASKED:  # one by one: an unknown name invalidates the whole response
                parameters.call_async(GetParameters.Request(names=[asked])).add_done_callback(
                    partial(self._keep_parameter, name, asked)
                )

    def _keep_parameter(self, node: str, name: str, answer: Any) -> None:
        for value in answer.result().values:
            if value.type in _FIELDS:
                self._parameters.setdefault(node, {})[name] = getattr(value, _FIELDS[value.type])

    def _camera(self, name: str) -> CameraNode:
        values = self._parameters.get(name, {})
        return CameraNode(
            name,
            self._states.get(name),
            values.get('base_frame'),
            values.get('use_sim_time'),
            values.get('odom_frame'),
            values.get('publish_tf'),
        )

    def _transforms_listener(self, topic: str, subscription: int) -> Callable[[Any, Any], None]:
        def listen(message: Any, info: Any) -> None:
            number = info.get('publication_sequence_number')
            frames = {
                (t.header.frame_id.lstrip('/'), t.child_frame_id.lstrip('/'))
                for t in message.transforms
            }
            for transform in message.transforms:
                self._place(transform)
            for parent, child in frames:
                key = topic, parent, child, subscription
                if key in self._transforms or len(self._transforms) < _MOST_TRANSFORMS:
                    self._transforms.setdefault(key, SenderCount()).note(number)

        return listen

    def _place(self, stamped: Any) -> None:
        with contextlib.suppress(FrameError, MessageError):  # the camera node names those
            T_parent_child = transform_to_matrix(stamped.transform)
            parent, child = stamped.header.frame_id, stamped.child_frame_id
            self._tree.add(parent, child, T_parent_child, static=False)

    def _on_diagnostics(self, message: Any) -> None:
        for status in statuses_of(message):
            self._note_frames(status)
            self._reports.pop(status.name, None)
            if status.level is not Level.OK:
                report = Report(status.name, status.level.name, status.message)
                self._reports[status.name] = report

    def _note_frames(self, status: Status) -> None:
        values = status.values
        if contract.FRAMES_RECEIVED not in values:
            return
        self._input_counts[status.name] = InputCounts(
            status.name,
            _count(values[contract.FRAMES_RECEIVED]),
            {
                key.removeprefix(contract.DROPPED_PREFIX): _count(value)
                for key, value in values.items()
                if key.startswith(contract.DROPPED_PREFIX)
            },
            values.get(contract.LAST_BAD_FRAME, ''),
        )

    def _camera_info_listener(self, topic: str, subscription: int) -> Callable[[Any], None]:
        def listen(message: Any) -> None:
            self._camera_frames[topic] = message.header.frame_id

        return listen


def _full_name(namespace: str, name: str) -> str:
    return f'{namespace.rstrip("/")}/{name}'


def _count(text: str) -> int:
    """Parse a count reported by any node."""
    return int(text) if text.isdecimal() and len(text) < 20 else 0
