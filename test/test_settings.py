# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Settings: described once, checked all at once."""

import dataclasses

import pytest

from thermal_depth_ros import settings
from thermal_depth_ros.settings import SettingsError, setting


@dataclasses.dataclass(frozen=True)
class Example:
    rate_hz: float = setting(10.0, 'Rate', minimum=0.1, maximum=100.0)
    count: int = setting(3, 'Count', minimum=1)
    mode: str = setting('slow', 'Mode', choices=('slow', 'fast'), read_only=True)
    flag: bool = setting(False, 'Flag')


def test_describe():
    rate, count, mode, flag = settings.describe(Example)
    assert (rate.name, rate.type, rate.default, rate.maximum) == ('rate_hz', float, 10.0, 100.0)
    assert count.maximum is None
    assert mode.choices == ('slow', 'fast')
    assert mode.read_only
    assert flag.type is bool


def test_build_converts_whole_numbers_to_float():
    config = settings.build(Example, {'rate_hz': 5, 'mode': 'fast'})
    assert config == Example(rate_hz=5.0, mode='fast')
    assert isinstance(config.rate_hz, float)


def test_every_problem_is_named_at_once():
    with pytest.raises(SettingsError) as caught:
        settings.build(
            Example, {'rate': 1, 'rate_hz': 0.01, 'count': 2.5, 'mode': 'warp', 'flag': 1}
        )
    for part in ('rate: unknown', '0.01 is below', '2.5 is not of type int', "'warp'", 'flag: 1'):
        assert part in str(caught.value)


@pytest.mark.parametrize('value', [float('nan'), float('inf'), True, '3'])
def test_numbers_that_are_none(value):
    with pytest.raises(SettingsError):
        settings.build(Example, {'rate_hz': value})
