# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Rows of predictors that never look at the image, below those that were measured."""

import json

import numpy as np
import pytest

from thermal_depth_ros.evaluation.metrics_json import camera_metrics
from thermal_depth_ros.evaluation.tables.measure import Measured
from thermal_depth_ros.evaluation.tables.published import published_table
from thermal_depth_ros.evaluation.tables.rows import (
    MeasuredRow,
    blind_remarks,
    blind_rows,
    with_predicted,
)
from thermal_depth_ros.evaluation.tables.table import FilledTable
from thermal_depth_ros.metrics.camera import CameraAccumulator
from thermal_depth_ros.metrics.depth import NUSCENES

# Left is near in one image and far in the other: a map is worse than a constant.
TRUTH = (np.array([[2.0, 10.0]]), np.array([[10.0, 2.0]]))
LABELS = ([[0, 1]], [[0, 1]], [[0, 0]])


def row(name, factor, known=2):
    """Return a row by night: depth that is wrong by a factor, classes that are all right."""
    scores = CameraAccumulator('rgb', NUSCENES, ('road', 'car'))
    for truth in TRUTH:
        predicted = factor * truth
        predicted[:, known:] = np.nan
        scores.depth.add(truth, predicted)
    for labels in LABELS:
        labels = np.array(labels, np.uint8)
        scores.segmentation.add(labels, labels)
    scores.compared['classes'] += 1
    return MeasuredRow(name, {'night': Measured(camera_metrics(scores.result()), 3)})


TABLE = published_table('dsn-5')  # mIoU, abs_rel, RMSE and delta1, by day and by night
(BLOCK,) = TABLE.blocks
NOT_MEASURED = [None] * 4  # by day


def test_map_and_constant_have_a_row_each():
    found = dict(blind_rows(BLOCK, with_predicted(row('mine', 2.0))))
    assert list(found) == [
        'a fixed map',
        'a fixed map, as it is',
        'a constant',
        'a constant, as it is',
    ]
    miou, *depth = found['a fixed map'][4:]
    # Each image is the only one of its kind or one of two, so that the right pixel is wrong: of
    # the road 3 pixels are right, of 4 true and 5 predicted ones, of the car none.
    assert miou == pytest.approx(100 * (3 / 6 + 0) / 2)
    # Scaled, the map says 10 for 2 and 2 for 10: (4 + 0.8) / 2, and the constant 6 for both.
    assert depth[0] == pytest.approx(2.4) and found['a constant'][5] == pytest.approx(1.2)
    assert found['a constant, as it is'][5] == pytest.approx(2 / 3)
    assert found['a constant'][4] is None
    assert found['a fixed map'][:4] == NOT_MEASURED


def test_rows_of_the_same_pixels_share_them():
    same = blind_rows(BLOCK, [row('mine', 2.0), row('other', 0.5)])
    assert [name for name, _ in same] == ['a fixed map', 'a constant']
    less = blind_rows(BLOCK, [row('mine', 2.0), row('less', 2.0, known=1)])
    assert [name for name, _ in less] == [
        'a fixed map, images of mine',
        'a fixed map, images of less',
        'a constant, images of mine',
        'a constant, images of less',
    ]


def test_what_does_not_beat_them_is_said():
    explained, scaled, predicted = blind_remarks(TABLE, with_predicted(row('mine', 2.0)))
    assert 'never look at the image' in explained
    assert scaled == 'mine, nuScenes night: beats what never looks at the image in every figure'
    # Twice the truth is an error of 1; of the constant 10/3 it is 2/3.
    before, after = predicted.split(': does not beat what never looks: ')
    assert before == 'mine, as predicted, nuScenes night'
    assert after.startswith('Abs Rel 1.000 (a constant: 0.667), RMSE ')


def test_motion_has_straight_ahead_and_costs_have_nothing():
    def score(value):
        return {'ate_mean': value, 'ate_std': 0.1, 're_mean_rad': 0.2, 're_std_rad': 0.1}

    pose = {'score': score(0.5), 'straight_ahead': score(0.25)}
    mine = MeasuredRow('mine', {'night': Measured({'pose': pose}, 3)})
    table = published_table('fan-iii')
    assert blind_rows(table.blocks[0], with_predicted(mine)) == [
        ('straight ahead', [(0.25, 0.1), (0.2, 0.1)])
    ]
    assert blind_remarks(table, [mine])[1].endswith(
        'ATE 0.5000 ± 0.1000 (straight ahead: 0.2500 ± 0.1000), '
        'RE 0.2000 ± 0.1000 (straight ahead: 0.2000 ± 0.1000)'
    )
    cost = published_table('dsn-4')
    counted = MeasuredRow('mine', {'cost': Measured({'gmacs': {'total': 2.0}}, 1)})
    assert [blind_rows(block, [counted]) for block in cost.blocks] == [[], []]
    assert blind_remarks(cost, [counted]) == []


def test_every_format_has_them():
    filled = FilledTable(TABLE, [row('mine', 2.0)])
    last = json.loads(filled.json())['blocks'][0]['rows'][-1]
    assert (last['name'], last['from']) == ('a constant', 'here')
    assert last['figures']['night.abs_rel'] == pytest.approx(1.2)
    for text in (filled.markdown(), filled.latex(), filled.html()):
        assert 'a fixed map' in text and 'a constant' in text
        assert 'beats what never looks at the image' in text
