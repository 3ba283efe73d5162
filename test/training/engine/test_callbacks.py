# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""What progress callbacks show: lines now and then, JSON for programs, bars on terminals."""

import io
import json
import math

import pytest

from thermal_depth_ros.training.engine import callbacks
from thermal_depth_ros.training.engine.callbacks import (
    BarProgress,
    JsonProgress,
    LineProgress,
    Progress,
    duration,
)


def at(step, eta_s=75.0, **changes):
    fields = {
        'stage': 'one',
        'stage_number': 1,
        'stages': 2,
        'epoch': 3,
        'epochs': 4,
        'epoch_step': 2,
        'epoch_steps': 5,
        'step': step,
        'total_steps': 40,
        'losses': {'total': 0.25, 'smooth': 0.5},
        'samples_per_s': 12.34,
        'elapsed_s': 5.0,
        'eta_s': eta_s,
    }
    return Progress(**(fields | changes))


@pytest.mark.parametrize(
    ('seconds', 'text'),
    [(0, '0:00'), (75.4, '1:15'), (3599.6, '1:00:00'), (90061, '25:01:01'), (math.nan, '--:--')],
)
def test_durations(seconds, text):
    assert duration(seconds) == text


def test_lines_come_now_and_then_and_at_the_end(capsys):
    lines = LineProgress(period_s=1000.0)
    for step in range(1, 41):
        lines.progress(at(step))
    lines.validated(40, {'abs_rel': 0.123456})
    assert capsys.readouterr().out.splitlines() == [
        'one (1/2), epoch 3 of 4, step 1 of 40: loss 0.25, 12.3 samples/s, 1:15 left',
        'one (1/2), epoch 3 of 4, step 40 of 40: loss 0.25, 12.3 samples/s, 1:15 left',
        'validation after step 40: abs_rel 0.1235',
    ]


def test_json_is_a_line_per_event():
    stream = io.StringIO()
    watcher = JsonProgress(stream, lambda: None)
    watcher.state('training')
    watcher.state('training')
    watcher.progress(at(1, eta_s=math.nan, losses={'total': math.inf}))
    watcher.validated(1, {'rmse': 2.0})
    watcher.note('hm')
    events = [
        json.loads(line, parse_constant=lambda name: pytest.fail(name))
        for line in stream.getvalue().splitlines()
    ]
    assert [next(iter(event)) for event in events] == ['state', 'progress', 'validated', 'note']
    assert events[1]['progress']['losses'] == {'total': None}
    assert events[1]['progress']['eta_s'] is None and events[1]['progress']['step'] == 1
    assert events[2]['validated'] == {'step': 1, 'metrics': {'rmse': 2.0}}


def test_json_reports_a_closed_reader():
    class Broken(io.StringIO):
        def write(self, text):
            raise BrokenPipeError

    gone = []
    JsonProgress(Broken(), lambda: gone.append(True)).note('hello')
    assert gone == [True]


def test_bars_show_what_the_lines_say(monkeypatch):
    from thermal_depth_ros.base import screen as screens

    screen, real = io.StringIO(), screens.Screen
    monkeypatch.setattr(
        screens, 'Screen', lambda: real(file=screen, force_terminal=True, width=120)
    )
    bars = BarProgress()
    bars.preparing('decoding', 3, 10)
    bars.progress(at(20))
    bars.validated(20, {'rmse': 0.5})
    bars.note('[not markup]')
    bars.close()
    for part in (
        'one, epoch 3/4',
        '20/40',
        '2/5',
        'loss 0.25',
        '1:15 left',
        'rmse 0.5',
        '[not mark',
    ):
        assert part in screen.getvalue()


@pytest.mark.parametrize(('style', 'kind'), [('auto', LineProgress), ('lines', LineProgress)])
def test_without_a_terminal_there_are_lines(style, kind):
    with callbacks.progress_callback(style, lambda: None) as made:
        assert type(made) is kind


@pytest.mark.parametrize('style', ['auto', 'lines', 'json'])
def test_only_the_first_of_several_processes_shows_progress(style, monkeypatch, capsys):
    monkeypatch.setenv('RANK', '1')
    with callbacks.progress_callback(style, lambda: None) as made:
        made.note('not shown')
    assert capsys.readouterr().out == ''
