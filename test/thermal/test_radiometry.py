# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Counts and temperatures: published check values, reference numbers in both directions."""

import numpy as np
import pytest

from thermal_depth_ros.thermal.radiometry import PlanckConstants, celsius_to_counts

CELSIUS = np.array([-10.0, 0, 10, 20, 30, 40])


@pytest.mark.parametrize(
    ('constants', 'counts'),
    [
        (PlanckConstants(), [1593.46, 1965.11, 2384.25, 2852.03, 3369.27, 3936.51]),
        (
            PlanckConstants(R=408825, B=1428, F=1, O=-58.417),
            [1747.62, 2146.68, 2596.72, 3099.00, 3654.39, 4263.45],
        ),
    ],
)
def test_check_values(constants, counts):
    np.testing.assert_allclose(celsius_to_counts(CELSIUS, constants), counts, atol=6e-3)


def test_reference_numbers(reference_vectors):
    data = np.load(reference_vectors / 'radiometry.npz', allow_pickle=False)
    constants = PlanckConstants()
    np.testing.assert_allclose(
        celsius_to_counts(data['in/celsius'], constants), data['out/celsius_to_raw'], rtol=1e-9
    )
    counts = celsius_to_counts(data['out/raw_to_celsius'], constants)
    np.testing.assert_allclose(counts, data['in/raw'], rtol=1e-9, atol=1e-9)


def test_constants_of_no_camera():
    with pytest.raises(ValueError, match='not those of a camera'):
        PlanckConstants(R=float('nan'))
