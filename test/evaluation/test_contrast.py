# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Figures of two runs, one by the other."""

import numpy as np
import pytest

from thermal_depth_ros.evaluation.contrast import MetricPair, metric_pair_table, metric_pairs
from thermal_depth_ros.metrics.depth import PROTOCOLS
from thermal_depth_ros.metrics.scores import CameraScores

TRUTH_M = np.full((4, 6), 10.0, np.float32)


def result(depth_m: float | None = None, right: int | None = None):
    """Return figures of one image: depth of two halves, and how many of 8 pixels are right."""
    scores = CameraScores('rgb', PROTOCOLS['nuscenes'], ('road', 'sky'))
    if depth_m is not None:
        predicted = TRUTH_M.copy()
        predicted[:, 4:] = depth_m
        scores.depth.add(TRUTH_M, predicted)
    if right is not None:
        truth = np.array([[0] * 8], np.uint8)
        scores.segmentation.add(truth, (np.arange(8)[None] >= right).astype(np.uint8))
        scores.compared['classes'] += 1
    return scores.result()


def test_figures_of_both_and_their_ratio():
    found = {c.name: c for c in metric_pairs((result(12.0, 8), result(20.0, 4)))}
    # A third of the pixels is wrong, by 20 % and by 100 %; the median is right.
    for how in ('scaled', 'as predicted'):
        assert found[f'abs_rel {how}'].first == pytest.approx(0.2 / 3)
        assert found[f'abs_rel {how}'].second == pytest.approx(1.0 / 3)
        assert found[f'abs_rel {how}'].ratio == pytest.approx(5.0)
        assert found[f'd<1.25 {how}'].second == pytest.approx(2 / 3)
    # By night half of the road is taken for sky: IoU 1/2 and 0.
    assert (found['mIoU %'].first, found['mIoU %'].second) == (100.0, 25.0)


def test_only_what_both_have_is_compared():
    names = [c.name for c in metric_pairs((result(12.0, 8), result(None, 8)))]
    assert names == ['mIoU %']
    assert len(metric_pairs((result(12.0), result(12.0, 8)))) == 4
    assert metric_pairs((None, result(12.0, 8))) == metric_pairs((result(12.0, 8), None)) == []


def test_the_table_has_a_column_for_each_run():
    found = [MetricPair('abs_rel scaled', 0.1, 0.1351, 3), MetricPair('mIoU %', 0.0, 40.0, 1)]
    table = metric_pair_table('Title', ('day', 'night'), ('5 of 5', '2 of 5'), found)
    assert table.columns == ('', 'day', 'night', 'night by day')
    assert table.rows == (
        ('frames done', '5 of 5', '2 of 5', '-'),
        ('abs_rel scaled', '0.100', '0.135', '1.35'),
        ('mIoU %', '0.0', '40.0', '-'),
    )
