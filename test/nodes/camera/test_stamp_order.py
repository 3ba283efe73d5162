# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Stamps that repeat or go back, loops of recordings, simulated time."""

import pytest

from helpers.waiting import eventually
from thermal_depth_ros.nodes.camera.camera_inputs import StampOrder, StampVerdict

S = 1_000_000_000


def _verdicts(*stamps_ns: int) -> list[StampVerdict]:
    order = StampOrder()
    return [order.check(stamp) for stamp in stamps_ns]


def test_order_repetition_and_zero():
    assert _verdicts(S, 2 * S, 2 * S, 0, 3 * S) == [
        StampVerdict.IN_ORDER,
        StampVerdict.IN_ORDER,
        StampVerdict.REPEATED,
        StampVerdict.ZERO,
        StampVerdict.IN_ORDER,
    ]


def test_one_frame_from_the_past_is_late_and_the_stream_continues():
    assert _verdicts(S, 3 * S, 2 * S, 4 * S)[2:] == [StampVerdict.LATE, StampVerdict.IN_ORDER]


def test_two_in_order_from_the_past_are_a_time_jump():
    verdicts = _verdicts(8 * S, 9 * S, S, 2 * S, 3 * S)
    assert verdicts[2:] == [StampVerdict.LATE, StampVerdict.TIME_JUMP, StampVerdict.IN_ORDER]


def test_two_late_frames_in_wrong_order_are_no_time_jump():
    assert _verdicts(9 * S, 8 * S, 7 * S, 10 * S)[1:] == [
        StampVerdict.LATE,
        StampVerdict.LATE,
        StampVerdict.IN_ORDER,
    ]


def test_a_late_frame_that_is_repeated_is_no_time_jump():
    assert _verdicts(9 * S, 8 * S, 8 * S)[1:] == [StampVerdict.LATE, StampVerdict.REPEATED]


def test_a_reset_takes_any_stamp():
    order = StampOrder()
    order.check(9 * S)
    order.reset()
    assert order.check(S) is StampVerdict.IN_ORDER


@pytest.mark.ros
def test_repeated_and_late_frames_are_dropped(graph, thermal):
    node = graph.start(thermal)
    graph.listen_outputs('thermal', 'depth')
    stamp = graph.run_frames('thermal', 'thermal/depth/image')[0].header.stamp
    last = stamp.sec * S + stamp.nanosec
    graph.send_image('thermal', stamp_ns=last)
    graph.send_image('thermal', stamp_ns=last - S)
    drops = node.health.drops.snapshot
    assert eventually(
        lambda: drops() == {'repeated stamp': 1, 'older stamp than the frame before': 1}
    ), drops()
    assert graph.logged('/thermal/image_raw: frame dropped, repeated stamp', level=30)
    graph.run_frames('thermal', 'thermal/depth/image')
    assert 'time jumps' not in node.health.totals.snapshot()


@pytest.mark.ros
def test_a_looping_recording_resets_and_continues(graph, thermal):
    node = graph.start(thermal)
    graph.listen_outputs('thermal', 'depth')
    resets = []
    original = node.pipeline.reset
    node.pipeline.reset = lambda: resets.append(1) or original()
    start = graph.stamp_ns
    graph.run_frames('thermal', 'thermal/depth/image', 3)
    assert len(resets) == 1  # at the first frame
    graph.stamp_ns = start
    graph.run_frames('thermal', 'thermal/depth/image', 3)
    assert len(resets) == 2
    assert node.health.totals.snapshot()['time jumps'] == 1
    assert graph.logged('stamps went back', level=30)


@pytest.mark.ros
def test_simulated_time_that_jumps_back(graph, thermal):
    from thermal_depth_ros.messages.stamps import clock_message

    node = graph.start(thermal, use_sim_time=True)
    graph.listen_outputs('thermal', 'depth')
    clock = graph.publisher('/clock', 'rosgraph_msgs/msg/Clock')

    def tick(seconds: int) -> None:
        clock.publish(clock_message(graph.types, seconds * S))
        assert eventually(lambda: node.get_clock().now().nanoseconds == seconds * S)

    tick(1000)
    graph.stamp_ns = 1000 * S
    graph.run_frames('thermal', 'thermal/depth/image', 2)
    # Simulated time stands still, diagnostics do not.
    assert eventually(lambda: graph.part('thermal: input'))
    tick(900)
    assert node.health.totals.snapshot()['time jumps'] == 1
    assert graph.logged('the clock jumped by -100.000 s', level=30)
    graph.stamp_ns = 900 * S
    before = dict(node.health.drops.snapshot())
    graph.run_frames('thermal', 'thermal/depth/image', 2)
    assert node.health.drops.snapshot() == before  # the first frame after the jump is not late
    stamp = graph.heard['thermal/depth/image'][-1].header.stamp
    assert stamp.sec == 900


@pytest.mark.ros
def test_simulated_time_without_a_clock_is_reported(graph, thermal):
    graph.start(thermal, use_sim_time=True, stale_after_s=0.3)
    assert graph.logged('use_sim_time is set and /clock is silent', level=30)
