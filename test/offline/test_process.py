# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Outputs chosen by key or by topic."""

import pytest

from thermal_depth_ros.base import contract
from thermal_depth_ros.base.settings import SettingsError
from thermal_depth_ros.offline.process import wanted_outputs


@pytest.mark.parametrize('topics', [None, []])
def test_without_a_choice_every_output_is_written(topics):
    assert wanted_outputs(topics) == {
        kind: frozenset(outputs) for kind, outputs in contract.OUTPUTS.items()
    }


def test_key_selects_in_both_cameras_and_topic_in_its_own():
    assert wanted_outputs(['depth', '/rgb/points']) == {
        'thermal': frozenset({'depth'}),
        'rgb': frozenset({'depth', 'points'}),
    }


def test_unknown_output_is_named():
    with pytest.raises(SettingsError, match='no output dept, cloud; there are .*depth.*rgb/points'):
        wanted_outputs(['dept', 'depth', 'cloud'])
