# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""`thermal-depth models`: the table, JSON, speed, and bundles that cannot be read."""

import json
import shutil

import pytest

from thermal_depth_ros.bench.models import bundle_speed
from thermal_depth_ros.bundles.catalog import BundleFacts
from thermal_depth_ros.cli.main import main


@pytest.fixture
def folder(tmp_path, tiny_rgb_bundle):
    shutil.copytree(tiny_rgb_bundle, tmp_path / 'models' / 'mine')
    return tmp_path / 'models'


def test_table_of_the_folders_of_the_user(folder, monkeypatch, capsys):
    monkeypatch.setenv('THERMAL_DEPTH_MODELS', str(folder))
    assert main(['models']) == 0
    text = capsys.readouterr().out
    for part in ('mine (untrained)', 'rgb_default', 'thermal_default', 'no real image'):
        assert part in text
    assert f'mine: in {folder / "mine"}' in text


def test_json(folder, capsys):
    assert main(['models', str(folder), '--json']) == 0
    (facts,) = json.loads(capsys.readouterr().out)
    assert (facts['name'], facts['kind'], facts['classes']) == ('mine', 'rgb', 19)
    assert facts['path'] == str(folder / 'mine')
    assert 'speed' not in facts


def test_speed_is_measured_on_request(folder, capsys):
    assert main(['models', str(folder), '--speed', '--device', 'cpu', '--json']) == 0
    (facts,) = json.loads(capsys.readouterr().out)
    assert facts['speed']['milliseconds'] > 0.0


def test_a_bundle_that_cannot_be_read_is_listed_and_fails(folder, capsys):
    (folder / 'mine' / 'bundle.yaml').write_text('schema: 7\n')
    assert main(['models', str(folder)]) == 1
    text = capsys.readouterr().out
    assert 'cannot be read' in text
    assert 'schema: 7 is not 1' in text


def test_a_bundle_that_cannot_run_says_why(folder, capsys):
    assert main(['models', str(folder), '--speed', '--device', 'warp:1']) == 1
    assert 'mine: not measured:' in capsys.readouterr().out


def test_translations_have_no_speed(tmp_path):
    speed = bundle_speed(BundleFacts('day_night', tmp_path, kind='translation'), 'cpu')
    assert (speed.milliseconds, speed.problem) == (None, '')
