# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Records topics as they arrive: serialised bytes, stamped with the time of reception."""

import dataclasses
import functools
import time
from collections.abc import Sequence

import rclpy
from rclpy.clock import Clock, ClockType
from rclpy.node import Node
from rclpy.qos import DurabilityPolicy, QoSProfile, ReliabilityPolicy
from rclpy.signals import SignalHandlerOptions

from thermal_depth_ros.bags.errors import BagError
from thermal_depth_ros.base import contract
from thermal_depth_ros.base.allocator import keep_freed_memory
from thermal_depth_ros.base.stopping import StopRequest
from thermal_depth_ros.base.wire_text import printable
from thermal_depth_ros.messages.diagnostics import Level, diagnostic_array
from thermal_depth_ros.messages.errors import MessageError
from thermal_depth_ros.messages.ros_types import ros_types
from thermal_depth_ros.nodes import qos, transport
from thermal_depth_ros.nodes.notices import Notices
from thermal_depth_ros.nodes.run import NodeThread
from thermal_depth_ros.nodes.statuses import NodeStatus
from thermal_depth_ros.nodes.tools.recording_queue import Item, RecordingQueue, RecordingReport

DISCOVERY_PERIOD_S = 0.2
# Deep enough for a second of everything while the receiving thread waits for the interpreter.
QUEUE_DEPTH = 100
FAILURE_PERIOD_S = 1.0  # between two diagnostics of a recording that has failed
# Messages that have arrived before the signal are still taken.
LAST_MESSAGES_S = 0.3


@dataclasses.dataclass(frozen=True)
class Source:
    """Properties of a topic known before it is published."""

    type: str
    profile: QoSProfile


def contract_sources() -> dict[str, Source]:
    """Return all outputs and related topics, by relative name."""
    sources = {
        output.topic: Source(output.type, _deep(qos.output_qos(output.latched)))
        for outputs in contract.OUTPUTS.values()
        for output in outputs.values()
    }
    for kind in contract.OUTPUTS:
        # Best effort is compatible with every camera driver.
        name = contract.camera_info_topic(kind)
        sources[name] = Source(contract.CAMERA_INFO, _deep(qos.input_qos()))
    sources[contract.CLOCK_TOPIC] = Source(contract.CLOCK, _deep(qos.input_qos()))
    sources[contract.DIAGNOSTICS_TOPIC] = Source(contract.DIAGNOSTICS, _deep(qos.output_qos()))
    sources[contract.TF_TOPIC] = Source(contract.TF_MESSAGE, qos.transform_qos(static=False))
    sources[contract.TF_STATIC_TOPIC] = Source(contract.TF_MESSAGE, qos.transform_qos(static=True))
    return sources


class Recorder(Node):
    """Subscribes to topics and queues their serialised messages.

    Topics of the contract are subscribed to at once, others once they are published, with the
    offered type and QoS.

    Args:
        queue: Takes the messages.
        topics: Names to record, relative or absolute; all of the contract when empty.
    """

    def __init__(self, queue: RecordingQueue, topics: Sequence[str] = ()) -> None:
        super().__init__('recorder', start_parameter_services=False, enable_rosout=False)
        self._queue = queue
        self._notices = Notices(self.get_logger(), lambda: 5.0)
        known = {self.resolve_topic_name(n): s for n, s in contract_sources().items()}
        names = [self.resolve_topic_name(name) for name in topics] or list(known)
        self._unknown = {name for name in names if name not in known}
        for name in names:
            if name in known:
                self._subscribe(name, known[name])
        if self._unknown:
            self.create_timer(DISCOVERY_PERIOD_S, self._discover)
        self._diagnostics = self.create_publisher(
            ros_types().message_class(contract.DIAGNOSTICS),
            contract.DIAGNOSTICS_TOPIC,
            qos.output_qos(),
        )
        steady = Clock(clock_type=ClockType.STEADY_TIME)
        self.create_timer(FAILURE_PERIOD_S, self._report_failure, clock=steady)
        queue.on_error(self._failed)

    def _failed(self, error: str) -> None:
        self.get_logger().error(f'recording has stopped, further messages are lost: {error}')
        self._report_failure()

    def _report_failure(self) -> None:
        """Report a failed recording on /diagnostics; silent otherwise."""
        report = self._queue.report()
        if not report.error:
            return
        values = {
            'messages written': str(sum(report.written.values())),
            'messages dropped': str(sum(report.dropped.values())),
        }
        status = NodeStatus('recording', Level.ERROR, f'stopped: {report.error}', values)
        now_ns = self.get_clock().now().nanoseconds
        name = self.get_fully_qualified_name().lstrip('/')
        self._diagnostics.publish(diagnostic_array(ros_types(), now_ns, name, [status]))

    @property
    def undiscovered(self) -> list[str]:
        """Topics outside the contract that have not been published so far."""
        return sorted(self._unknown)

    def _discover(self) -> None:
        for name, kinds in self.get_topic_names_and_types():
            if name not in self._unknown:
                continue
            offered = [p.qos_profile for p in self.get_publishers_info_by_topic(name)]
            if offered:
                self._unknown.discard(name)
                self._subscribe(name, Source(kinds[0], matching_qos(offered)))

    def _subscribe(self, topic: str, source: Source) -> None:
        try:
            message_class = ros_types().message_class(source.type)
            self._queue.check_type(source.type)
        except (MessageError, BagError) as error:
            self.get_logger().error(printable(f'{topic} is not recorded: {error}'))
            return
        latched = source.profile.durability == DurabilityPolicy.TRANSIENT_LOCAL

        def take(data: bytes) -> None:
            self._queue.put(Item(topic, source.type, data, time.time_ns(), latched))

        self.create_subscription(
            message_class,
            topic,
            take,
            source.profile,
            raw=True,
            event_callbacks=qos.subscription_events(
                topic,
                source.profile,
                self._notices.warn_once,
                functools.partial(self._queue.lost, topic),
            ),
        )


def matching_qos(offered: Sequence[QoSProfile]) -> QoSProfile:
    """Return a profile compatible with all publishers, as `ros2 bag record` does.

    Reliable and transient local only if all publishers are.
    """
    reliable = all(p.reliability == ReliabilityPolicy.RELIABLE for p in offered)
    latched = all(p.durability == DurabilityPolicy.TRANSIENT_LOCAL for p in offered)
    return QoSProfile(
        depth=QUEUE_DEPTH,
        reliability=ReliabilityPolicy.RELIABLE if reliable else ReliabilityPolicy.BEST_EFFORT,
        durability=DurabilityPolicy.TRANSIENT_LOCAL if latched else DurabilityPolicy.VOLATILE,
    )


def record(
    queue: RecordingQueue, topics: Sequence[str], ros_args: Sequence[str], stop: StopRequest
) -> tuple[RecordingReport, list[str]]:
    """Record until a stop request; everything received is on disk on return.

    Returns:
        The message counts, and the topics outside the contract that never appeared.
    """
    keep_freed_memory()
    transport.prepare()
    rclpy.init(args=list(ros_args), signal_handler_options=SignalHandlerOptions.NO)
    node = Recorder(queue, topics)
    thread = NodeThread(node)
    print('recording until Ctrl-C', flush=True)
    stop.wait()
    time.sleep(LAST_MESSAGES_S)
    undiscovered = node.undiscovered
    thread.stop(time.monotonic() + 2.0)
    report = queue.close()
    rclpy.try_shutdown()
    return report, undiscovered


def _deep(profile: QoSProfile) -> QoSProfile:
    """Return the profile with a queue for every message instead of the newest few."""
    profile.depth = QUEUE_DEPTH
    return profile
