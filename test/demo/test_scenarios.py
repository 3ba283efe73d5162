# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""What is played: the shipped recordings, and a drive that is simulated once."""

import dataclasses
import hashlib
from pathlib import Path

import numpy as np
import pytest

from helpers.drives import drive_config
from thermal_depth_ros.bags.errors import BagError
from thermal_depth_ros.bags.recording import Recording
from thermal_depth_ros.cli import demo
from thermal_depth_ros.demo.scenarios import (
    BY_DAY,
    BY_NIGHT,
    COMPARED,
    SCENARIOS,
    Scenario,
    cached_drive,
    drive_key,
    own_scenario,
    prepare,
)
from thermal_depth_ros.simulation.drive import Drive
from thermal_depth_ros.simulation.labels import SKY

SHORT = drive_config((24, 32), (24, 32), seed=5, duration_s=0.4, scene='yard')


def digests(path: Path) -> dict[str, str]:
    return {f.name: hashlib.sha256(f.read_bytes()).hexdigest() for f in path.iterdir()}


def test_the_command_offers_every_scenario():
    assert tuple(scenario.name for scenario in SCENARIOS) == demo.SCENARIO_NAMES
    assert demo.parser().parse_args(['--scenario', 'day', 'night']).scenario == ['day', 'night']
    with pytest.raises(SystemExit):
        demo.parser().parse_args(['--scenario', 'dusk'])


def test_the_former_option_is_read_and_not_listed():
    assert demo.parser().parse_args(['--act', 'day', 'night']).act == ['day', 'night']
    assert '--act' not in demo.parser().format_help()
    with pytest.raises(SystemExit):
        demo.parser().parse_args(['--act', 'day', '--scenario', 'day'])


def test_day_and_night_differ_in_nothing_but_the_light():
    scenarios = {scenario.name: scenario for scenario in SCENARIOS}
    assert [scenarios[name].recording for name in COMPARED] == [BY_DAY, BY_NIGHT]
    assert all(scenarios[name].kinds == ('rgb',) for name in COMPARED)
    assert (BY_DAY.light, BY_NIGHT.light) == ('day', 'night')
    day, night = Drive(BY_DAY).frame('rgb', 20, 4.0), Drive(BY_NIGHT).frame('rgb', 20, 4.0)
    assert np.array_equal(day.depth_m, night.depth_m)
    assert np.array_equal(day.labels, night.labels)
    sky = day.labels == SKY
    assert day.image[sky].mean() > 5 * night.image[sky].mean()


def test_a_drive_is_simulated_once_and_again_with_other_settings(tmp_path):
    said: list[str] = []
    path = cached_drive(SHORT, tmp_path / 'deep' / 'drive', said.append)
    first = digests(path)
    assert len(said) == 1 and str(path) in said[0]
    assert cached_drive(SHORT, path, said.append) == path
    assert len(said) == 1
    other = dataclasses.replace(SHORT, duration_s=0.6)
    cached_drive(other, path, said.append)
    assert len(said) == 2
    with Recording(path) as recording:
        assert recording.topics['/thermal/image_raw'].count == 6
    cached_drive(SHORT, path, said.append)
    assert digests(path) == first


def test_a_drive_that_was_left_half_written_is_simulated_again(tmp_path):
    said: list[str] = []
    path = cached_drive(SHORT, tmp_path / 'drive', said.append)
    whole = digests(path)
    (tmp_path / 'drive.key').unlink()
    for file in path.iterdir():
        file.write_bytes(file.read_bytes()[:100])
    cached_drive(SHORT, path, said.append)
    assert len(said) == 2
    assert digests(path) == whole


def test_another_simulator_makes_another_drive(tmp_path, monkeypatch):
    before = drive_key(SHORT)
    (tmp_path / 'world.py').write_text('different = True')
    monkeypatch.setattr('thermal_depth_ros.simulation.__path__', [str(tmp_path)])
    assert drive_key(SHORT) != before


def test_scenarios_find_what_they_play(tmp_path, repository):
    synthetic = prepare(Scenario('short', SHORT, '', ''), tmp_path, lambda line: None)
    assert synthetic.path == tmp_path / 'drive'
    assert synthetic.kinds == ('thermal', 'rgb')
    street, real = (prepare(scenario, tmp_path, print) for scenario in SCENARIOS[:2])
    assert street.path == repository / 'demo' / 'recording_street'
    assert street.kinds == ('rgb',)
    assert real.path == repository / 'demo' / 'recording'
    one = prepare(Scenario('one', SHORT, '', '', ('rgb',)), tmp_path, lambda line: None)
    assert (one.path, one.kinds) == (synthetic.path, ('rgb',))
    lepton = repository / 'demo' / 'recording_lepton'
    assert prepare(own_scenario(lepton), tmp_path, print).kinds == ('thermal',)
    with pytest.raises(BagError, match='nowhere'):
        prepare(own_scenario(tmp_path / 'nowhere'), tmp_path, print)
