# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
import time

import pytest

pytest.importorskip('rclpy', reason='rclpy is not installed')

from helpers.waiting import eventually
from thermal_depth_ros.messages.stamps import clock_message, time_ns  # noqa: E402
from thermal_depth_ros.nodes.tools.clock_keeper import clock_keeper  # noqa: E402

pytestmark = pytest.mark.ros
CLOCK = 'rosgraph_msgs/msg/Clock'
END_NS = 1_700_000_010 * 10**9


def heard_ns(graph) -> list[int]:
    return [time_ns(message.clock) for message in list(graph.heard['/clock'])]


def test_the_clock_continues_at_its_rate_after_the_end(graph, monkeypatch):
    monkeypatch.setenv('ROS_DOMAIN_ID', str(graph.domain))
    graph.listen('/clock', CLOCK)
    with clock_keeper(END_NS, rate=2.0):
        publisher = graph.publisher('/clock', CLOCK)
        assert eventually(lambda: graph.probe.count_publishers('/clock') == 2)
        for tenth in range(10, -1, -1):
            ended = time.monotonic()
            publisher.publish(clock_message(graph.types, END_NS - tenth * 20_000_000))
            time.sleep(0.01)

        def goes_on() -> bool:
            passed_s = (max(heard_ns(graph), default=END_NS) - END_NS) / 1e9
            seconds = time.monotonic() - ended
            # What is heard late says less than the time at which it is heard, never more.
            assert passed_s <= 2.0 * seconds
            return passed_s > max(2.0, 1.2 * seconds)

        assert eventually(goes_on)
        times = heard_ns(graph)
    assert times == sorted(times)


def test_a_pause_before_the_end_is_left_alone(graph, monkeypatch):
    monkeypatch.setenv('ROS_DOMAIN_ID', str(graph.domain))
    graph.listen('/clock', CLOCK)
    with clock_keeper(END_NS, rate=1.0):
        publisher = graph.publisher('/clock', CLOCK)
        assert eventually(lambda: graph.probe.count_publishers('/clock') == 2)
        publisher.publish(clock_message(graph.types, END_NS - 10**9))
        assert eventually(lambda: heard_ns(graph))
        time.sleep(0.3)
        assert heard_ns(graph) == [END_NS - 10**9]
