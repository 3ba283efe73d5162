# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Scale and shift from samples of an output that is an affine function of true inverse depth."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from thermal_depth_ros.evaluation.errors import EvaluationError
from thermal_depth_ros.evaluation.scale_fit.estimate import FrameSamples, fit_factor, fit_scale


def frames_of(
    scale: float,
    shift: float,
    *,
    noise: float = 0.03,
    outliers: float = 0.15,
    count: int = 30,
    pixels: int = 60,
    seed: int = 0,
) -> list[FrameSamples]:
    """Return frames of a network whose inverse depth is scale * x + shift.

    Args:
        scale: Per unit of the output.
        shift: Per metre.
        noise: Relative errors of inverse depth, those of a pixel and those common to a frame.
        outliers: Share of pixels with an unrelated output.
        count: Number of frames.
        pixels: Number of pixels of a frame.
        seed: Random seed.
    """
    rng = np.random.default_rng(seed)
    made = []
    for _ in range(count):
        q = 1.0 / rng.uniform(2.0, 40.0, pixels)
        errors = noise * (rng.normal(size=pixels) + rng.normal())
        x = (q * (1.0 + errors) - shift) / scale
        wild = rng.random(pixels) < outliers
        x[wild] = rng.uniform(0.0, x.max() * 1.5, wild.sum())
        made.append(FrameSamples(x, q))
    return made


@settings(deadline=None, max_examples=12)
@given(
    scale=st.floats(1e-3, 1e3),
    relative_shift=st.floats(-0.05, 0.02),
    noise=st.floats(0.001, 0.08),
    outliers=st.floats(0.0, 0.3),
    seed=st.integers(0, 1000),
)
def test_scale_and_shift_are_found_within_their_errors(
    scale, relative_shift, noise, outliers, seed
):
    given_frames = frames_of(scale, relative_shift, noise=noise, outliers=outliers, seed=seed)
    found = fit_scale(given_frames, with_shift=True)
    assert abs(found.scale - scale) < 4 * found.scale_error + 1e-6 * scale
    assert abs(found.shift - relative_shift) < 4 * found.shift_error + 1e-6
    assert found.scale_error < 0.15 * scale


def test_the_standard_errors_are_as_large_as_the_errors_are():
    errors, stated = [], []
    for seed in range(30):
        found = fit_scale(frames_of(0.2, 0.01, noise=0.03, count=20, seed=seed), with_shift=True)
        errors.append((found.scale - 0.2, found.shift - 0.01))
        stated.append((found.scale_error, found.shift_error))
    spread = np.sqrt(np.mean(np.square(errors), axis=0))
    ratio = np.median(stated, axis=0) / spread
    assert (ratio > 0.6).all() and (ratio < 2.0).all()


def test_scale_alone_keeps_a_shift_of_zero():
    found = fit_scale(frames_of(2.5, 0.0), with_shift=False)
    assert found.scale == pytest.approx(2.5, abs=5 * found.scale_error)
    assert (found.shift, found.shift_error) == (0.0, 0.0)
    assert found.relative_error < 0.1 < found.constant_error


def test_what_never_looks_is_measured_beside_it():
    """Every row of the image has its own distance; one frame in six is twice as far away."""
    height, width = 12, 20
    pixels = np.arange(height * width)
    frames = []
    for number in range(12):
        q = (1 + pixels // width) / (100.0 if number % 6 == 5 else 50.0)
        frames.append(FrameSamples(q / 2.0, q, pixels, (height, width)))
    found = fit_scale(frames, with_shift=False)
    assert found.relative_error == pytest.approx(0.0, abs=1e-9)
    # An ordinary frame: nine of the eleven others are like it, two are twice as far.
    assert found.fixed_map_error == pytest.approx(1 / ((9 + 2 * 0.5) / 11) - 1)
    assert found.constant_error > 0.3
    bare = [FrameSamples(frame.output, frame.inverse_depth) for frame in frames]
    assert fit_scale(bare, with_shift=False).fixed_map_error is None


def test_outputs_of_zero_are_clipped_and_do_not_count():
    frames = frames_of(0.2, 0.0, outliers=0.0)
    clipped = [
        FrameSamples(np.concatenate([f.output, np.zeros(500)]), np.tile(f.inverse_depth, 10)[:560])
        for f in frames
    ]
    assert fit_scale(clipped, with_shift=True).pixels == 30 * 60


def test_an_output_that_falls_with_nearness_has_no_scale():
    frames = [FrameSamples(2.0 - f.output, f.inverse_depth) for f in frames_of(0.5, 0.0)]
    with pytest.raises(EvaluationError, match='scale would be negative .*no inverse depth'):
        fit_scale(frames, with_shift=True)


def test_an_unrelated_output_has_no_scale():
    rng = np.random.default_rng(1)
    frames = [FrameSamples(rng.uniform(1, 2, 60), 1 / rng.uniform(2, 40, 60)) for _ in range(20)]
    with pytest.raises(EvaluationError, match='hardly follows|negative'):
        fit_scale(frames, with_shift=True)


def test_a_wall_at_one_distance_tells_no_shift():
    frames = [FrameSamples(np.full(100, 3.0) + 0.01 * i, np.full(100, 0.25)) for i in range(10)]
    with pytest.raises(EvaluationError, match='every known depth is 4 m.*near and far'):
        fit_scale(frames, with_shift=True)


def test_too_few_pixels_are_counted():
    with pytest.raises(EvaluationError, match='30 pixels of 10 frames .* at least 200 pixels of 5'):
        fit_scale(frames_of(1.0, 0.0, count=10, pixels=3), with_shift=True)
    with pytest.raises(EvaluationError, match='0 pixels of 0 frames'):
        fit_scale([], with_shift=False)


def test_factor_of_motion_is_the_median_of_the_stretches():
    rng = np.random.default_rng(3)
    ratios = [*(4.0 * np.exp(rng.normal(0, 0.1, 50))), 40.0, 0.1]
    found = fit_factor(ratios)
    assert 1 / found.scale == pytest.approx(4.0, abs=4 * 4.0 * found.scale_error / found.scale)
    assert found.pixels == 0 and found.relative_error is None
    with pytest.raises(EvaluationError, match='2 stretches of motion'):
        fit_factor(ratios[:2])
