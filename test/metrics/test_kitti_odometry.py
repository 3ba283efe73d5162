# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Relative errors by the definition of the KITTI benchmark: known scale, known turn."""

import numpy as np
import pytest

from thermal_depth_ros.geometry import rigid
from thermal_depth_ros.metrics.kitti_odometry import KittiAccumulator


def line(frames, step=1.0, turn_deg=0.0):
    """Return poses on a line of `step` m; headings turn, the path does not."""
    poses = np.stack([np.eye(4)] * frames)
    poses[:, 2, 3] = step * np.arange(frames)
    for k in range(frames):
        poses[k, :3, :3] = rigid.exponential(np.array([0, 0, 0, 0, np.radians(turn_deg * k), 0]))[
            :3, :3
        ]
    return poses


def test_a_scale_of_nine_tenths():
    score = KittiAccumulator()
    score.add(line(1001), line(1001, 0.9), 1 / 0.9)
    *lengths, whole = score.result()
    assert [entry.length_m for entry in lengths] == [100, 200, 300, 400, 500, 600, 700, 800]
    for entry in lengths:
        # Segments end at the first pose beyond their length, one metre further.
        assert entry.translation_percent == pytest.approx(
            10 * (entry.length_m + 1) / entry.length_m
        )
        assert entry.scaled_translation_percent == pytest.approx(0, abs=1e-9)
        assert entry.segments == 100 - entry.length_m / 10, 'starts are ten poses apart'
    expected = np.average(
        [entry.translation_percent for entry in lengths], weights=[e.segments for e in lengths]
    )
    assert whole.length_m is None
    assert whole.translation_percent == pytest.approx(expected)
    assert whole.segments == sum(entry.segments for entry in lengths)


def test_a_heading_that_turns_away():
    score = KittiAccumulator()
    score.add(line(150), line(150, turn_deg=0.1), 1.0)
    (entry, _) = score.result()
    assert entry.rotation_deg_per_m == pytest.approx(0.1 * 101 / 100)
    assert entry.segments == 5
    # The translation in the frame of the start: a turn by 0.1 degrees per metre from there on.
    turned = [np.radians(0.1 * start) for start in range(0, 50, 10)]
    chord = np.mean([2 * 101 * np.sin(angle / 2) for angle in turned])
    assert entry.translation_percent == pytest.approx(chord)


def test_parts_add_up_and_short_drives_have_none():
    one, other = KittiAccumulator(), KittiAccumulator()
    one.add(line(111), line(111, 0.9), 1.0)
    other.add(line(131), line(131), 1.0)
    one.merge(other)
    (entry, _) = one.result()
    assert entry.segments == 1 + 3
    assert entry.translation_percent == pytest.approx(10.1 / 4)
    short = KittiAccumulator()
    short.add(line(101), line(101), 1.0)
    assert short.result() == (), 'no pose lies beyond 100 m'
