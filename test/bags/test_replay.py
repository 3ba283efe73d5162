# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Replay timing: arithmetic that needs no clock."""

import dataclasses
import math
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rosbags.typesys import Stores, get_typestore

from thermal_depth_ros.bags.errors import BagError
from thermal_depth_ros.bags.recording import Recording
from thermal_depth_ros.bags.replay import (
    NS_PER_S,
    ReplayConfig,
    Timeline,
    Window,
    make_tracks,
    moments,
    shift_stamps,
    window,
)
from thermal_depth_ros.bags.storage import Channel, Definition
from thermal_depth_ros.bags.writer import RecordingWriter
from thermal_depth_ros.base.settings import SettingsError, build

START, END = 100 * NS_PER_S, 110 * NS_PER_S


@pytest.mark.parametrize('rate', [0.0, -1.0, math.nan, math.inf])
def test_impossible_rates_are_refused_by_name(rate):
    with pytest.raises(SettingsError, match=r'rate: .* is (not finite|below the minimum)'):
        build(ReplayConfig, {'rate': rate})


def test_window_is_the_whole_recording_by_default():
    assert window(ReplayConfig(), START, END) == Window(START, END)


def test_window_starts_later_and_ends_sooner():
    config = ReplayConfig(start_s=2.5, duration_s=3.0)
    assert window(config, START, END) == Window(102_500_000_000, 105_500_000_000)
    assert window(dataclasses.replace(config, duration_s=99.0), START, END).last_ns == END


def test_start_behind_the_end_is_an_error_with_the_length():
    with pytest.raises(BagError, match=r'start: 11 s is after .*10\.000 s'):
        window(ReplayConfig(start_s=11.0), START, END)


def test_double_rate_halves_the_wait():
    line = Timeline(2.0, START, 500)
    assert line.due_ns(START) == 500
    assert line.due_ns(START + NS_PER_S) == 500 + NS_PER_S // 2
    assert line.time_ns(500 + NS_PER_S) == START + 2 * NS_PER_S


@given(
    rate=st.floats(1e-3, 1e3),
    later=st.integers(0, 10**15),
    now=st.integers(0, 2**60),
)
def test_timeline_goes_there_and_back(rate, later, now):
    line = Timeline(rate, START, now)
    back = line.time_ns(line.due_ns(START + later))
    # The clock counts whole nanoseconds; one of them is `rate` of recorded time, and a float
    # has 53 bits.
    assert abs(back - (START + later)) <= max(2.0, rate) + later * 2**-50


def test_aligned_recordings_start_with_the_first():
    starts = [50, 20, 90]
    tracks = make_tracks([SimpleNamespace(start_ns=start) for start in starts], align=True)
    assert [track.start_ns for track in tracks] == [50, 50, 50]


STORE = get_typestore(Stores.ROS2_JAZZY)
IMAGE = 'sensor_msgs/msg/Image'
SECOND = 1_000_000_000


def channel(type_name: str) -> Channel:
    return Channel(1, '/topic', type_name, 'cdr', Definition())


def shifted(message, type_name, offset_ns, little_endian=True):
    data = STORE.serialize_cdr(message, type_name, little_endian=little_endian)
    moved = shift_stamps(channel(type_name), data, offset_ns)
    return STORE.deserialize_cdr(bytes(moved), type_name)


def test_header_stamp_moves_and_nothing_else(make_image):
    before = make_image(STORE, 3)
    for little_endian in (True, False):
        after = shifted(before, IMAGE, 2_750_000_000, little_endian)
        moved_ns = after.header.stamp.sec * SECOND + after.header.stamp.nanosec
        stamp_ns = before.header.stamp.sec * SECOND + before.header.stamp.nanosec
        assert moved_ns - stamp_ns == 2_750_000_000
        assert np.array_equal(after.data, before.data)
        assert after.header.frame_id == before.header.frame_id


def test_zero_stamp_stays_zero(make_image):
    message = make_image(STORE, 0)
    message.header.stamp.sec = message.header.stamp.nanosec = 0
    after = shifted(message, IMAGE, 5 * SECOND)
    assert (after.header.stamp.sec, after.header.stamp.nanosec) == (0, 0)


def test_stamp_never_becomes_negative(make_image):
    after = shifted(make_image(STORE, 0), IMAGE, -(2**62))
    assert (after.header.stamp.sec, after.header.stamp.nanosec) == (0, 0)


def test_message_without_header_is_left_alone():
    text = STORE.types['std_msgs/msg/String'](data='a long enough text to hold a stamp')
    assert shifted(text, 'std_msgs/msg/String', SECOND) == text


def test_every_transform_moves():
    types = STORE.types
    header, time = types['std_msgs/msg/Header'], types['builtin_interfaces/msg/Time']
    transform = types['geometry_msgs/msg/Transform'](
        translation=types['geometry_msgs/msg/Vector3'](x=1.0, y=2.0, z=3.0),
        rotation=types['geometry_msgs/msg/Quaternion'](x=0.0, y=0.0, z=0.0, w=1.0),
    )
    stamped = [
        types['geometry_msgs/msg/TransformStamped'](
            header=header(stamp=time(sec=10 + i, nanosec=0), frame_id='odom'),
            child_frame_id='base_link',
            transform=transform,
        )
        for i in range(3)
    ]
    message = types['tf2_msgs/msg/TFMessage'](transforms=stamped)
    after = shifted(message, 'tf2_msgs/msg/TFMessage', 5 * SECOND)
    assert [t.header.stamp.sec for t in after.transforms] == [15, 16, 17]
    assert after.transforms[2].transform.translation.y == 2.0


def test_aligned_recordings_play_together(tmp_path, make_recording):
    early = make_recording(tmp_path, 'sqlite3', 5)
    with RecordingWriter(tmp_path / 'late') as writer, Recording(early) as source:
        for record in source.read():
            late_ns = record.time_ns + 10**15
            writer.write(f'/late{record.topic}', record.type, bytes(record.data), late_ns)
    with Recording(early) as first, Recording(tmp_path / 'late') as second:
        apart = list(moments(make_tracks([first, second], align=False)))
        together = list(moments(make_tracks([first, second], align=True)))
        assert [m.record.topic[:6] for m in apart[10:]] == ['/late/'] * 10
        times = [m.time_ns for m in together]
        assert times == sorted(times)
        assert times[0] == first.start_ns and times[-1] == first.end_ns
        stamps = {}
        for moment in together:
            if moment.record.type == IMAGE:
                stamp = STORE.deserialize_cdr(moment.cdr(), IMAGE).header.stamp
                stamps.setdefault(moment.record.topic, []).append((stamp.sec, stamp.nanosec))
    # The images carry the same stamps in both files; those of the late file moved back.
    assert len(stamps['/late/thermal/image_raw']) == len(stamps['/thermal/image_raw']) == 5
    assert stamps['/late/thermal/image_raw'][0] < stamps['/thermal/image_raw'][0]
