# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Look at a running ROS graph from outside: endpoints, QoS, lifecycle states, frames."""

import contextlib
import time
from collections.abc import Callable, Iterator
from typing import Any

from lifecycle_msgs.srv import GetState
from rcl_interfaces.msg import ParameterType
from rcl_interfaces.srv import GetParameters
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node
from rclpy.qos import (
    DurabilityPolicy,
    QoSCompatibility,
    QoSProfile,
    ReliabilityPolicy,
    qos_check_compatible,
)

from thermal_depth_ros import contract
from thermal_depth_ros.geometry.frames import FrameError, FrameTree
from thermal_depth_ros.messages.diagnostics import Level, statuses_of
from thermal_depth_ros.messages.errors import MessageError
from thermal_depth_ros.messages.odometry import transform_to_matrix
from thermal_depth_ros.messages.ros_types import ros_types
from thermal_depth_ros.nodes.graph_view import CameraNode, Endpoint, GraphView, Mismatch, Report
from thermal_depth_ros.nodes.observer import observer
from thermal_depth_ros.nodes.qos import input_qos, transform_qos, words

_ASKED = ('base_frame', 'use_sim_time')
_FIELDS = {
    ParameterType.PARAMETER_STRING: 'string_value',
    ParameterType.PARAMETER_BOOL: 'bool_value',
}


def read_graph(seconds: float) -> GraphView:
    """Watch the graph for a while and return what is there.

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


class _Observation:
    """What one look at the graph gathers."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._profiles: dict[Endpoint, QoSProfile] = {}
        self._read_endpoints()
        self._states: dict[str, str] = {}
        self._parameters: dict[str, dict[str, Any]] = {}
        self._frames: set[tuple[str, str]] = set()
        self._tree = FrameTree()
        self._camera_frames: dict[str, str] = {}
        self._reports: dict[str, Report] = {}
        self._names = self._camera_names()

    def listen_and_ask(self) -> None:
        """Subscribe, and send questions to the camera nodes; answers come while spinning."""
        self._listen()
        for name in self._names:
            self._ask(name)

    def view(self) -> GraphView:
        """Return everything that was gathered."""
        return GraphView(
            endpoints=tuple(self._profiles),
            mismatches=tuple(self._mismatches()),
            cameras=tuple(self._camera(name) for name in self._names),
            frames=frozenset(self._frames),
            tree=self._tree,
            camera_frames=self._camera_frames,
            reports=tuple(self._reports.values()),
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
                    endpoint = Endpoint(topic, info.topic_type, name, publishes, words(profile))
                    self._profiles[endpoint] = profile

    def _camera_names(self) -> list[str]:
        """Name the camera nodes: by their own name, or by what they publish when renamed."""
        named = {
            _full_name(namespace, name)
            for name, namespace in self._node.get_node_names_and_namespaces()
            if name in contract.OUTPUTS
        }
        ends = tuple(f'{outputs["depth"].topic}' for outputs in contract.OUTPUTS.values())
        named |= {e.node for e in self._profiles if e.publishes and e.topic.endswith(ends)}
        return sorted(named)

    def _mismatches(self) -> Iterator[Mismatch]:
        publishers = [e for e in self._profiles if e.publishes]
        for subscription in (e for e in self._profiles if not e.publishes):
            for publisher in (e for e in publishers if e.topic == subscription.topic):
                compatible, reason = qos_check_compatible(
                    self._profiles[publisher], self._profiles[subscription]
                )
                if compatible == QoSCompatibility.ERROR:
                    text = f'{self._policy(publisher, subscription)}: {_plain(reason)}'
                    yield Mismatch(subscription.topic, publisher.node, subscription.node, text)

    def _policy(self, publisher: Endpoint, subscription: Endpoint) -> str:
        """Name the policy two endpoints disagree on, as in qos_overrides."""
        offered, asked = self._profiles[publisher], self._profiles[subscription]
        policies = []
        if asked.reliability == ReliabilityPolicy.RELIABLE != offered.reliability:
            policies.append('reliability')
        if asked.durability == DurabilityPolicy.TRANSIENT_LOCAL != offered.durability:
            policies.append('durability')
        return ', '.join(policies) or 'deadline or liveliness'

    def _listen(self) -> None:
        for topic, type_name in {(e.topic, e.type) for e in self._profiles}:
            if type_name == contract.TF_MESSAGE:
                profile = transform_qos(static=topic.endswith('tf_static'))
                self._subscribe(type_name, topic, self._on_transforms, profile)
            elif type_name == contract.DIAGNOSTICS:
                self._subscribe(type_name, topic, self._on_diagnostics, QoSProfile(depth=10))
            elif type_name == contract.CAMERA_INFO:
                self._subscribe(type_name, topic, self._camera_info_listener(topic), input_qos())

    def _subscribe(
        self, type_name: str, topic: str, take: Callable[[Any], None], profile: QoSProfile
    ) -> None:
        message_class = ros_types().message_class(type_name)
        self._node.create_subscription(message_class, topic, take, profile)

    def _ask(self, name: str) -> None:
        state = self._node.create_client(GetState, f'{name}/get_state')
        if state.service_is_ready():
            state.call_async(GetState.Request()).add_done_callback(
                lambda future: self._states.update({name: future.result().current_state.label})
            )
        parameters = self._node.create_client(GetParameters, f'{name}/get_parameters')
        if parameters.service_is_ready():
            parameters.call_async(GetParameters.Request(names=list(_ASKED))).add_done_callback(
                lambda future: self._parameters.update({name: _values(future.result())})
            )

    def _camera(self, name: str) -> CameraNode:
        values = self._parameters.get(name, {})
        return CameraNode(
            name, self._states.get(name), values.get('base_frame'), values.get('use_sim_time')
        )

    def _on_transforms(self, message: Any) -> None:
        for transform in message.transforms:
            parent, child = (
                transform.header.frame_id.lstrip('/'),
                transform.child_frame_id.lstrip('/'),
            )
            self._frames.add((parent, child))
            with contextlib.suppress(FrameError, MessageError):  # the camera node names those
                T_parent_child = transform_to_matrix(transform.transform)
                self._tree.add(parent, child, T_parent_child, static=False)

    def _on_diagnostics(self, message: Any) -> None:
        for status in statuses_of(message):
            self._reports.pop(status.name, None)
            if status.level is not Level.OK:
                report = Report(status.name, status.level.name, status.message)
                self._reports[status.name] = report

    def _camera_info_listener(self, topic: str) -> Callable[[Any], None]:
        def listen(message: Any) -> None:
            self._camera_frames[topic] = message.header.frame_id

        return listen


def _full_name(namespace: str, name: str) -> str:
    return f'{namespace.rstrip("/")}/{name}'


def _plain(reason: str) -> str:
    return reason.replace('ERROR: ', '').strip(' ;')


def _values(response: GetParameters.Response) -> dict[str, Any]:
    """Return those of the asked parameters that are set, by name."""
    return {
        name: getattr(value, _FIELDS[value.type])
        for name, value in zip(_ASKED, response.values, strict=False)
        if value.type in _FIELDS
    }
