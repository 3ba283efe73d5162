# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""A subscriber, in its own process, that records when each stamp arrives.

Messages are taken as serialised bytes and only their headers are read, so that the subscriber
costs about what one in C++ would.
"""

import argparse
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import rclpy
from rclpy.node import Node
from rclpy.serialization import deserialize_message
from rclpy.signals import SignalHandlerOptions

from thermal_depth_ros.base import contract
from thermal_depth_ros.base.allocator import keep_freed_memory
from thermal_depth_ros.base.stopping import StopRequest
from thermal_depth_ros.messages.diagnostics import statuses_of
from thermal_depth_ros.messages.ros_types import ros_types
from thermal_depth_ros.messages.stamps import stamp_ns
from thermal_depth_ros.nodes import transport
from thermal_depth_ros.nodes.qos import output_qos
from thermal_depth_ros.nodes.run import NodeThread

_HEADER_BYTES = 512  # a header with a frame_id of any sensible length


class ArrivalLog(Node):
    """Subscribes to outputs whose messages begin with a header."""

    def __init__(self, topics: dict[str, str]) -> None:
        """Subscribe; `topics` maps names to message types."""
        super().__init__('arrival_log', start_parameter_services=False, enable_rosout=False)
        self.arrivals: dict[str, list[tuple[int, int]]] = {topic: [] for topic in topics}
        self.reports: dict[str, dict[str, str]] = {}
        for topic, type_name in topics.items():
            self.create_subscription(
                ros_types().message_class(type_name),
                topic,
                self._note(topic),
                output_qos(),
                raw=True,
            )
        self.create_subscription(
            ros_types().DiagnosticArray, contract.DIAGNOSTICS_TOPIC, self._keep_report, output_qos()
        )

    def _note(self, topic: str) -> Any:
        noted = self.arrivals[topic]
        header_class = ros_types().Header

        def take(data: bytes) -> None:
            now_ns = time.time_ns()
            # The header comes first in the serialised message; what follows it is not looked at.
            header = deserialize_message(data[:_HEADER_BYTES], header_class)
            noted.append((stamp_ns(header), now_ns))

        return take

    def _keep_report(self, message: Any) -> None:
        self.reports.update({status.name: dict(status.values) for status in statuses_of(message)})


def topics_of(keys: Sequence[str], cameras: Sequence[str]) -> dict[str, str]:
    """Return topic -> type of the outputs of cameras with these keys; all when empty."""
    outputs = (item for kind in cameras for item in contract.OUTPUTS[kind].items())
    return {
        output.topic: output.type
        for key, output in outputs
        if output.type != contract.TF_MESSAGE and not output.latched and (key in keys or not keys)
    }


def main(argv: list[str] | None = None) -> int:
    """Record until a signal, then write the arrivals."""
    parser = argparse.ArgumentParser(description='Record when messages arrive.')
    parser.add_argument('keys', nargs='*', help='keys of contract.OUTPUTS; all if none is given')
    kinds = list(contract.OUTPUTS)
    parser.add_argument('--cameras', nargs='+', choices=kinds, default=kinds)
    parser.add_argument(
        '--log',
        type=Path,
        required=True,
        help='output JSON file of the arrivals; made empty once every topic has a publisher',
    )
    arguments = parser.parse_args(argv)
    stop = StopRequest()
    stop.install()
    keep_freed_memory()
    transport.prepare()
    rclpy.init(args=[], signal_handler_options=SignalHandlerOptions.NO)
    node = ArrivalLog(topics_of(arguments.keys, arguments.cameras))
    thread = NodeThread(node)
    while not stop.asked and not all(node.count_publishers(topic) for topic in node.arrivals):
        time.sleep(0.05)
    arguments.log.touch()
    stop.wait()
    thread.stop(time.monotonic() + 2.0)
    arguments.log.write_text(json.dumps({'arrivals': node.arrivals, 'reports': node.reports}))
    rclpy.try_shutdown()
    return 0


if __name__ == '__main__':
    sys.exit(main())
