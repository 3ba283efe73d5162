# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""A run goes on only with the settings and the data it began with."""

import dataclasses
from typing import ClassVar

import pytest

from thermal_depth_ros.settings import SettingsError, setting
from thermal_depth_ros.training.resume import check_same_run, flat_settings


@dataclasses.dataclass(frozen=True)
class Method:
    may_change: ClassVar[frozenset[str]] = frozenset({'cache'})

    rate: float = setting(0.1, 'Rate')
    names: tuple[str, ...] = setting((), 'Names')
    cache: str = setting('', 'Cache')


@dataclasses.dataclass(frozen=True)
class Strict:
    depth: int = setting(1, 'Depth')


CONFIGS = (Method(0.5, ('a', 'b'), 'here'), Strict(3))


def test_settings_are_plain_values():
    expected = {'rate': 0.5, 'names': ['a', 'b'], 'cache': 'here', 'depth': 3}
    assert flat_settings(CONFIGS) == expected


@pytest.mark.parametrize(
    'now', [CONFIGS, (dataclasses.replace(CONFIGS[0], cache='elsewhere'), CONFIGS[1])]
)
def test_the_same_run(now):
    check_same_run(flat_settings(CONFIGS), now, 7, 7)


def test_every_change_is_named():
    now = (Method(0.25, ('a',), 'here'), Strict(4))
    with pytest.raises(SettingsError) as caught:
        check_same_run(flat_settings(CONFIGS), now, 7, 8)
    for part in (
        'rate: 0.5 became 0.25',
        "names: ['a', 'b'] became ['a']",
        'depth: 3 became 4',
        '7 samples became 8',
    ):
        assert part in str(caught.value)


def test_a_setting_that_is_new_had_its_default():
    older = {'rate': 0.5, 'names': ['a', 'b'], 'cache': ''}
    check_same_run(older, (CONFIGS[0], Strict()), 7, 7)
    with pytest.raises(SettingsError, match='depth: 1 became 3'):
        check_same_run(older, CONFIGS, 7, 7)


def test_a_setting_that_is_gone_is_named():
    with pytest.raises(SettingsError, match='zoom: 2 became nothing'):
        check_same_run({**flat_settings(CONFIGS), 'zoom': 2}, CONFIGS, 7, 7)
