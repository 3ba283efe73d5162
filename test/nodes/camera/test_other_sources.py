# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Transforms of the base frame from other nodes are distinguished from our own."""

from hypothesis import given
from hypothesis import strategies as st

from thermal_depth_ros.messages.bag_types import bag_types
from thermal_depth_ros.messages.odometry import transform_message
from thermal_depth_ros.nodes.camera.other_sources import OtherSources


def _transform(stamp_ns, parent='odom', child='base_link', x=0.0):
    import numpy as np

    T = np.eye(4)
    T[0, 3] = x
    return transform_message(bag_types(), T, stamp_ns, parent, child)


def _hear(sources, transform, static=False, listener=0, now_s=10.0):
    topic = '/tf_static' if static else '/tf'
    sources.heard(transform, topic, static, listener, now_s)


def test_own_transforms_come_back_on_every_listener():
    sources = OtherSources('base_link')
    for stamp in range(5):
        sources.sent(_transform(stamp))
        for listener in (0, 1):
            _hear(sources, _transform(stamp), listener=listener)
    assert sources.recent(10.0, 5.0) == []


def test_equal_transforms_of_a_second_vehicle_are_found():
    sources = OtherSources('base_link')
    sources.sent(_transform(7))
    _hear(sources, _transform(7))
    _hear(sources, _transform(7))
    (other,) = sources.recent(10.0, 5.0)
    assert (other.parent, other.topic, other.count) == ('odom', '/tf', 1)


def test_a_filter_with_another_parent_is_found_and_forgotten_when_it_leaves():
    sources = OtherSources('/base_link')
    _hear(sources, _transform(7, '/odom_combined'), now_s=10.0)
    _hear(sources, _transform(7, 'map', 'odom'), now_s=10.0)  # a localiser: as it should be
    assert [s.parent for s in sources.recent(14.0, 5.0)] == ['odom_combined']
    assert sources.recent(16.0, 5.0) == []


def test_a_static_parent_stays():
    sources = OtherSources('base_link')
    _hear(sources, _transform(0, 'base_footprint'), static=True, now_s=1.0)
    assert [s.static for s in sources.recent(1000.0, 5.0)] == [True]


def test_ever_new_parents_are_bounded():
    sources = OtherSources('base_link')
    for number in range(1000):
        _hear(sources, _transform(number, f'parent_{number}'))
    assert len(sources.recent(10.0, 5.0)) <= 8


@given(
    st.lists(st.sampled_from(['sent and heard', 'sent and lost', 'foreign']), max_size=50),
)
def test_exactly_the_foreign_ones_are_counted(events):
    sources = OtherSources('base_link')
    for number, event in enumerate(events):
        transform = _transform(number, x=float(number))
        if event != 'foreign':
            sources.sent(transform)
        if event != 'sent and lost':
            _hear(sources, transform)
    counted = sum(source.count for source in sources.recent(10.0, 5.0))
    assert counted == events.count('foreign')


def test_memory_is_bounded():
    sources = OtherSources('base_link')
    for number in range(5000):
        sources.sent(_transform(number))
        _hear(sources, _transform(number))
    assert len(sources._sent) <= 1000
    assert len(sources._heard[0]) <= 1000
