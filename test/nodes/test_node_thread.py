# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""A spinning node survives errors in callbacks and stops when told, or says that it cannot."""

import threading
import time

import pytest

from helpers.waiting import eventually

pytestmark = pytest.mark.ros


@pytest.fixture
def default_context(domain_id):
    rclpy = pytest.importorskip('rclpy', reason='rclpy is not installed')
    from rclpy.signals import SignalHandlerOptions

    rclpy.init(args=[], domain_id=domain_id, signal_handler_options=SignalHandlerOptions.NO)
    yield rclpy
    rclpy.try_shutdown()


def test_an_error_in_a_callback_does_not_end_it(default_context, capfd):
    from thermal_depth_ros.nodes.run import NodeThread

    node, calls = default_context.create_node('shaky'), []

    def tick() -> None:
        calls.append(1)
        if len(calls) <= 10:
            raise KeyError('lost')

    node.create_timer(0.01, tick)
    thread = NodeThread(node)
    assert eventually(lambda: len(calls) >= 12, 30.0)
    assert thread.stop(time.monotonic() + 60.0)
    said = capfd.readouterr().err
    assert "unexpected KeyError: 'lost' in a callback\nTraceback" in said
    assert said.count('in tick\n') == 1
    assert said.count("unexpected KeyError: 'lost' in a callback (10 times so far)") == 1


def test_a_busy_callback_is_not_waited_for_past_the_deadline(default_context):
    from thermal_depth_ros.nodes.run import NodeThread

    node = default_context.create_node('busy')
    entered, go_on = threading.Event(), threading.Event()

    def tick() -> None:
        entered.set()
        go_on.wait(120.0)

    node.create_timer(0.01, tick)
    thread = NodeThread(node)
    assert entered.wait(60.0)
    start = time.monotonic()
    assert thread.stop(start + 0.2) is False
    assert time.monotonic() - start < 30.0
    go_on.set()
    assert thread.stop(time.monotonic() + 60.0)
