# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""What is said about the scale of a relative teacher."""

import pytest

from thermal_depth_ros.evaluation.scale_fit.estimate import FittedScale
from thermal_depth_ros.training.labelling.annotators import _error_text


@pytest.mark.parametrize(
    ('error', 'constant', 'fixed_map', 'said'),
    [
        (0.1, 0.5, 0.25, 'relative error 0.100, of a constant 0.500, of a fixed map 0.250'),
        (0.3, 0.5, 0.25, '0.250: the teacher does not beat a fixed map'),
        (0.3, 0.25, 0.5, '0.500: the teacher does not beat a constant'),
        (0.3, 0.25, None, 'of a constant 0.250: the teacher does not beat a constant'),
    ],
)
def test_a_teacher_that_is_no_better_than_what_never_looks_is_named(
    error, constant, fixed_map, said
):
    fit = FittedScale(1.0, 0.0, 0.1, 0.1, 6, 1000, error, constant, fixed_map)
    assert _error_text(fit).endswith(said)
