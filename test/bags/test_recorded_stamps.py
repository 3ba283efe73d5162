# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Messages whose stamps say nothing have the time at which they were recorded."""

import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rosbags.typesys import Stores, get_typestore

from thermal_depth_ros.bags.recorded_stamps import RecordedStamps
from thermal_depth_ros.bags.recording import Recording
from thermal_depth_ros.bags.writer import RecordingWriter

TYPES = get_typestore(Stores.ROS2_JAZZY).types
IMAGE, TOPIC = 'sensor_msgs/msg/Image', '/thermal/image_raw'
START_NS, STEP_NS, DELAY_NS = 1_700_000_000_000_000_000, 100_000_000, 7_000_000
COUNT = 8
RECORDED = [START_NS + DELAY_NS + k * STEP_NS for k in range(COUNT)]


def write(path: Path, stamps: list[tuple[int, int]], topic: str = TOPIC) -> Path:
    """Write images with stamps of seconds and nanoseconds."""
    with RecordingWriter(path) as writer:
        for time_ns, (sec, nanosec) in zip(RECORDED, stamps, strict=True):
            stamp = TYPES['builtin_interfaces/msg/Time'](sec=sec, nanosec=nanosec)
            message = TYPES[IMAGE](
                header=TYPES['std_msgs/msg/Header'](stamp=stamp, frame_id='camera'),
                height=1,
                width=2,
                encoding='mono8',
                is_bigendian=0,
                step=2,
                data=np.zeros(2, np.uint8),
            )
            writer.write(topic, IMAGE, message, time_ns)
    return path


def read(path: Path) -> tuple[list[int], tuple[str, ...]]:
    with Recording(path) as recording:
        found = [record.stamp_ns for record in recording.read([TOPIC])]
        assert [record.stamp_ns for record in recording.read([TOPIC])] == found
        assert not recording.problems, 'nothing of it is damage'
        return found, recording.notes


@pytest.mark.parametrize(
    ('stamp', 'said'),
    [
        ((0, 0), 'stamps of 0: their time of recording is taken'),
        ((-5, 0), r'out of range \(-5 s\)'),
        ((12, 500_000_000), r'all alike \(12.500000000 s\)'),
    ],
)
def test_a_stamp_that_says_nothing_is_replaced_and_that_is_reported_once(
    tmp_path: Path, stamp: tuple[int, int], said: str
) -> None:
    found, notes = read(write(tmp_path / 'bag', [stamp] * COUNT))
    assert found == RECORDED
    (note,) = notes
    assert note.startswith(TOPIC)
    assert re.search(said, note)


def test_stamps_of_a_clock_of_its_own_are_left(tmp_path: Path) -> None:
    stamps = [(100 + k, 0) for k in range(COUNT)]
    found, notes = read(write(tmp_path / 'bag', stamps))
    assert found == [sec * 10**9 for sec, _ in stamps]
    assert not notes


def test_only_the_messages_without_a_stamp_are_given_another(tmp_path: Path) -> None:
    own = [divmod(time - DELAY_NS, 10**9) for time in RECORDED]
    found, notes = read(write(tmp_path / 'bag', [(0, 0), (0, 0), *own[2:]]))
    assert found == [*RECORDED[:2], *(time - DELAY_NS for time in RECORDED[2:])]
    assert len(notes) == 1


def test_zeros_before_stamps_of_another_clock_are_put_on_that_clock(tmp_path: Path) -> None:
    own = [100 * 10**9 + k * STEP_NS for k in range(COUNT)]
    written = [(0, 0), (0, 0), *(divmod(stamp, 10**9) for stamp in own[2:])]
    found, notes = read(write(tmp_path / 'bag', written))
    assert found == own
    assert 'moved by' in notes[0] and 'to their clock' in notes[0]


def test_images_from_before_the_clock_began_have_a_stamp_that_a_message_can_say(
    tmp_path: Path,
) -> None:
    later = [(0, 1 + k * STEP_NS) for k in range(COUNT - 3)]
    found, _ = read(write(tmp_path / 'bag', [(0, 0), (0, 0), (0, 0), *later]))
    assert found == [1, 1, 1, *(nanosec for _, nanosec in later)]


def test_an_image_that_was_recorded_twice_keeps_its_stamp(tmp_path: Path) -> None:
    own = [divmod(START_NS + k // 2 * STEP_NS, 10**9) for k in range(COUNT)]
    found, notes = read(write(tmp_path / 'bag', own))
    assert found == [START_NS + k // 2 * STEP_NS for k in range(COUNT)]
    assert not notes


@given(st.integers(-(2**62), 2**62), st.integers(1, 2**61))
def test_whatever_the_stamp_the_result_is_one_that_a_message_can_say(own_ns, time_ns) -> None:
    stamps = RecordedStamps(lambda topic: iter(()))
    found = stamps.resolve(TOPIC, own_ns, time_ns)
    usable = 0 < own_ns <= (2**31 - 1) * 10**9
    assert found == (own_ns if usable else time_ns)
    assert bool(stamps.note(TOPIC)) != usable
