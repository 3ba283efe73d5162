# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Figures as JSON, and conditions on them."""

import json

import numpy as np
import pytest

from thermal_depth_ros.evaluation.metrics_json import (
    ConditionError,
    camera_metrics,
    check_condition,
    read_condition,
    to_text,
)
from thermal_depth_ros.metrics.camera import CameraAccumulator
from thermal_depth_ros.metrics.depth import THERMAL_OUTDOOR


@pytest.fixture
def cameras():
    scores = CameraAccumulator('rgb', THERMAL_OUTDOOR, ('road', 'train'))
    gt = np.linspace(2, 60, 48).reshape(6, 8)
    scores.depth.add(gt, gt / 2)
    scores.segmentation.add(np.zeros((2, 2), np.uint8), np.array([[0, 0], [0, 255]], np.uint8))
    scores.compared['classes'] += 1
    return {'rgb': camera_metrics(scores.result())}


def test_what_is_written_is_json_without_nan(cameras):
    found = json.loads(to_text({'cameras': cameras}))
    assert found['format'] == 1
    rgb = found['cameras']['rgb']
    assert rgb['depth']['metric']['abs_rel'] == pytest.approx(0.5)
    assert rgb['segmentation']['classes']['road']['iou'] == pytest.approx(0.75)
    assert rgb['segmentation']['classes']['train']['iou'] is None
    assert rgb['segmentation']['not_seen'] == ['train']
    assert rgb['pose'] is None


@pytest.mark.parametrize(
    ('condition', 'met', 'value'),
    [
        ('rgb.depth.scaled.abs_rel<=0.15', True, 0.0),
        ('rgb.depth.metric.abs_rel <= 0.15', False, 0.5),
        ('rgb.segmentation.miou>7e-1', True, 0.75),
        ('rgb.segmentation.classes.train.iou >= 0', False, None),
        ('rgb.pose.score.ate_mean<1', False, None),
        ('rgb.depth.images>=1', True, 1),
    ],
)
def test_conditions(cameras, condition, met, value):
    checked = check_condition(condition, cameras)
    assert checked.met is met
    assert checked.value == (None if value is None else pytest.approx(value, abs=1e-9))


def test_conditions_that_make_no_sense(cameras):
    for text in ('abs_rel', 'a<=b', '<=3', 'rgb.depth=0.1', 'rgb.x<=1e'):
        with pytest.raises(ConditionError, match='is not of the form'):
            read_condition(text)
    with pytest.raises(ConditionError, match="rgb.depth has no 'abs'; it has scaled, metric"):
        check_condition('rgb.depth.abs<1', cameras)
    with pytest.raises(ConditionError, match="the figures has no 'thermal'"):
        check_condition('thermal.depth<1', cameras)
    with pytest.raises(ConditionError, match='rgb.kind is not a number'):
        check_condition('rgb.kind<1', cameras)


def test_nothing_to_score_is_a_problem_not_an_error():
    scores = CameraAccumulator('thermal', THERMAL_OUTDOOR, ())
    scores.depth.add(np.full((2, 2), np.inf), np.ones((2, 2)))
    result = scores.result()
    assert result.depth is None
    assert result.problems == ('depth: no image had a valid ground-truth pixel (1 images)',)
