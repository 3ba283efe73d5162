# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Columns: where their figures stand among the metrics, and how they are printed."""

import numpy as np
import pytest

from thermal_depth_ros.evaluation.metrics_json import camera_metrics
from thermal_depth_ros.evaluation.tables.columns import COLUMNS, COST, METRIC, MOTION, column
from thermal_depth_ros.metrics.camera import CameraAccumulator
from thermal_depth_ros.metrics.depth import NUSCENES


@pytest.fixture(scope='module')
def metrics():
    scores = CameraAccumulator('rgb', NUSCENES, ('road', 'car'))
    scores.depth.add(np.array([[2.0, 4.0, 8.0]]), np.array([[1.0, 2.0, 4.0]]))
    scores.segmentation.add(np.array([[0, 0, 1]], np.uint8), np.array([[0, 1, 1]], np.uint8))
    scores.compared['classes'] += 1
    return camera_metrics(scores.result())


def test_every_column_of_depth_and_classes_finds_its_figure(metrics):
    for name, one in COLUMNS.items():
        measured = one.measures not in (COST, MOTION)
        assert (one.figure(metrics) is not None) == measured, name


def test_depth_is_scaled_or_as_predicted(metrics):
    assert column('abs_rel').figure(metrics) == pytest.approx(0.0)
    assert column('abs_rel').figure(metrics, METRIC) == pytest.approx(0.5)


def test_ious_are_in_percent_and_unknown_ones_are_not_shown(metrics):
    assert column('iou road').figure(metrics) == pytest.approx(50.0)
    assert column('miou').text(column('miou').figure(metrics)) == '50.00'
    assert column('iou sky').figure(metrics) is None
    assert column('iou sky').text(None) == '-'


def test_a_deviation_is_shown():
    pose = {'score': {'ate_mean': 0.25, 'ate_std': 0.125, 're_mean_rad': 1.0, 're_std_rad': 0.5}}
    ate = column('ate')
    assert ate.figure({'pose': pose}) == (0.25, 0.125)
    assert ate.text((0.25, 0.125)) == '0.2500 ± 0.1250'
    assert ate.figure({'pose': None}) is None
