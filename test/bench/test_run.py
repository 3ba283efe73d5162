# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""What the benchmarks print and write, for given measurements."""

import json

import pytest

from thermal_depth_ros.bench.measurement import Measurement
from thermal_depth_ros.bench.processes import BenchError
from thermal_depth_ros.bench.run import run_benchmarks


def test_a_missed_target_is_shown_and_no_error(capsys, tmp_path):
    measured = [
        Measurement('copy', 'ratio', 3.5, '', 2.0),
        Measurement('copy', 'time', float('nan'), 'ms'),
        Measurement('graph', 'latency p99', 12.5, 'ms', 20.0, detail='p50 7'),
    ]
    path = tmp_path / 'figures.json'
    assert run_benchmarks({'part': lambda: measured}, path)
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
def test_what_cannot_be_measured_says_why(capsys, error):
    def broken():
        raise error

    assert not run_benchmarks({'part': broken}, None)
    assert f'part: not measured: {error}' in capsys.readouterr().err
