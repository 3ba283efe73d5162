# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""A training process is heard, stopped, and its end explained, whatever it does."""

import os
import signal
import sys
import time

import pytest
import yaml

from helpers.waiting import eventually
from thermal_depth_ros.training.process import TrainingEnd, TrainingProcess


class Heard:
    def __init__(self):
        self.events, self.ends = [], []

    def start(self, script, settings=None):
        return TrainingProcess(
            settings or {},
            lambda name, content: self.events.append((name, content)),
            self.ends.append,
            (sys.executable, '-c', script),
        )


@pytest.fixture
def heard():
    return Heard()


def test_events_and_plain_lines_are_handed_on(heard):
    heard.start('print(\'{"state": "training"}\\nhello\\n[1]\\n{"progress": {"step": 3}}\')')
    assert eventually(lambda: heard.ends)
    assert heard.events == [
        ('state', 'training'),
        ('note', 'hello'),
        ('progress', {'step': 3}),
    ]
    assert heard.ends[0].finished and len(heard.ends) == 1


def test_settings_come_as_a_file_that_goes_away(heard):
    script = 'import sys; a = sys.argv; print(a[a.index("--config") + 1]); print(open(a[2]).read())'
    heard.start(script, {'bags': ['a b', 'ä'], 'rate': 1e-5})
    assert eventually(lambda: heard.ends)
    path, *lines = [content for _, content in heard.events]
    assert yaml.safe_load('\n'.join(lines)) == {'bags': ['a b', 'ä'], 'rate': 1e-5}
    assert not os.path.exists(path)


def test_it_is_asked_to_stop(heard):
    process = heard.start(
        'import signal, sys, time\n'
        'signal.signal(signal.SIGTERM, lambda *a: sys.exit(130))\n'
        'print("ready", flush=True)\ntime.sleep(60)'
    )
    while not heard.events:
        time.sleep(0.01)
    assert process.stop(20.0)
    assert heard.ends[0].interrupted


def test_one_that_does_not_stop_is_killed(heard):
    process = heard.start(
        'import signal, time\n'
        'signal.signal(signal.SIGTERM, signal.SIG_IGN)\n'
        'print("ready", flush=True)\ntime.sleep(60)'
    )
    while not heard.events:
        time.sleep(0.01)
    assert not process.stop(0.3)
    assert heard.ends[0].code == -signal.SIGKILL
    assert process.stop(0.3), 'stopping again does nothing'


@pytest.mark.parametrize(
    ('code', 'words', 'reason'),
    [
        (1, ('note', 'error: batch_size: too big', ''), 'batch_size: too big'),
        (3, ('Traceback ...', 'KeyError: 7', ''), 'ended with code 3: KeyError: 7'),
        (1, (), 'no error output'),
        (-9, (), 'killed by SIGKILL (out of memory?)'),
        (-11, (), 'killed by SIGSEGV'),
    ],
)
def test_why_it_failed(code, words, reason):
    end = TrainingEnd(code, words)
    assert not end.finished and not end.interrupted
    assert reason in end.reason


def test_the_stack_of_a_defect_is_handed_on():
    stack = ('Traceback (most recent call last):', '  File ...', "KeyError: 'x'")
    end = TrainingEnd(1, (*stack, "error: unexpected KeyError: 'x'"))
    assert end.reason == "unexpected KeyError: 'x'" and end.details[:3] == stack
    assert TrainingEnd(1, ('error: batch_size: too big',)).details == ()


def test_a_program_that_is_not_there():
    with pytest.raises(OSError):
        TrainingProcess({}, lambda *a: None, lambda end: None, ('/no/such/program',))
