# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""The command `ablate` with a toy: its arguments, exit codes, and what it prints and writes."""

import json

import pytest

from helpers import toy
from thermal_depth_ros.cli.main import main
from thermal_depth_ros.training import registry
from thermal_depth_ros.training.ablation import tables
from thermal_depth_ros.training.ablation.tables import Ablation, Row

TABLE = Ablation(
    'A table',
    {'rmse': 'RMSE', 'unknown': 'Unknown'},
    (
        Row('one_stage', 'w/o stage two', {'stages_wanted': 1}, {'rmse': (3.5,)}),
        Row('broken', 'w/o luck', {'broken_sample': 3}, {'rmse': (2.5,)}),
    ),
    'other data',
)
CONFIG = """
task: toy
device: cpu
tensorboard: false
workers: 0
samples: 8
epochs: 1
output: out/of/training
stages_wanted: 2
"""


@pytest.fixture(autouse=True)
def known(monkeypatch):
    monkeypatch.setitem(registry.KINDS, 'toy', toy.kind)
    monkeypatch.setitem(tables.TABLES, 'toy', TABLE)


@pytest.fixture
def call(tmp_path):
    config = tmp_path / 'config.yaml'
    config.write_text(CONFIG)

    def run(*arguments):
        given = ['--config', str(config), '-o', str(tmp_path / 'out'), '--progress', 'lines']
        return main(['ablate', *given, *arguments])

    return run


def test_the_table_is_printed_and_written_and_a_failed_row_shows_in_the_exit_code(
    call, capsys, tmp_path
):
    assert call() == 1
    printed = capsys.readouterr().out
    plain = json.loads((tmp_path / 'out/ablation.json').read_text())
    rmse = plain['rows'][0]['metrics']['rmse']
    row = next(
        line for line in printed.splitlines() if 'w/o stage two ' in line and '3.500' in line
    )
    assert f'{rmse:.3f}' in row and ' - ' in row
    assert 'w/o luck (failed)' in printed and 'the disk is scratched' in printed
    assert 'other data' in printed and 'ablation.md' in printed
    assert (tmp_path / 'out/ablation.md').is_file()
    assert not (tmp_path / 'out/of').exists() and not (tmp_path / 'out/broken/bundle').exists()


def test_chosen_rows_alone_are_trained_with_options_over_the_file(call, tmp_path):
    assert call('--variants', 'one_stage', '--samples', '12') == 0
    plain = json.loads((tmp_path / 'out/ablation.json').read_text())
    assert [row['name'] for row in plain['rows']] == ['one_stage']
    assert plain['settings']['samples'] == 12 and plain['rows'][0]['steps'] == 3
    assert (tmp_path / 'out/one_stage/report.html').is_file()


def test_rows_of_an_earlier_call_stay_in_the_table_unless_settings_differ(call, capsys, tmp_path):
    def rows():
        return [row['name'] for row in json.loads(table.read_text())['rows']]

    table = tmp_path / 'out/ablation.json'
    assert call('--variants', 'one_stage') == 0
    first = json.loads(table.read_text())['rows'][0]
    capsys.readouterr()
    assert call('--variants', 'broken') == 1
    assert rows() == ['one_stage', 'broken']
    assert json.loads(table.read_text())['rows'][0] == first
    assert f'{first["metrics"]["rmse"]:.3f}' in capsys.readouterr().out
    assert call('--variants', 'broken', '--samples', '12') == 1
    assert rows() == ['broken']
    table.write_text('{"settings": {}, "rows": 3}')
    assert call('--variants', 'broken') == 1
    assert rows() == ['broken']


@pytest.mark.parametrize(
    ('arguments', 'said'),
    [
        (['--variants', 'one_stage', 'nonsense'], 'variants: nonsense not among one_stage, broken'),
        (['--rate', '-1'], 'rate'),
        (['--task', 'other'], "task: 'other' is not one of"),
    ],
)
def test_bad_input_is_one_clear_message(call, capsys, arguments, said):
    assert call(*arguments) == 1
    error = capsys.readouterr().err
    assert said in error and error.count('\n') == 1


def test_what_the_rows_decide_is_no_option(call, capsys):
    with pytest.raises(SystemExit):
        call('--stages-wanted', '1')
    assert '--stages-wanted' in capsys.readouterr().err


def test_a_task_without_a_table_says_so(call, capsys, monkeypatch):
    monkeypatch.delitem(tables.TABLES, 'toy')
    assert call() == 1
    assert "'toy' has no ablation" in capsys.readouterr().err
