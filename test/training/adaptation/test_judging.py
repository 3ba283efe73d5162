# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Figures of bundles whose depth is the same everywhere, on two walls of known depth."""

import pytest

from helpers import adaptation_bags as bags
from helpers.adaptation_bags import constant_bundle
from helpers.thermal_bags import write
from thermal_depth_ros.samples import DataConfig, open_samples
from thermal_depth_ros.training.adaptation.judging import Judge


@pytest.fixture(scope='module')
def judge(tmp_path_factory):
    folder = tmp_path_factory.mktemp('judge')
    bag = write(folder / 'walls', bags.passing_walls(12))
    config = DataConfig(
        bags=(str(bag),),
        width=80,
        height=64,
        frame_interval=1,
        validation_frames=6,
        cache_dir=str(folder / 'cache'),
    )
    return Judge(open_samples(config).validation, 'thermal', 'cpu', 'thermal_indoor', True)


def test_depth_is_compared_with_truth(judge, tmp_path):
    """A depth of 3 m is wrong by a half on both walls, 2 m and 6 m away: |3-2|/2, |3-6|/6.

    Its median is scaled to that of the truth, 4 m: |4-2|/2 and |4-6|/6.
    """
    found = judge(constant_bundle(tmp_path / 'three', 3.0))
    assert found.depth.metric.abs_rel == pytest.approx(1 / 2, abs=0.05)
    assert found.depth.scaled.abs_rel == pytest.approx(2 / 3, abs=0.05)
    assert found.motion is not None and not found.metric


def test_the_nearer_to_the_truth_the_lower_the_photometric_error(judge, tmp_path):
    """Between the walls is better than far behind them, and that better than no depth at all."""
    between, behind = (
        judge(constant_bundle(tmp_path / str(depth), depth)).photometric for depth in (3.0, 40.0)
    )
    assert between < behind < judge.still()
