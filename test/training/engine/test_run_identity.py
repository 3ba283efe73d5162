# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""A run resumes only with its original settings and data."""

import dataclasses
import shutil
from pathlib import Path
from typing import ClassVar

import pytest

from thermal_depth_ros.base.settings import RenamedSettingWarning, SettingsError, setting
from thermal_depth_ros.samples.config import DataConfig, DayNightDataConfig, ImagesConfig
from thermal_depth_ros.training.engine.checkpoints import Checkpointer
from thermal_depth_ros.training.engine.run_identity import RunIdentity, flat_settings
from thermal_depth_ros.training.translation.config import TranslationDataConfig


@dataclasses.dataclass(frozen=True)
class Method:
    may_change: ClassVar[frozenset[str]] = frozenset({'cache'})

    rate: float = setting(0.1, 'Rate')
    names: tuple[str, ...] = setting((), 'Names')
    cache: str = setting('', 'Cache')


@dataclasses.dataclass(frozen=True)
class Strict:
    depth: int = setting(1, 'Depth')


MAGIC = b'\x89MCAP0\r\n'
CONFIGS = (Method(0.5, ('a', 'b'), 'here'), Strict(3))


def check(saved, now, saved_samples, samples, recordings=None):
    """Compare settings, numbers of samples and digests of a checkpoint with those of now."""
    found = {'settings': saved, 'samples': saved_samples}
    found |= {} if recordings is None else {'recordings': recordings}
    RunIdentity(tuple(now), samples).check(found)


def digests(*configs):
    return RunIdentity(configs, 0).recordings


def test_settings_are_plain_values():
    expected = {'rate': 0.5, 'names': ['a', 'b'], 'cache': 'here', 'depth': 3}
    assert flat_settings(CONFIGS) == expected


@pytest.mark.parametrize(
    'now', [CONFIGS, (dataclasses.replace(CONFIGS[0], cache='elsewhere'), CONFIGS[1])]
)
def test_the_same_run(now):
    check(flat_settings(CONFIGS), now, 7, 7)


def test_every_change_is_named():
    now = (Method(0.25, ('a',), 'here'), Strict(4))
    with pytest.raises(SettingsError) as caught:
        check(flat_settings(CONFIGS), now, 7, 8)
    for part in (
        'rate: 0.5 became 0.25',
        "names: ['a', 'b'] became ['a']",
        'depth: 3 became 4',
        '7 samples became 8',
    ):
        assert part in str(caught.value)


def test_a_setting_that_is_new_had_its_default():
    older = {'rate': 0.5, 'names': ['a', 'b'], 'cache': ''}
    check(older, (CONFIGS[0], Strict()), 7, 7)
    with pytest.raises(SettingsError, match='depth: 1 became 3'):
        check(older, CONFIGS, 7, 7)


def test_a_setting_that_is_gone_is_named():
    with pytest.raises(SettingsError, match='zoom: 2 became nothing'):
        check({**flat_settings(CONFIGS), 'zoom': 2}, CONFIGS, 7, 7)


@dataclasses.dataclass(frozen=True)
class Data:
    data_paths: ClassVar[frozenset[str]] = frozenset({'bags'})

    bags: tuple[str, ...] = setting((), 'Recordings')


@pytest.fixture
def bag(tmp_path) -> Path:
    """Two recordings that differ in one byte of their middle."""
    for name, byte in (('drive', 1), ('other', 2)):
        (tmp_path / name).mkdir()
        content = MAGIC + bytes(5000) + bytes([byte]) + bytes(5000)
        (tmp_path / name / 'part_0.mcap').write_bytes(content)
    return tmp_path / 'drive'


def goes_on(before: Data, contents: dict[str, str], now: Data) -> None:
    check(flat_settings([before]), [now], 7, 7, contents)


def test_the_same_recording_written_otherwise_is_the_same(bag, monkeypatch):
    before = Data((str(bag),))
    monkeypatch.chdir(bag.parent)
    for contents in (digests(before), {}):  # an older checkpoint has none
        for path in (f'{bag}/', f'{bag.parent}/./drive', 'drive', f'{bag}/../drive'):
            goes_on(before, contents, Data((path,)))


def test_a_recording_that_was_moved_copied_and_renamed_is_the_same(bag, tmp_path):
    before = Data((str(bag),))
    contents = digests(before)
    moved = tmp_path / 'archive' / 'tuesday'
    shutil.copytree(bag, moved, copy_function=shutil.copyfile)  # with other times of change
    (moved / 'part_0.mcap').rename(moved / 'renamed.mcap')
    shutil.rmtree(bag)
    goes_on(before, contents, Data((str(moved),)))
    with pytest.raises(SettingsError, match='bags: .*drive.* became .*tuesday'):
        goes_on(before, {}, Data((str(moved),)))


