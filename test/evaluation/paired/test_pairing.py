# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Frames are paired by recording, camera and stamp; recordings are grouped by their folder."""

import numpy as np

from thermal_depth_ros.evaluation.paired.frame_files import FrameTable
from thermal_depth_ros.evaluation.paired.pairing import groups_of, pair_frames


def table(*rows):
    """Make a table of (recording, camera, stamp, value)."""
    drives = tuple(dict.fromkeys((recording, camera) for recording, camera, _, _ in rows))
    return FrameTable(
        ('x',),
        drives,
        np.array([drives.index(row[:2]) for row in rows]),
        np.array([row[2] for row in rows]),
        np.array([[row[3]] for row in rows], float),
    )


def test_frames_in_any_order_and_those_that_one_lacks():
    first = table(('a', '/l', 1, 1), ('a', '/l', 2, 2), ('a', '/r', 1, 3), ('b', '/l', 1, 4))
    second = table(('b', '/l', 1, 40), ('a', '/r', 1, 30), ('a', '/l', 2, 20), ('c', '/l', 1, 50))
    pairs = pair_frames(first, second)
    assert pairs.first.values[:, 0].tolist() == [2, 3, 4]
    assert pairs.second.values[:, 0].tolist() == [20, 30, 40]
    assert (pairs.only_first, pairs.only_second) == (1, 1)
    assert pairs.recording_index.tolist() == [0, 0, 1], 'two cameras of a recording are one drive'


def test_recordings_that_moved_are_known_by_their_name_unless_it_is_ambiguous():
    first = table(('/data/n/a', '/l', 1, 1), ('/data/n/b', '/l', 1, 2), ('/data/d/b', '/l', 1, 3))
    second = table(('copy/a', '/l', 1, 10), ('copy/b', '/l', 1, 20))
    pairs = pair_frames(first, second)
    assert pairs.second.values[:, 0].tolist() == [10]
    assert (pairs.only_first, pairs.only_second) == (2, 1)
    exact = table(('/data/n/b', '/l', 1, 5), ('copy/a', '/l', 1, 6))
    assert pair_frames(first, exact).second.values[:, 0].tolist() == [6, 5]


def test_groups_are_the_folders_below_the_common_one():
    assert groups_of(['drives/a', 'drives/b']) == {'drives/a': '', 'drives/b': ''}
    paths = ['/d/day/a', '/d/night/b', '/d/night/wet/c', '/d/e']
    assert list(groups_of(paths).values()) == ['day', 'night', 'night', '']
    assert groups_of(['/d/day/a']) == {'/d/day/a': ''}
