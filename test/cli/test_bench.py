# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""The bench's command line: what it picks, prints and writes. Nothing is measured here."""

import json

import pytest

from thermal_depth_ros.bench.measurement import Measurement
from thermal_depth_ros.bench.processes import BenchError
from thermal_depth_ros.cli import bench


def titles(*argv):
    return [title for title, _ in bench.chosen_parts(bench.parser().parse_args(argv))]


@pytest.fixture
def one_part(monkeypatch):
    """Make the bench run a single given part."""

    def give(part):
        monkeypatch.setattr(bench, 'chosen_parts', lambda arguments: iter([('part', part)]))

    return give


def test_without_an_option_everything_but_the_soak():
    assert titles() == ['messages', 'efficiency', 'start-up', 'graph']


def test_all_adds_the_soak():
    assert titles('--all') == [*titles(), 'soak']


@pytest.mark.parametrize(
    ('argv', 'expected'),
    [
        (('--messages',), ['messages']),
        (('--graph', '--start-up'), ['start-up', 'graph']),
        (('--soak', '5'), ['soak']),
        (('--efficiency', '--soak', '5'), ['efficiency', 'soak']),
    ],
)
def test_only_what_is_chosen(argv, expected):
    assert titles(*argv) == expected


@pytest.mark.parametrize('seconds', ['0', '-1', 'nan', 'inf', 'soon'])
def test_durations_must_be_positive(seconds, capsys):
    with pytest.raises(SystemExit) as stopped:
        bench.parser().parse_args(['--soak', seconds])
    assert stopped.value.code == 2
    assert '--soak' in capsys.readouterr().err


def test_a_missed_target_is_shown_and_no_error(one_part, capsys, tmp_path):
    one_part(
        lambda: [
            Measurement('copy', 'ratio', 3.5, '', 2.0),
            Measurement('copy', 'time', float('nan'), 'ms'),
            Measurement('graph', 'latency p99', 12.5, 'ms', 20.0, detail='p50 7'),
        ]
    )
    path = tmp_path / 'figures.json'
    assert bench.main(['--json', str(path)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert any('ratio' in line and 'at most 2' in line and 'MISSED' in line for line in lines)
    assert any('time' in line and 'unmeasured' in line for line in lines)
    assert any('12.5 ms' in line and 'at most 20 ms' in line and 'met' in line for line in lines)
    figures = json.loads(path.read_text())
    assert [f['met'] for f in figures] == [False, None, True]
    assert figures[1]['value'] is None, 'JSON knows no NaN'
    assert figures[2] == {
        'group': 'graph',
        'name': 'latency p99',
        'value': 12.5,
        'unit': 'ms',
        'target': 'at most 20 ms',
        'met': True,
        'detail': 'p50 7',
    }


@pytest.mark.parametrize('error', [BenchError('vehicle died'), ImportError('no rclpy')])
def test_what_cannot_be_measured_says_why(one_part, capsys, error):
    def broken():
        raise error

    one_part(broken)
    assert bench.main([]) == 1
    assert f'part: not measured: {error}' in capsys.readouterr().err
