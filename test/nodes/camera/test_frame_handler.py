# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""The newest item wins, errors are reported, and the thread comes and goes."""

import threading

from helpers.waiting import eventually
from thermal_depth_ros.nodes.camera.frame_handler import NewestItemWorker


class _Slow:
    """Holds the worker at every item until released."""

    def __init__(self) -> None:
        self.seen: list[int] = []
        self.entered = threading.Semaphore(0)
        self.go_on = threading.Semaphore(0)

    def handle(self, item: int) -> None:
        self.seen.append(item)
        self.entered.release()
        assert self.go_on.acquire(timeout=60.0)


def _never(item: int, error: Exception) -> None:
    raise AssertionError(f'{item}: {error}')


def test_items_that_come_during_work_are_replaced_by_the_newest():
    slow = _Slow()
    worker = NewestItemWorker('test', slow.handle, _never)
    worker.start()
    assert worker.offer(1) is False
    assert slow.entered.acquire(timeout=60.0)
    assert [worker.offer(item) for item in (2, 3, 4)] == [False, True, True]
    slow.go_on.release(2)
    assert slow.entered.acquire(timeout=60.0)
    assert worker.stop(60.0)
    assert slow.seen == [1, 4]


def test_an_error_is_reported_and_the_next_item_handled():
    failed, handled = [], []

    def handle(item: int) -> None:
        if item == 1:
            raise KeyError('lost')
        handled.append(item)

    worker = NewestItemWorker('test', handle, lambda item, error: failed.append((item, error)))
    worker.start()
    worker.offer(1)
    assert eventually(lambda: failed)
    worker.offer(2)
    assert eventually(lambda: handled == [2])
    assert failed[0][0] == 1 and isinstance(failed[0][1], KeyError)
    assert worker.stop(60.0)


def test_an_error_of_the_report_does_not_end_the_thread(capsys):
    handled = []

    def handle(item: int) -> None:
        handled.append(item)
        if item == 1:
            raise KeyError('lost')

    worker = NewestItemWorker('test', handle, _never)
    worker.start()
    worker.offer(1)
    assert eventually(lambda: handled == [1], 30.0)
    worker.offer(2)
    assert eventually(lambda: handled == [1, 2], 30.0)
    assert worker.stop(30.0)
    said = capsys.readouterr().err
    assert 'unexpected AssertionError: 1: ' in said and 'in _never\n' in said


def test_stop_says_when_the_work_does_not_end():
    slow = _Slow()
    worker = NewestItemWorker('test', slow.handle, _never)
    worker.start()
    worker.offer(1)
    assert slow.entered.acquire(timeout=60.0)
    worker.offer(2)
    assert worker.stop(0.05) is False
    slow.go_on.release()
    assert worker.stop(60.0) is True
    assert slow.seen == [1]  # what waited was dropped


def test_stop_without_start_and_start_again():
    seen: list[int] = []
    worker = NewestItemWorker('test', seen.append, _never)
    assert worker.stop(1.0)
    for item in (1, 2):
        worker.start()
        worker.offer(item)
        assert eventually(lambda item=item: seen[-1:] == [item])
        assert worker.stop(60.0)
    assert seen == [1, 2]
