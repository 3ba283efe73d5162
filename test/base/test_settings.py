# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Settings: described once, checked all at once."""

import dataclasses

import pytest

from thermal_depth_ros.base import settings
from thermal_depth_ros.base.settings import SettingsError, override, setting


@dataclasses.dataclass(frozen=True)
class Example:
    rate_hz: float = setting(10.0, 'Rate', minimum=0.1, maximum=100.0)
    count: int = setting(3, 'Count', minimum=1)
    mode: str = setting('slow', 'Mode', choices=('slow', 'fast'), read_only=True)
    flag: bool = setting(False, 'Flag')
    names: tuple[str, ...] = setting((), 'Names')
    parts: tuple[str, ...] = setting(('a',), 'Parts', choices=('a', 'b', 'c'))

    def problems(self) -> list[str]:
        return ['count: 7 is too much for rate_hz'] if self.count == 7 else []


@dataclasses.dataclass(frozen=True)
class Another:
    depth: int = setting(1, 'Depth', maximum=9)
    unrelated: int = 5  # no setting

    def problems(self) -> list[str]:
        return ['depth: 8 is odd'] if self.depth == 8 else []


def test_describe():
    rate, count, mode, flag, names, _ = settings.describe(Example)
    assert (rate.name, rate.type, rate.default, rate.maximum) == ('rate_hz', float, 10.0, 100.0)
    assert count.maximum is None
    assert mode.choices == ('slow', 'fast')
    assert mode.read_only
    assert flag.type is bool
    assert (names.type, names.default) == (tuple, ())


def test_build_converts_whole_numbers_to_float():
    config = settings.build(Example, {'rate_hz': 5, 'mode': 'fast'})
    assert config == Example(rate_hz=5.0, mode='fast')
    assert isinstance(config.rate_hz, float)


def test_every_problem_is_named_at_once():
    with pytest.raises(SettingsError) as caught:
        settings.build(
            Example, {'rate': 1, 'rate_hz': 0.01, 'count': 2.5, 'mode': 'warp', 'flag': 1}
        )
    for part in (
        'rate: unknown',
        '0.01 is below',
        '2.5 is not a whole number',
        "'warp'",
        'flag: 1',
    ):
        assert part in str(caught.value)


@pytest.mark.parametrize('value', [float('nan'), float('inf'), True, '3'])
def test_numbers_that_are_none(value):
    with pytest.raises(SettingsError):
        settings.build(Example, {'rate_hz': value})


@pytest.mark.parametrize('given', [['x', 'y'], ('x', 'y'), ['', 'x', 'y']])
def test_lists_of_texts_become_tuples_without_empty_texts(given):
    assert settings.build(Example, {'names': given}).names == ('x', 'y')


@pytest.mark.parametrize('given', [[], [''], ()])
def test_the_empty_list_of_ros_files_is_empty(given):
    assert settings.build(Example, {'names': given}).names == ()


@pytest.mark.parametrize('given', ['x', 3, [1, 2], ['x', 2], None, {'x': 1}])
def test_what_is_no_list_of_texts_is_refused(given):
    with pytest.raises(SettingsError, match='names: .* is not a list of texts'):
        settings.build(Example, {'names': given})


def test_choices_hold_for_every_text_of_a_list():
    assert settings.build(Example, {'parts': ['c', 'a']}).parts == ('c', 'a')
    with pytest.raises(SettingsError, match="parts: 'd', 'e' not among a, b, c"):
        settings.build(Example, {'parts': ['a', 'd', 'e']})


def test_contradictions_are_named_with_everything_else():
    with pytest.raises(SettingsError) as caught:
        settings.build_all((Example, Another), {'count': 7, 'mode': 'warp', 'dept': 1, 'depth': 8})
    for part in ('count: 7 is too much', "'warp'", 'dept: unknown', 'depth: 8 is odd'):
        assert part in str(caught.value)


def test_a_refused_value_is_not_blamed_for_a_contradiction_as_well():
    with pytest.raises(SettingsError) as caught:
        settings.build(Example, {'count': 7, 'rate_hz': -1.0})
    assert 'rate_hz: -1.0 is below' in str(caught.value)
    assert 'too much' not in str(caught.value)


def test_several_classes_are_built_from_one_set_of_values():
    example, another = settings.build_all((Example, Another), {'depth': 4, 'names': ['n']})
    assert (example.names, example.count, another.depth) == (('n',), 3, 4)


@dataclasses.dataclass(frozen=True)
class Faster(Example):
    rate_hz: float = override(Example, 'rate_hz', default=50.0)
    mode: str = override(Example, 'mode', help='Another mode')
    count: int = override(Example, 'count', maximum=5, renamed_from='number')


def test_a_subclass_changes_only_what_it_says():
    base = {entry.name: entry for entry in settings.describe(Example)}
    derived = {entry.name: entry for entry in settings.describe(Faster)}
    assert list(derived) == list(base)
    rate, mode = derived['rate_hz'], derived['mode']
    assert dataclasses.replace(rate, default=10.0, rule=base['rate_hz'].rule) == base['rate_hz']
    assert mode.help == 'Another mode' and mode.read_only and mode.choices == ('slow', 'fast')
    assert Faster().rate_hz == 50.0 and Faster().mode == 'slow'
    with pytest.raises(SettingsError, match='above the maximum 100'):
        settings.build(Faster, {'rate_hz': 101.0})
    with pytest.raises(SettingsError, match='count: 6 is above the maximum 5'):
        settings.build(Faster, {'count': 6})


@dataclasses.dataclass(frozen=True)
class Renamed:
    width: int = setting(64, 'Width', minimum=1, renamed_from='breadth')
    height: int = setting(48, 'Height', renamed_from='tallness')


def test_former_names_are_read_with_one_warning_each():
    with pytest.warns(settings.RenamedSettingWarning) as caught:
        built = settings.build_all((Example, Renamed), {'breadth': 7, 'tallness': 5, 'count': 2})
    assert built == (Example(count=2), Renamed(7, 5))
    assert [str(warning.message) for warning in caught] == [
        'breadth is deprecated: it is called width now',
        'tallness is deprecated: it is called height now',
    ]


def test_current_names_warn_of_nothing(recwarn):
    assert settings.build(Renamed, {'width': 7}) == Renamed(7)
    assert not recwarn


def test_a_setting_given_by_both_names_is_refused():
    with pytest.raises(SettingsError, match='breadth: given twice, also as width'):
        settings.build(Renamed, {'breadth': 7, 'width': 7})


@pytest.mark.filterwarnings('ignore::thermal_depth_ros.base.settings.RenamedSettingWarning')
def test_a_bad_value_under_a_former_name_is_named():
    with pytest.raises(SettingsError, match='width: 0 is below the minimum 1'):
        settings.build(Renamed, {'breadth': 0})
