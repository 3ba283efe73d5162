# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Metrics of two runs and their ratio; captions of the frames, and which colours are explained."""

from pathlib import Path

import numpy as np
import pytest

from thermal_depth_ros.evaluation.paired_frames import PairedFrame, Side
from thermal_depth_ros.evaluation.reports.run_comparison import comparison_chapter, metric_pairs
from thermal_depth_ros.metrics.accumulators import DepthAccumulator
from thermal_depth_ros.metrics.camera import CameraAccumulator
from thermal_depth_ros.metrics.depth import PROTOCOLS

NAMES = ('road', 'sky', 'car')
PALETTE = {0: (1, 2, 3), 1: (4, 5, 6), 2: (7, 8, 9)}


def frame(time_s: float, metres: float, label: int) -> PairedFrame:
    """Return a frame with 10 m before it, road below, and a row without a class."""
    truth = np.full((4, 6), 10.0, np.float32)
    classes, true = np.full((4, 6), label, np.uint8), np.zeros((4, 6), np.uint8)
    true[0] = 255
    figures = DepthAccumulator(PROTOCOLS['nuscenes']).add(truth, np.full_like(truth, metres))
    image = np.zeros((4, 6, 3), np.uint8)
    return PairedFrame(time_s, image, truth, truth, classes, true, figures, 0.25)


def shown(pairs, evaluated: bool = True):
    result = CameraAccumulator('rgb', PROTOCOLS['nuscenes'], NAMES).result() if evaluated else None
    where = Path('nowhere')
    day, night = (
        Side(name, where, where, None, NAMES, f'{name} 5 of 5', result) for name in ('day', 'night')
    )
    return comparison_chapter('Title', 'Text.', (day, night), pairs, PALETTE)


def test_times_and_metrics_stand_above_each_frame():
    found = shown(
        [(frame(1.0, 5.0, 0), frame(1.04, 12.0, 0)), (frame(2.0, 5, 0), frame(2.6, 5, 0))]
    )
    rows = found.sections[1].frames
    assert [row.caption for row in rows] == [
        '1.0 s, day; abs_rel 0.000 scaled, 0.500 as predicted; mIoU 25.0 %',
        '1.0 s, night; abs_rel 0.000 scaled, 0.200 as predicted; mIoU 25.0 %',
        '2.0 s, day; abs_rel 0.000 scaled, 0.500 as predicted; mIoU 25.0 %',
        '2.6 s, night; abs_rel 0.000 scaled, 0.500 as predicted; mIoU 25.0 %',
    ]


def test_metrics_of_random_weights_are_left_out():
    rows = shown([(frame(1.0, 5.0, 0), frame(1.0, 5.0, 0))], evaluated=False).sections[1].frames
    assert [row.caption for row in rows] == ['1.0 s, day', '1.0 s, night']
    assert [len(row.pictures) for row in rows] == [5, 5]


@pytest.mark.parametrize(('label', 'names'), [(0, ['road']), (2, ['road', 'car'])])
def test_colours_of_the_classes_that_are_there_are_explained(label, names):
    keys = shown([(frame(1.0, 5.0, 0), frame(1.0, 5.0, label))]).sections[1].keys
    assert [key.name for key in keys] == names
    assert keys[-1].colour == 'rgb({}, {}, {})'.format(*PALETTE[label])


def test_without_frames_there_are_metrics_alone():
    (section,) = shown([]).sections
    assert section.tables[0].rows[0][0] == 'frames processed'


TRUTH_M = np.full((4, 6), 10.0, np.float32)


def result(depth_m: float | None = None, right: int | None = None):
    """Return figures of one image: depth of two halves, and how many of 8 pixels are right."""
    scores = CameraAccumulator('rgb', PROTOCOLS['nuscenes'], ('road', 'sky'))
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
    found = {c.name: c for c in metric_pairs(result(12.0, 8), result(20.0, 4))}
    # A third of the pixels is wrong, by 20 % and by 100 %; the median is right.
    for how in ('scaled', 'as predicted'):
        assert found[f'abs_rel {how}'].first == pytest.approx(0.2 / 3)
        assert found[f'abs_rel {how}'].second == pytest.approx(1.0 / 3)
        assert found[f'abs_rel {how}'].ratio == pytest.approx(5.0)
        assert found[f'd<1.25 {how}'].second == pytest.approx(2 / 3)
    # By night half of the road is taken for sky: IoU 1/2 and 0.
    assert (found['mIoU %'].first, found['mIoU %'].second) == (100.0, 25.0)


def test_only_what_both_have_is_compared():
    names = [c.name for c in metric_pairs(result(12.0, 8), result(None, 8))]
    assert names == ['mIoU %']
    assert len(metric_pairs(result(12.0), result(12.0, 8))) == 4
    assert metric_pairs(None, result(12.0, 8)) == metric_pairs(result(12.0, 8), None) == []


def two_images(factor: float):
    """Return figures of two images in which left and right change places."""
    scores = CameraAccumulator('rgb', PROTOCOLS['nuscenes'], ('road', 'sky'))
    for truth in (np.array([[2.0, 10.0]]), np.array([[10.0, 2.0]])):
        scores.depth.add(truth, factor * truth)
        labels = (truth > 5).astype(np.uint8)
        scores.segmentation.add(labels, labels)
    scores.compared['classes'] += 1
    return scores.result()


def test_map_and_constant_stand_beside_both_runs_which_are_told_what_they_do_not_beat():
    first, second = two_images(1.0), two_images(2.0)
    found = {c.name: (c.first, c.second) for c in metric_pairs(first, second)}
    # The map says 10 for 2 and 2 for 10: (4 + 0.8) / 2; 1 / mean(1/2, 1/10) = 10/3.
    assert found['abs_rel scaled, fixed map'] == pytest.approx((2.4, 2.4))
    assert found['abs_rel as predicted, fixed map'] == pytest.approx((2.4, 2.4))
    assert found['abs_rel scaled, constant'] == pytest.approx((1.2, 1.2))
    assert found['abs_rel as predicted, constant'] == pytest.approx((2 / 3, 2 / 3))
    assert found['mIoU % of the fixed map'] == (0.0, 0.0)
    where = Path('nowhere')
    day, night = (
        Side(name, where, where, None, NAMES, '', scores)
        for name, scores in (('day', first), ('night', second))
    )
    text = comparison_chapter('', '', (day, night), [], {}).sections[0].text
    of_day, of_night = text.split('night: ')
    assert of_day.startswith('day: ') and 'does not beat' not in of_day
    assert 'abs_rel scaled beats a constant: 0.000 against 1.200.' in of_night
    assert 'abs_rel as predicted does not beat a constant: 1.000 against 0.667.' in of_night
    assert 'mIoU beats a fixed map: 100.00 against 0.00.' in of_night


def test_the_table_has_a_column_for_each_run():
    where = Path('nowhere')
    day, night = (
        Side(name, where, where, None, NAMES, counts, scores)
        for name, counts, scores in (
            ('day', '5 of 5', result(12.0, 8)),
            ('night', '2 of 5', result(20.0, 4)),
        )
    )
    table = comparison_chapter('', '', (day, night), [], {}).sections[0].tables[0]
    assert table.columns == ('', 'day', 'night', 'night / day')
    rows = {row[0]: row[1:] for row in table.rows}
    assert rows['frames processed'] == ('5 of 5', '2 of 5', None)
    assert rows['abs_rel scaled'] == ('0.067', '0.333', '5.00')
    assert rows['mIoU %'] == ('100.0', '25.0', '0.25')
