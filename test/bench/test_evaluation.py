# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""The benchmark of `evaluate`: its inputs are evaluated, and its figures are differences."""

import math

import pytest

from helpers.evaluations import run
from thermal_depth_ros.bench.evaluation import Run, figures, write_inputs


def test_its_inputs_are_evaluated(tmp_path):
    drive, outputs = write_inputs(tmp_path, 3)
    options = [drive, '--predictions', outputs, '--pictures', 0]
    depth = run(options, tmp_path / 'out')['cameras']['thermal']['depth']
    assert depth['images'] == 3
    assert depth['median_ratio'] == pytest.approx(2.0, rel=0.05)
    # Half of the truth, and the mean size of a normal error of 10 % in the logarithm.
    expected = 0.1 * math.sqrt(2 / math.pi)
    assert depth['scaled']['abs_rel'] == pytest.approx(expected, rel=0.1)
    assert depth['metric']['abs_rel'] == pytest.approx(0.5, abs=0.02)


def test_figures_are_those_of_the_frames_between():
    found = list(figures(Run(100, 3.0, 3.5, 400.0), Run(500, 7.0, 9.5, 410.0)))
    speed, growth = found
    assert (speed.value, speed.met) == (100.0, True)
    assert speed.detail.startswith('15.0 ms of processor time each')
    assert growth.value == pytest.approx(10 * 2**20 / 400 / 1e3)
