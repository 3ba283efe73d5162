# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""A ROS graph of its own for every test: a domain, a context, a node under test, and a probe."""

import sys
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from helpers.waiting import PATIENCE_S, eventually


class Spinner:
    """An executor in a thread."""

    def __init__(self, context: Any, node: Any) -> None:
        from rclpy.executors import SingleThreadedExecutor

        self.node = node
        self.errors: list[BaseException] = []
        self._stopping = False
        self._executor = SingleThreadedExecutor(context=context)
        self._executor.add_node(node)
        self._thread = threading.Thread(target=self._spin, daemon=True)
        self._thread.start()

    def call(self, function: Callable[[], Any]) -> Any:
        """Run a function in the executor's thread, as a service call would."""
        future = self._executor.create_task(function)
        assert eventually(future.done, 90.0), 'the executor is busy'  # a model may load
        return future.result()

    def stop(self) -> None:
        self._stopping = True
        self._executor.shutdown(timeout_sec=0)
        self._thread.join(PATIENCE_S)
        assert not self._thread.is_alive(), 'the executor does not come back'
        self.node.destroy_node()

    def _spin(self) -> None:
        while not self._stopping:
            try:
                self._executor.spin_once()
            except BaseException as error:  # noqa: BLE001 - the test looks at it
                if not self._stopping:
                    self.errors.append(error)


