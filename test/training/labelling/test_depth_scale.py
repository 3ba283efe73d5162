# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Scale and shift of relative inverse depth: recovered among outliers, or refused."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from thermal_depth_ros.training.labelling.depth_scale import ScaleError, fit_scale


def scene(scale, shift, seed=0, count=3000):
    """Return relative inverse depth and depth with 3 % noise, of points between 2 and 60 m."""
    rng = np.random.default_rng(seed)
    depth_m = np.exp(rng.uniform(np.log(2.0), np.log(60.0), count))
    measured_m = depth_m * (1.0 + 0.03 * rng.standard_normal(count))
    return (1.0 / depth_m - shift) / scale, measured_m


@settings(max_examples=25, deadline=None)
@given(scale=st.floats(1e-3, 1e2), shift=st.floats(-0.5, 0.5))
def test_scale_and_shift_are_recovered(scale, shift):
    fit = fit_scale(*scene(scale, shift))
    assert fit.scale == pytest.approx(scale, rel=0.02)
    assert fit.shift == pytest.approx(shift, abs=0.002)
    assert fit.abs_rel < 0.03 and fit.points == 3000


def test_a_third_of_wrong_points_does_no_harm():
    values, depth_m = scene(0.05, 0.01)
    depth_m[::3] = np.random.default_rng(1).uniform(0.5, 80.0, len(depth_m[::3]))
    fit = fit_scale(values, depth_m)
    assert fit.scale == pytest.approx(0.05, rel=0.03) and fit.shift == pytest.approx(0.01, abs=1e-3)
    assert 0.5 < fit.inliers < 0.75
    np.testing.assert_allclose(fit.apply(values), fit.scale * values + fit.shift, rtol=1e-4)


def test_unknown_depth_is_left_out():
    values, depth_m = scene(0.05, 0.01)
    depth_m[:100], depth_m[100:200], values[200:300] = 0.0, np.nan, np.inf
    assert fit_scale(values, depth_m).points == 2700


@pytest.mark.parametrize(
    ('values', 'depth_m', 'words'),
    [
        (np.ones(50), np.ones(50), '50 pixels of known depth, 100 are needed'),
        (np.ones(500), np.linspace(1, 9, 500), 'the same value everywhere'),
        (np.linspace(1, 9, 500), np.linspace(1, 9, 500), 'no inverse depth; does depth_output'),
    ],
)
def test_what_cannot_be_fitted_is_refused(values, depth_m, words):
    with pytest.raises(ScaleError, match=words):
        fit_scale(values, depth_m)
