# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Contradictions between the settings of a training with RGB cameras."""

import pytest

from thermal_depth_ros.base.settings import SettingsError
from thermal_depth_ros.training.registry import task_kind


def test_contradictions_are_named_before_anything_is_opened():
    kind = task_kind('rgb')
    values = {'bags': ('a',), 'width': 100, 'missing_translations': 'make'}
    with pytest.raises(SettingsError) as error:
        kind.build(values)
    assert 'missing_translations: make needs a translation_bundle' in str(error.value)
    with pytest.raises(SettingsError) as error:
        kind.build({'bags': ('a',), 'width': 100})
    assert 'night_bags: real_night needs' in str(error.value)
    assert 'width: 100 is not a multiple of 32' in str(error.value)
    with pytest.raises(SettingsError, match='night_bags: a is also listed as a daytime recording'):
        kind.build({'bags': ('a',), 'night_bags': ('a',)})
    with pytest.raises(SettingsError, match='start_depth: 200 is not between'):
        task_kind('depth_teacher').build({'bags': ('a',), 'start_depth': 200.0})
    with pytest.raises(SettingsError, match='style_topic: has no effect without style_bags'):
        task_kind('depth_teacher').build({'bags': ('a',), 'style_topic': '/image'})


def test_sizes_of_a_comparison_that_is_not_made_are_named():
    values = {'bags': ('a',), 'depth_weight': 1.0, 'day_weight': 0.0, 'comparison_scales': 2}
    with pytest.raises(SettingsError, match='comparison_scales: has no effect'):
        task_kind('depth_teacher').build(values)
