# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""A figure and its target."""

import pytest

from thermal_depth_ros.bench.measurement import Measurement


@pytest.mark.parametrize(
    ('value', 'target', 'at_least', 'met'),
    [
        (1.9, 2.0, False, True),
        (2.0, 2.0, False, True),
        (2.1, 2.0, False, False),
        (2.1, 2.0, True, True),
        (1.9, 2.0, True, False),
        (float('nan'), 2.0, False, False),
        (float('nan'), 2.0, True, False),
        (1.0, None, False, None),
    ],
)
def test_met(value, target, at_least, met):
    assert Measurement('g', 'n', value, 'ms', target, at_least).met is met


def test_bound_in_words():
    assert Measurement('g', 'n', 1.0, 'ms', 20.0).bound == 'at most 20 ms'
    assert Measurement('g', 'n', 1.0, '', 1.0, at_least=True).bound == 'at least 1'
    assert Measurement('g', 'n', 1.0, 'ms').bound == ''


def test_a_value_to_be_reproduced():
    figure = Measurement('g', 'n', 20.5729, 'GMACs', 20.573, tolerance=0.0005)
    assert figure.met is True
    assert figure.bound == 'equal to 20.573 GMACs'
    assert Measurement('g', 'n', 20.572, 'GMACs', 20.573, tolerance=0.0005).met is False
    assert Measurement('g', 'n', 20.574, 'GMACs', 20.573, tolerance=0.0005).met is False