class Graph:
    """Nodes under test and a probe that publishes to them and hears everything."""

    def __init__(self, domain: int) -> None:
        import rclpy
        from rclpy.context import Context
        from rclpy.impl.rcutils_logger import RcutilsLogger

        from thermal_depth_ros.messages.ros_types import ros_types

        self.domain = domain
        self.types = ros_types()
        self.context = Context()
        rclpy.init(args=[], context=self.context, domain_id=domain)
        self.spinners: list[Spinner] = []
        self.probe = rclpy.create_node('probe', context=self.context)
        self._probe_spinner = Spinner(self.context, self.probe)
        self.heard: dict[str, list[Any]] = defaultdict(list)
        self._publishers: dict[str, Any] = {}
        self.stamp_ns = 1_000_000_000_000
        self._logged: list[tuple[int, str]] = []
        self._original_log = RcutilsLogger.log
        RcutilsLogger.log = lambda logger, *args, **kwargs: self._record(*args, **kwargs)
        self.listen('/diagnostics', 'diagnostic_msgs/msg/DiagnosticArray')

    # Nodes under test.

    def start(self, node_class: Callable[..., Any], active: bool = True, **parameters: Any) -> Any:
        """Make a node, spin it, and bring it to active (or leave it unconfigured)."""
        from rclpy.parameter import Parameter

        defaults = {'autostart': False, 'network': 'passthrough', 'diagnostics_period_s': 0.1}
        overrides = [Parameter(k, value=v) for k, v in (defaults | parameters).items()]
        node = node_class(context=self.context, parameter_overrides=overrides)
        self.spinners.append(Spinner(self.context, node))
        if active:
            self.transition(node, 'configure')
            self.transition(node, 'activate')
        return node

    def spinner(self, node: Any) -> Spinner:
        return next(s for s in self.spinners if s.node is node)

    def transition(self, node: Any, name: str, expect: str = 'SUCCESS') -> None:
        """Trigger a transition in the node's own thread."""
        result = self.spinner(node).call(getattr(node, f'trigger_{name}'))
        assert result.name == expect, f'{name}: {result.name}; log: {self.log()}'

    def state(self, node: Any) -> str:
        return str(node._state_machine.current_state[1])

    # What the probe hears.

    def listen(self, topic: str, type_name: str, latched: bool = False, qos: Any = None) -> None:
        from rclpy.qos import DurabilityPolicy, QoSProfile

        profile = qos or QoSProfile(
            depth=50,
            durability=DurabilityPolicy.TRANSIENT_LOCAL if latched else DurabilityPolicy.VOLATILE,
        )
        self.probe.create_subscription(
            self.types.message_class(type_name), topic, self.heard[topic].append, profile
        )

    def listen_outputs(self, kind: str, *keys: str) -> None:
        """Subscribe outputs by key and wait until their publishers know."""
        from thermal_depth_ros.base import contract

        for key in keys:
            output = contract.OUTPUTS[kind][key]
            self.listen(output.topic, output.type, output.latched)
        for key in keys:
            topic = contract.OUTPUTS[kind][key].topic
            assert eventually(lambda topic=topic: self.probe.count_publishers(topic)), topic
        for spinner in self.spinners:
            if getattr(spinner.node, 'kind', '') == kind:
                eventually(lambda node=spinner.node: set(keys) - {'label_info'} <= node.wanted())

    def log(self, level: int = 0) -> list[str]:
        """Return log messages of at least a level (20 info, 30 warning, 40 error)."""
        return [message for severity, message in self._logged if severity >= level]

    def _record(self, message: str, severity: int, **kwargs: Any) -> bool:
        self._logged.append((int(severity), message))
        print(int(severity), message, file=sys.stderr)
        return True

    def logged(self, text: str, level: int = 0, seconds: float = PATIENCE_S) -> bool:
        return eventually(lambda: any(text in line for line in self.log(level)), seconds)

    def part(self, name: str) -> Any:
        """Return the latest status of a part, 'thermal: input', as (level, message, values)."""
        for array in reversed(self.heard['/diagnostics']):
            for status in array.status:
                if status.name == name:
                    values = {pair.key: pair.value for pair in status.values}
                    return status.level[0], status.message, values
        return None

    # What the probe sends.

    def publisher(self, topic: str, type_name: str, qos: Any = None) -> Any:
        from rclpy.qos import QoSProfile

        if topic not in self._publishers:
            self._publishers[topic] = self.probe.create_publisher(
                self.types.message_class(type_name), topic, qos or QoSProfile(depth=10)
            )
            eventually(lambda: self._publishers[topic].get_subscription_count() > 0, 2.0)
            time.sleep(0.1)  # the publisher knows the subscription; now the other way round
        return self._publishers[topic]

    def image(self, kind: str, shape: tuple[int, ...] = (48, 64), **fields: Any) -> Any:
        """Make an image message with the next stamp; fields replace those of the message."""
        from thermal_depth_ros.messages.image import array_to_image

        self.stamp_ns += 33_000_000
        stamp, frame = fields.pop('stamp_ns', self.stamp_ns), fields.pop('frame_id', None)
        pixels = fields.pop('pixels', None)
        if pixels is None:
            random = np.random.default_rng(stamp % 2**32)
            pixels = (
                random.integers(20000, 25000, shape).astype(np.uint16)
                if kind == 'thermal'
                else random.integers(0, 255, (*shape, 3)).astype(np.uint8)
            )
        encoding = {2: 'mono16', 3: 'rgb8'}[pixels.ndim]
        message = array_to_image(
            self.types, pixels, encoding, stamp, frame if frame is not None else f'{kind}_optical'
        )
        for name, value in fields.items():
            setattr(message, name, value)
        return message

    def send_image(self, kind: str, message: Any = None, **fields: Any) -> int:
        """Publish an image and return its stamp in ns."""
        from thermal_depth_ros.messages.stamps import stamp_ns

        message = message if message is not None else self.image(kind, **fields)
        self.publisher(f'{kind}/image_raw', 'sensor_msgs/msg/Image').publish(message)
        return stamp_ns(message.header)

    def info(self, kind: str, shape: tuple[int, int] = (48, 64), **fields: Any) -> Any:
        from thermal_depth_ros.messages.stamps import header_message

        height, width = shape
        focal, cx, cy = 50.0, (width - 1) / 2, (height - 1) / 2
        values: dict[str, Any] = {
            'header': header_message(self.types, self.stamp_ns, f'{kind}_optical'),
            'width': width,
            'height': height,
            'distortion_model': 'plumb_bob',
            'd': self.types.doubles([0.0] * 5),
            'k': [focal, 0.0, cx, 0.0, focal, cy, 0.0, 0.0, 1.0],
            'p': [focal, 0.0, cx, 0.0, 0.0, focal, cy, 0.0, 0.0, 0.0, 1.0, 0.0],
        }
        return self.types.CameraInfo(**(values | fields))

    def send_info(self, kind: str, message: Any = None, **fields: Any) -> None:
        """Publish a camera_info and wait until the node has it."""
        message = message if message is not None else self.info(kind, **fields)
        topic = f'{kind}/camera_info'
        self.publisher(topic, 'sensor_msgs/msg/CameraInfo').publish(message)
        nodes = [s.node for s in self.spinners if getattr(s.node, 'kind', '') == kind]
        assert eventually(lambda: all(_has_info(node, message) for node in nodes)), topic

    def send_transform(self, parent: str, child: str, translation: Any, rotation: Any) -> None:
        """Latch a transform on /tf_static; rotation is a quaternion x, y, z, w."""
        from rclpy.qos import DurabilityPolicy, QoSProfile

        from thermal_depth_ros.geometry import rigid
        from thermal_depth_ros.messages.odometry import tf_message, transform_message

        T = rigid.compose(np.array(rotation, float), np.array(translation, float))
        qos = QoSProfile(depth=10, durability=DurabilityPolicy.TRANSIENT_LOCAL)
        message = tf_message(
            self.types, [transform_message(self.types, T, self.stamp_ns, parent, child)]
        )
        self.publisher('/tf_static', 'tf2_msgs/msg/TFMessage', qos).publish(message)

    def run_frames(self, kind: str, topic: str, count: int = 1, **fields: Any) -> list[Any]:
        """Send frames until `count` more messages were heard on a topic; return those."""
        before = len(self.heard[topic])
        end = time.monotonic() + PATIENCE_S
        while len(self.heard[topic]) < before + count and time.monotonic() < end:
            seen = len(self.heard[topic])
            self.send_image(kind, **fields)
            eventually(lambda seen=seen: len(self.heard[topic]) > seen, 1.0)
        assert len(self.heard[topic]) >= before + count, f'{topic} is silent; log: {self.log()}'
        return self.heard[topic][before:]

    def close(self) -> None:
        for spinner in [*self.spinners, self._probe_spinner]:
            spinner.stop()
        self.context.try_shutdown()
        from rclpy.impl.rcutils_logger import RcutilsLogger

        RcutilsLogger.log = self._original_log
        errors = [e for s in self.spinners for e in s.errors]
        assert not errors, errors


def _has_info(node: Any, message: Any) -> bool:
    inputs = node._inputs
    return inputs is not None and inputs.info == message


@pytest.fixture
def graph(domain_id: int) -> Iterator[Graph]:
    """Yield a graph in a domain of its own; skipped where ROS cannot be imported."""
    pytest.importorskip('rclpy', reason='rclpy is not installed')
    pytest.importorskip('tf2_msgs.msg', reason='tf2_msgs is not installed')
    made = Graph(domain_id)
    try:
        yield made
    finally:
        made.close()
