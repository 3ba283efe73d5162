# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Frames of two runs at the same times, with ground truth."""

import numpy as np
import pytest

from thermal_depth_ros.bags.recording import Recording
from thermal_depth_ros.bundles import CITYSCAPES_19
from thermal_depth_ros.evaluation.errors import EvaluationError
from thermal_depth_ros.evaluation.paired_frames import Side, choose_moments, read_pairs
from thermal_depth_ros.evaluation.recorded_run import read_run
from thermal_depth_ros.messages.image import image_to_array

NAMES = tuple(CITYSCAPES_19.names)
SKY, BUILDING = NAMES.index('sky'), NAMES.index('building')


def side(name, recording, drive, names=NAMES) -> Side:
    return Side(name, recording, drive, read_run(recording), names, '', None)


def maps(drive, topic) -> list[np.ndarray]:
    with Recording(drive) as recording:
        return [np.array(image_to_array(r.message)) for r in recording.read([topic])]


def test_the_same_frames_are_chosen_where_both_have_them():
    times = np.arange(0.0, 4.05, 0.1)
    chosen = choose_moments(times, times, 4)
    assert [i for i, j in chosen if i == j] == [5, 15, 25, 35]


def test_frames_close_in_time_are_preferred_to_even_distances():
    # At 1.0 s and at 3.1 s both have a frame; around 2 s they are half a second apart.
    first, second = [0.0, 1.0, 1.8, 3.1], [0.4, 1.0, 2.3, 3.1]
    assert choose_moments(first, second, 3) == [(1, 1), (3, 3)]


def test_few_frames_are_shown_once_and_none_is_no_error():
    assert choose_moments([0.5], [0.7], 4) == [(0, 0)]
    assert choose_moments([], [0.7], 4) == choose_moments([0.7], [], 4) == []


def test_frames_come_with_their_truth_and_metrics(lit_runs, tmp_path):
    def wrong_sky(labels):
        return np.where(labels == SKY, BUILDING, labels).astype(np.uint8)

    day = lit_runs.run(tmp_path / 'day', lit_runs.day, depth=lambda d: d * np.float32(0.5))
    frames = (1, 3)
    night = lit_runs.run(tmp_path / 'night', lit_runs.night, classes=wrong_sky, frames=frames)
    sides = (side('day', day, lit_runs.day), side('night', night, lit_runs.night))
    pairs = read_pairs(sides, 2)
    assert len(pairs) == 2
    true_m = maps(lit_runs.day, '/ground_truth/rgb/depth')
    labels = maps(lit_runs.night, '/ground_truth/rgb/labels')
    images = maps(lit_runs.night, '/rgb/image_raw')
    for number, (left, right) in zip(frames, pairs, strict=True):
        assert left.time_s == right.time_s == pytest.approx(number / 5, abs=1e-6)
        assert np.array_equal(right.image, images[number])
        assert np.array_equal(left.true_depth_m, true_m[number])
        # Half of the truth, scaled by medians, is the truth.
        assert left.depth.median_ratio == pytest.approx(2.0)
        assert np.allclose(left.depth_m, true_m[number])
        assert left.depth.metric.abs_rel == pytest.approx(0.5, abs=1e-6)
        assert left.miou == 1.0
        assert np.array_equal(right.true_classes, labels[number])
        assert np.array_equal(right.classes, wrong_sky(labels[number]))
        seen = np.unique(labels[number][labels[number] != 255])
        assert SKY in seen
        building = (labels[number] == BUILDING).sum()
        iou = building / (building + (labels[number] == SKY).sum())
        assert right.miou == pytest.approx((len(seen) - 2 + iou) / len(seen))


def test_classes_of_another_set_are_an_error(lit_runs, tmp_path):
    run = lit_runs.run(tmp_path / 'run', lit_runs.day)
    short = side('day', run, lit_runs.day, NAMES[:5])
    with pytest.raises(EvaluationError, match='not among the 5 classes'):
        read_pairs((short, short), 2)
