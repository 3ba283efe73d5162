# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
import array
import threading

import numpy as np

from thermal_depth_ros.messages.buffers import OctetPool


def test_a_buffer_in_use_is_never_handed_out_again():
    pool = OctetPool()
    first = pool.take(1000)
    assert isinstance(first, array.array)
    assert len(first) == 1000
    assert pool.take(1000) is not first


def test_a_forgotten_buffer_serves_again():
    pool = OctetPool()
    address = pool.take(1000).buffer_info()[0]
    assert pool.take(1000).buffer_info()[0] == address
    assert pool.kept_bytes == 1000


def test_views_and_slices_keep_a_buffer():
    pool = OctetPool()
    view = np.frombuffer(pool.take(1000), np.uint8)[10:20]
    view[:] = 5
    other = np.frombuffer(pool.take(1000), np.uint8)
    other[:] = 9
    assert view.tolist() == [5] * 10
    assert not np.shares_memory(view, other)


def test_other_sizes_get_other_buffers():
    pool = OctetPool()
    pool.take(1000)
    assert len(pool.take(999)) == 999


def test_the_pool_forgets_what_was_used_longest_ago():
    pool = OctetPool(limit_bytes=3000)
    for size in (1000, 1100, 1200):
        pool.take(size)
    assert pool.kept_bytes == 1100 + 1200
    pool.take(1000)
    assert pool.kept_bytes == 1200 + 1000


def test_a_buffer_above_the_limit_is_not_kept():
    pool = OctetPool(limit_bytes=3000)
    assert len(pool.take(5000)) == 5000
    assert pool.kept_bytes == 0


def test_threads_never_share_a_buffer():
    pool = OctetPool()
    wrong = []

    def work(mark: int) -> None:
        for _ in range(300):
            view = np.frombuffer(pool.take(5000), np.uint8)
            view[:] = mark
            if not (view == mark).all():
                wrong.append(mark)

    threads = [threading.Thread(target=work, args=(mark,)) for mark in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
