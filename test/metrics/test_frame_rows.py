# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Rows of frames: as they were added, also when most of them no longer fit into memory."""

import pickle

import numpy as np

from thermal_depth_ros.metrics import frame_rows
from thermal_depth_ros.metrics.frame_rows import FrameRows


def added(count):
    values = np.random.default_rng(0).normal(size=(count, 3))
    values[count // 2, 1] = np.nan
    rows = FrameRows(('a', 'b', 'c'))
    for number, row in enumerate(values):
        rows.add(10**18 + number, row)
    return rows, values


def same(rows, values):
    stamps, found = zip(*rows, strict=True)
    assert list(stamps) == list(range(10**18, 10**18 + len(values)))
    np.testing.assert_array_equal(found, values)
    assert len(rows) == len(values)


def test_rows_in_memory_in_a_file_and_of_another_process(monkeypatch):
    few, values = added(5)
    same(few, values)
    monkeypatch.setattr(frame_rows, '_KEPT_BYTES', 300)
    many, values = added(2500)
    assert len(many._last) < 300
    same(many, values)
    same(many, values)
    moved = pickle.loads(pickle.dumps(many))
    same(moved, values)
    moved.add(10**18 + 2500, np.zeros(3))
    same(moved, np.vstack([values, np.zeros(3)]))
    same(many, values)


def test_no_rows():
    assert list(FrameRows(('a',))) == []
