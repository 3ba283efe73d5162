# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Every kind of task can be described, and its settings tell each other apart."""

import pytest

from thermal_depth_ros.base.settings import SettingsError, describe
from thermal_depth_ros.training.engine.config import RunConfig
from thermal_depth_ros.training.registry import KINDS, TaskKind, run_config, task_kind


@pytest.mark.parametrize('name', KINDS)
def test_settings_of_a_kind_have_names_of_their_own(name):
    names = [entry.name for config in task_kind(name).configs for entry in describe(config)]
    assert len(names) == len(set(names))
    assert RunConfig in task_kind(name).configs


@pytest.mark.parametrize('name', KINDS)
def test_settings_that_may_change_exist(name):
    for config in task_kind(name).configs:
        names = {entry.name for entry in describe(config)}
        free = getattr(config, 'may_change', frozenset())
        assert free <= names
        assert 'cache_dir' in free or 'cache_dir' not in names  # decoded images can be anywhere


@pytest.mark.parametrize('name', KINDS)
def test_every_setting_is_fixed_at_start_up(name):
    """A training cannot take over another value half way."""
    entries = [entry for config in task_kind(name).configs for entry in describe(config)]
    assert [entry.name for entry in entries if not entry.read_only] == []


@pytest.mark.parametrize('name', ['thermall', '', None, 3])
def test_a_kind_that_is_not_there(name):
    with pytest.raises(SettingsError, match='task: .* is not one of thermal'):
        task_kind(name)


def test_the_run_is_found_among_the_configurations():
    kind = TaskKind((RunConfig,), lambda configs, advance: None)
    assert run_config(kind.build({'seed': 4})).seed == 4


@pytest.mark.parametrize(
    ('values', 'words'),
    [
        ({'output': ''}, 'output: must not be empty'),
        ({'precision': 'fp16', 'device': 'cpu'}, 'precision: fp16 needs a GPU'),
        ({'divergence_factor': 0.5}, 'divergence_factor: 0.5'),
    ],
)
def test_contradictions_in_a_run(values, words):
    kind = TaskKind((RunConfig,), lambda configs, advance: None)
    with pytest.raises(SettingsError, match=words):
        kind.build(values)