def test_a_prepared_folder_that_was_moved_is_the_same_until_it_changes(tmp_path):
    for name in ('first', 'second'):
        (tmp_path / name / 'Thermal').mkdir(parents=True)
        for index in range(3):
            (tmp_path / name / 'Thermal' / f'{index}.png').write_bytes(bytes([index]) * 100)
        (tmp_path / name / 'timestamps.txt').write_text('0 1 2')
    (tmp_path / 'second' / '.DS_Store').write_bytes(b'Bud1')
    before, after = Data((str(tmp_path / 'first'),)), Data((str(tmp_path / 'second'),))
    contents = digests(before)
    goes_on(before, contents, after)
    (tmp_path / 'second' / 'timestamps.txt').write_text('0 1 3')
    with pytest.raises(SettingsError, match='bags'):
        goes_on(before, contents, after)


def test_other_recordings_another_order_and_another_content_are_named(bag):
    other = bag.parent / 'other'
    before = Data((str(bag), str(other)))
    contents = digests(before)
    goes_on(before, contents, before)
    for now in (Data((str(bag),)), Data((str(other), str(bag))), Data((str(bag), str(bag)))):
        with pytest.raises(SettingsError, match='bags: .* became'):
            goes_on(before, contents, now)
    (other / 'part_0.mcap').write_bytes(MAGIC + bytes(10_001))
    with pytest.raises(SettingsError, match='bags: .*, whose content has changed'):
        goes_on(before, contents, before)


@pytest.mark.parametrize(
    'problems',
    [
        lambda a, b: DataConfig(bags=(a,), validation_bags=(b,)).problems(),
        lambda a, b: DayNightDataConfig(bags=(a,), night_bags=(b,)).problems(),
        lambda a, b: TranslationDataConfig(bags=(a,), night_bags=(b,)).problems(),
    ],
)
def test_one_recording_twice_is_found_however_it_is_written(bag, problems):
    assert any('is also listed' in problem for problem in problems(str(bag), f'{bag}/'))
    assert not any('is also listed' in problem for problem in problems(str(bag), f'{bag}2'))


def test_every_setting_of_recordings_is_known_as_one():
    for config in (DataConfig, DayNightDataConfig, ImagesConfig, TranslationDataConfig):
        named = {field.name for field in dataclasses.fields(config) if 'bags' in field.name}
        assert config.data_paths == named | {'calibration'}


def test_a_calibration_is_compared_by_its_content_too(tmp_path):
    (tmp_path / 'a.yaml').write_text('fx: 1')
    (tmp_path / 'b.yaml').write_text('fx: 1')
    before = DataConfig(calibration=str(tmp_path / 'a.yaml'))
    contents = digests(before)
    now = DataConfig(calibration=str(tmp_path / 'b.yaml'))
    check(flat_settings([before]), [now], 7, 7, contents)
    (tmp_path / 'b.yaml').write_text('fx: 2')
    for other in (now, DataConfig()):
        with pytest.raises(SettingsError, match='calibration: .* became'):
            check(flat_settings([before]), [other], 7, 7, contents)


def test_checkpoints_keep_what_tells_recordings_apart(bag, tmp_path):
    checkpoints = Checkpointer(tmp_path / 'out', keep=1)

    def identity(path: Path) -> RunIdentity:
        return RunIdentity((Data((str(path),)),), 7)

    checkpoints.save(3, {'step': 3, **identity(bag).state()})
    moved = bag.rename(tmp_path / 'moved')
    saved = checkpoints.latest(print)
    identity(moved).check(saved)
    with pytest.raises(SettingsError, match='bags'):
        identity(tmp_path / 'other').check(saved)


@dataclasses.dataclass(frozen=True)
class Renamed:
    width: int = setting(64, 'Width', renamed_from='breadth')


def test_a_checkpoint_of_a_former_name_resumes():
    with pytest.warns(RenamedSettingWarning, match='breadth is deprecated'):
        check({'breadth': 7}, (Renamed(7),), 7, 7)
    with (
        pytest.warns(RenamedSettingWarning),
        pytest.raises(SettingsError, match='width: 7 became 8'),
    ):
        check({'breadth': 7}, (Renamed(8),), 7, 7)
