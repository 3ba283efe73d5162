# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""What watchers show: lines now and then, JSON for programs, bars on terminals."""

import io
import json
import math

import pytest

from thermal_depth_ros.training.engine import progress, watch
from thermal_depth_ros.training.engine.order import Order
from thermal_depth_ros.training.engine.progress import BarWatch, JsonWatch, LineWatch, duration
from thermal_depth_ros.training.engine.task import Stage
from thermal_depth_ros.training.engine.watch import Meter, Progress


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
    lines = LineWatch(period_s=1000.0)
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
    watcher = JsonWatch(stream, lambda: None)
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


def test_json_says_when_nobody_reads():
    class Broken(io.StringIO):
        def write(self, text):
            raise BrokenPipeError

    gone = []
    JsonWatch(Broken(), lambda: gone.append(True)).note('hello')
    assert gone == [True]


def test_bars_show_what_the_lines_say(monkeypatch):
    from thermal_depth_ros.base import screen as screens

    screen, real = io.StringIO(), screens.Screen
    monkeypatch.setattr(
        screens, 'Screen', lambda: real(file=screen, force_terminal=True, width=120)
    )
    bars = BarWatch()
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


@pytest.mark.parametrize(('style', 'kind'), [('auto', LineWatch), ('lines', LineWatch)])
def test_without_a_terminal_there_are_lines(style, kind):
    with progress.watching(style, lambda: None) as made:
        assert type(made) is kind


def test_the_meter_knows_rate_and_end(monkeypatch):
    now = [100.0]
    monkeypatch.setattr(watch.time, 'monotonic', lambda: now[0])
    order = Order((Stage('a', 2), Stage('b', 3)), 40, 4, 0)  # 10 steps an epoch, 50 in all
    meter = Meter(order, 50, 0.0, earlier_s=7.0)
    for step in range(1, 26):
        now[0] += 0.5
        found = meter.progress(step, 0 if step <= 20 else 1, {'total': 1.0})
    assert found.samples_per_s == pytest.approx(8.0)
    assert found.eta_s == pytest.approx(12.5)
    assert found.elapsed_s == pytest.approx(7.0 + 12.5)
    assert (found.stage, found.epoch, found.epoch_step) == ('b', 1, 5)
    now[0] += 12.5  # a validation counts for the end, but not for the speed
    meter.restart_window()
    meter.progress(26, 1, {'total': 1.0})
    now[0] += 0.5
    found = meter.progress(27, 1, {'total': 1.0})
    assert found.samples_per_s == pytest.approx(8.0)
    assert found.eta_s == pytest.approx(23 * (12.0 + 12.5 + 0.5) / 26)


def test_a_limit_of_time_is_the_end(monkeypatch):
    now = [0.0]
    monkeypatch.setattr(watch.time, 'monotonic', lambda: now[0])
    meter = Meter(Order((Stage('a', 100),), 4, 4, 0), 100, 60.0, earlier_s=50.0)
    assert not meter.time_is_up
    meter.progress(1, 0, {'total': 1.0})
    now[0] = 4.0
    assert meter.progress(2, 0, {'total': 1.0}).eta_s == pytest.approx(6.0)
    now[0] = 10.0
    assert meter.time_is_up
