# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Metrics of a validation next to those of predictors that never look."""

from thermal_depth_ros.training.engine.metric_texts import (
    metric_texts,
    unbeaten,
    validation_line,
    verdicts,
)

METRICS = {
    'day_abs_rel': 0.283,
    'day_delta1': 0.7,
    'day_rmse': 5.0,
    'day_abs_rel_fixed_map': 0.275,
    'day_delta1_fixed_map': 0.614,
    'day_rmse_fixed_map': 6.0,
    'day_abs_rel_constant': 0.281,
    'day_delta1_constant': 0.65,
    'day_rmse_constant': 4.5,
    'day_ate_m': 0.02,
    'day_miou_fixed_map': 14.4,
    'day_miou': 14.4,
}


def test_the_better_of_map_and_constant_stands_next_to_the_figure_of_the_network():
    assert metric_texts(METRICS) == {
        'day_abs_rel': '0.283 (does not beat a fixed map: 0.275)',
        'day_delta1': '0.7 (constant: 0.65)',
        'day_rmse': '5 (does not beat a constant: 4.5)',
        'day_ate_m': '0.02',
        'day_miou': '14.4 (does not beat a fixed map: 14.4)',
    }


def test_verdicts():
    assert verdicts(METRICS) == [
        'day_abs_rel does not beat a fixed map: 0.283 against 0.275.',
        'day_delta1 beats a constant: 0.7 against 0.65.',
        'day_rmse does not beat a constant: 5 against 4.5.',
        'day_miou does not beat a fixed map: 14.4 against 14.4.',
    ]


def test_what_does_not_beat_the_better_one():
    assert unbeaten(METRICS) == [
        'day_abs_rel 0.283 (a fixed map: 0.275)',
        'day_rmse 5 (a constant: 4.5)',
        'day_miou 14.4 (a fixed map: 14.4)',
    ]


def test_log_line():
    assert validation_line(7, {'abs_rel': 0.25, 'abs_rel_fixed_map': 0.5}) == (
        'validation after step 7: abs_rel 0.25 (fixed map: 0.5)'
    )
