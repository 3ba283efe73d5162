# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Similarities of features: known answers, and what does not change them."""

import numpy as np
import pytest

from thermal_depth_ros.evaluation.features.similarity import (
    compare_pairs,
    cosine_matrix,
    principal_colours,
    typical_pairs,
)


def test_cosines_are_of_thermal_rows_and_rgb_columns():
    rgb = np.array([[2.0, 0.0], [0.0, 3.0]])
    thermal = np.array([[1.0, 1.0], [0.0, -5.0]])
    half = 0.5**0.5
    np.testing.assert_allclose(cosine_matrix(rgb, thermal), [[half, half], [0.0, -1.0]], atol=1e-12)


def test_centring_removes_what_all_images_of_a_camera_share():
    rng = np.random.default_rng(1)
    scene = rng.normal(size=(6, 16))
    rgb, thermal = scene + 50.0 * rng.normal(size=16), scene + 50.0 * rng.normal(size=16)
    plain, centred = (compare_pairs(cosine_matrix(rgb, thermal, c)) for c in (False, True))
    assert centred.paired_mean == pytest.approx(1.0)
    assert centred.found == centred.separation == 1.0
    assert plain.paired_mean - plain.unpaired_mean < 0.02


def test_comparison_of_a_known_matrix():
    found = compare_pairs(np.array([[0.9, 0.1, 0.5], [0.3, 0.2, 0.4], [0.0, 0.5, 0.7]]))
    assert found.paired_mean == pytest.approx(0.6)
    assert found.unpaired_mean == pytest.approx(0.3)
    # 0.9 and 0.7 exceed all six unpaired ones, 0.2 exceeds 0.1 and 0.0
    assert found.separation == pytest.approx(14 / 18)
    assert found.found == pytest.approx(2 / 3)
    assert compare_pairs(np.ones((4, 4))).separation == 0.5
    with pytest.raises(ValueError, match='1 pairs of images'):
        compare_pairs(np.ones((1, 1)))


def test_pairs_are_shown_with_the_least_similar_other():
    cosines = np.array([[0.9, 0.8, 0.1], [0.2, 0.9, 0.3], [0.7, 0.1, 0.9]])
    assert typical_pairs(cosines, 5) == [(0, 1), (1, 2), (2, 0)]
    assert typical_pairs(cosines, 2) == [(0, 1), (2, 0)]


def test_colours_are_components_shared_by_all_maps():
    rng = np.random.default_rng(2)
    axes = np.linalg.qr(rng.normal(size=(8, 8)))[0][:3]
    latent = rng.uniform(-1, 1, size=(2, 5, 6, 3)) * [9.0, 3.0, 1.0]
    maps = [one @ axes + 4.0 for one in latent]
    first, second = principal_colours(maps)
    assert first.shape == (5, 6, 3) and first.dtype == np.uint8
    both = np.concatenate([first.reshape(-1, 3), second.reshape(-1, 3)]).astype(float)
    for channel in range(3):
        correlation = np.corrcoef(both[:, channel], latent.reshape(-1, 3)[:, channel])[0, 1]
        assert abs(correlation) > 0.9
    (flat,) = principal_colours([np.ones((2, 2, 4))])
    assert (flat == flat[0, 0]).all()
