# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Items taken in advance by a thread: all of them, in order, no more than asked for."""

import threading

import pytest

from thermal_depth_ros.bags.read_ahead import ReadAhead
from thermal_depth_ros.bags.recording import Recording


def test_all_items_in_order():
    assert list(ReadAhead(iter(range(100)), 3)) == list(range(100))


def test_an_error_comes_where_the_item_would():
    def items():
        yield 1
        yield 2
        raise ValueError('damaged')

    reader = ReadAhead(items(), 8)
    assert [next(reader), next(reader)] == [1, 2]
    with pytest.raises(ValueError, match='damaged'):
        next(reader)
    assert next(reader, None) is None


def test_only_so_many_are_taken_and_closing_ends_the_thread():
    taken, filled = [], threading.Event()

    def items():
        for number in range(1000):
            taken.append(number)
            if number == 4:
                filled.set()
            yield number

    reader = ReadAhead(items(), 3)
    assert taken == [], 'nobody asked'
    assert next(reader) == 0
    assert filled.wait(10.0)
    reader.close()
    assert len(taken) == 5, 'one is given, three wait, one is held'
    assert next(reader, None) is None
    assert not any(thread.name == 'read ahead' for thread in threading.enumerate())


def test_a_recording_of_any_storage_ends_its_readers(tmp_path, make_recording, storage):
    path = make_recording(tmp_path, storage, 20)
    with Recording(path) as recording:
        expected = [bytes(record.data) for record in recording.read(['/notes'])]
        found = recording.read_ahead(['/notes'])
        others = recording.read_ahead(['/thermal/image_raw', '/notes'])
        next(others)
        assert [bytes(record.data) for record in found] == expected
        assert len(expected) == 20
    assert not any(thread.name == 'read ahead' for thread in threading.enumerate())
