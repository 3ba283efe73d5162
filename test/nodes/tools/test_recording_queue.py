# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
import threading

import pytest

from thermal_depth_ros.bags.errors import BagError
from thermal_depth_ros.bags.recording import Recording
from thermal_depth_ros.messages.bag_types import bag_types, bag_typestore
from thermal_depth_ros.nodes.tools.recording_queue import Item, RecordingQueue

KIND = 'std_msgs/msg/Header'


def item(index: int, size: int = 0, topic: str = '/a') -> Item:
    types = bag_types()
    header = types.Header(stamp=types.Time(sec=index, nanosec=0), frame_id='x' * size)
    return Item(topic, KIND, bytes(bag_typestore().serialize_cdr(header, KIND)), index, False)


class Gate:
    """Holds the writer back until it is opened."""

    def __init__(self, queue: RecordingQueue) -> None:
        self.open = threading.Event()
        self.waiting = threading.Event()
        self._write = queue._writer.write
        queue._writer.write = self._held

    def _held(self, *arguments) -> None:
        self.waiting.set()
        assert self.open.wait(60.0)
        self._write(*arguments)


def test_what_is_put_in_comes_out_in_order_and_unchanged(tmp_path):
    queue = RecordingQueue(tmp_path / 'out')
    items = [item(index, topic='/a' if index % 2 else '/b') for index in range(50)]
    assert all(queue.put(one) for one in items)
    report = queue.close()
    assert report.written == {'/a': 25, '/b': 25}
    assert not report.dropped
    with Recording(tmp_path / 'out') as recording:
        records = list(recording.read())
        assert [(r.topic, r.time_ns) for r in records] == [(i.topic, i.time_ns) for i in items]
        assert [bytes(r.data) for r in records] == [i.data for i in items]


def test_a_full_queue_drops_the_new_message_and_counts_it(tmp_path):
    queue = RecordingQueue(tmp_path / 'out', capacity_bytes=2500)
    gate = Gate(queue)
    assert queue.put(item(0))
    assert gate.waiting.wait(60.0)
    taken = [queue.put(item(index, size=1000)) for index in range(1, 5)]
    gate.open.set()
    report = queue.close()
    assert taken == [True, True, False, False]
    assert report.written == {'/a': 3}
    assert report.dropped == {'/a': 2}
    assert '2 dropped: /a 2' in report.summary


def test_one_message_larger_than_the_capacity_still_passes(tmp_path):
    queue = RecordingQueue(tmp_path / 'out', capacity_bytes=10)
    assert queue.put(item(0, size=1000))
    assert queue.close().written == {'/a': 1}


def test_nothing_is_taken_after_the_end(tmp_path):
    queue = RecordingQueue(tmp_path / 'out')
    queue.close()
    assert not queue.put(item(0))
    assert queue.report().dropped == {'/a': 1}


def test_a_disk_error_ends_the_recording_and_counts_the_rest(tmp_path):
    queue = RecordingQueue(tmp_path / 'out')
    gate = Gate(queue)

    def fail(*arguments):
        raise BagError('the disk is full')

    gate._write = fail
    for index in range(3):
        queue.put(item(index))
    gate.open.set()
    report = queue.close()
    assert report.error == 'the disk is full'
    assert sum(report.dropped.values()) == 3
    assert not report.written


def test_an_error_is_reported_at_once_and_once(tmp_path):
    queue = RecordingQueue(tmp_path / 'out')
    told = []
    queue.on_error(told.append)
    gate = Gate(queue)

    def fail(*arguments):
        raise BagError('the disk is full')

    gate._write = fail
    gate.open.set()
    queue.put(item(0))
    queue._thread.join(20.0)
    assert told == ['the disk is full']
    assert not queue.put(item(1))
    queue.lost('/b', 2)
    report = queue.close()
    assert told == ['the disk is full']
    assert report.dropped == {'/a': 2, '/b': 2}


def test_losses_before_the_queue_are_counted(tmp_path):
    queue = RecordingQueue(tmp_path / 'out')
    queue.lost('/a', 3)
    assert queue.close().dropped == {'/a': 3}


def test_unknown_types_are_refused_before_the_first_message(tmp_path):
    queue = RecordingQueue(tmp_path / 'out')
    queue.check_type(KIND)
    with pytest.raises(BagError, match='some_msgs/msg/Odd'):
        queue.check_type('some_msgs/msg/Odd')
    queue.close()


def test_a_recording_is_not_overwritten_unasked(tmp_path):
    RecordingQueue(tmp_path / 'out').close()
    with pytest.raises(BagError, match='exists already'):
        RecordingQueue(tmp_path / 'out')
    RecordingQueue(tmp_path / 'out', overwrite=True).close()
