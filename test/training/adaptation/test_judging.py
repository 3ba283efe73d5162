# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Figures of bundles whose depth is the same everywhere, on two walls of known depth."""

import numpy as np
import pytest

from helpers import adaptation_bags as bags
from helpers.adaptation_bags import constant_bundle
from helpers.thermal_bags import write
from thermal_depth_ros.samples import DataConfig, open_samples
from thermal_depth_ros.training.adaptation.judging import Judge
from thermal_depth_ros.training.video.point_depth import PointDepth


def opened(folder, contents):
    """Return the second half of a drive, and the configuration that it was opened with."""
    config = DataConfig(
        bags=(str(write(folder / 'walls', contents)),),
        width=80,
        height=64,
        frame_interval=1,
        validation_frames=6,
        cache_dir=str(folder / 'cache'),
    )
    return open_samples(config).validation, config


@pytest.fixture(scope='module')
def judge(tmp_path_factory):
    samples, _ = opened(tmp_path_factory.mktemp('judge'), bags.passing_walls(12))
    return Judge(samples, 'thermal', 'cpu', 'thermal_indoor', True)


@pytest.mark.parametrize('by_points', [False, True])
def test_depth_is_compared_with_truth(judge, tmp_path, by_points):
    """A depth of 3 m is wrong by a half on both walls, 2 m and 6 m away: |3-2|/2, |3-6|/6.

    Its median is scaled to that of the truth, 4 m: |4-2|/2 and |4-6|/6.
    """
    if by_points:
        samples, config = opened(tmp_path, bags.with_lidar(bags.passing_walls(12)))
        points = PointDepth(bags.LIDAR, config, lambda *_: None, '/odom')
        judge = Judge(samples, 'thermal', 'cpu', 'thermal_indoor', True, points)
        known = judge.truth_m[min(judge.truth_m)]
        # By the motion between sweep and image, points are back where they were measured.
        assert (known[1:-1:3, 1:-1:3] > 0).mean() > 0.9 and (known > 0).mean() < 0.15
        assert np.unique(known[known > 0].round(3)).tolist() == [bags.NEAR_M, bags.FAR_M]
    found = judge(constant_bundle(tmp_path / 'three', 3.0))
    assert found.depth.metric.abs_rel == pytest.approx(1 / 2, abs=0.05)
    if not by_points:  # of which either wall may have one row more
        assert found.depth.scaled.abs_rel == pytest.approx(2 / 3, abs=0.05)
    assert found.motion is not None and not found.metric


def test_the_nearer_to_the_truth_the_lower_the_photometric_error(judge, tmp_path):
    """Between the walls is better than far behind them, and that better than no depth at all."""
    between, behind = (
        judge(constant_bundle(tmp_path / str(depth), depth)).photometric for depth in (3.0, 40.0)
    )
    assert between < behind < judge.still()
