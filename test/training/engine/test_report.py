# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""The page about a training stands alone and shows what the history says."""

import re

import numpy as np
import pytest

from helpers import toy
from helpers.html_page import Page
from thermal_depth_ros.training.engine import report
from thermal_depth_ros.training.engine.metrics_logger import read_history
from thermal_depth_ros.training.engine.report import Curve, read_curves, thinned


@pytest.fixture
def page(train_toy, tmp_path):
    toy.ToyTask.notes = ('3 frames left out: <still>',)
    try:
        outcome = train_toy(epochs=6, words=['a', 'b'], pictures_every_steps=4)
    finally:
        del toy.ToyTask.notes
    assert outcome.report == tmp_path / 'out' / 'report.html'
    return Page(outcome.report.read_text('utf-8'))


def test_the_page(page, tmp_path):
    assert page.outside == []
    # A curve per metric and per term of the loss, and the first and the last pictures.
    assert page.captions == ['rmse', 'total', 'mean_error', 'error', 'error']
    assert 'after step 1' in page.text and 'after step 72' in page.text
    assert '3 frames left out: <still>' in page.text
    values = [
        r['validation']['rmse']
        for r in read_history(tmp_path / 'out' / 'history.jsonl')
        if 'validation' in r
    ]
    row = (len(values), values[0], values[-1], np.mean(values[-5:]))
    assert 'rmse {} {:.4g} {:.4g} {:.4g}'.format(*row) in page.text
    assert re.search(r'\bwords .{1,80} a b', page.text) and 'learning rate' in page.text.lower()
    assert '72 steps' in page.text and 'cpu, fp32, 1 process' in page.text


def test_curves_of_a_history():
    records = [
        {'step': 2, 'stage': 'one', 'losses': {'total': 1.0, 'b': 5.0}},
        {'step': 2, 'stage': 'one', 'validation': {'m': 7.0}},
        {'step': 4, 'stage': 'two', 'losses': {'total': 3.0}},
    ]
    curves = read_curves(records)
    assert [(c.name, c.steps.tolist(), c.values.tolist()) for c in curves.losses] == [
        ('total', [2, 4], [1.0, 3.0]),
        ('b', [2], [5.0]),
    ]
    assert [c.name for c in curves.metrics] == ['m']
    assert curves.stage_starts == [(2, 'two')]


def test_map_and_constant_are_columns_of_the_figures_of_the_network():
    values = {'m': 0.5, 'm_fixed_map': 0.25, 'm_constant': 0.75, 'other': 2.0}
    curves = [Curve(name, np.array([1]), np.array([value])) for name, value in values.items()]
    table = report._evaluations(curves)
    assert table.columns[-2:] == ('fixed map', 'constant')
    assert [(row[0], *row[-2:]) for row in table.rows] == [
        ('m', '0.25', '0.75'),
        ('other', '-', '-'),
    ]


def test_long_curves_are_thinned_to_means():
    steps = np.arange(1, 1001)
    kept, values = thinned(Curve('x', steps, steps.astype(float)))
    assert len(kept) == 250 and kept[-1] == 1000
    np.testing.assert_allclose(values, steps.reshape(250, 4).mean(1))
    kept, values = thinned(Curve('x', steps[:299], steps[:299].astype(float)))
    assert kept.tolist() == values.tolist() == steps[:299].tolist()
    assert thinned(Curve('x', steps[:301], steps[:301].astype(float)))[1][-1] == 301.0


def test_a_run_without_validation_and_pictures_has_a_page_too(train_toy):
    outcome = train_toy(epochs=1, validate_every_epochs=0, pictures_every_steps=0)
    assert Page(outcome.report.read_text('utf-8')).captions == ['total', 'mean_error']
