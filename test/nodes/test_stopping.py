# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Signals ask, and an end that takes too long is cut short with exit code 0."""

import subprocess
import sys
import time

import pytest

CODE = """
import os, signal, sys, time
from thermal_depth_ros.nodes.stopping import StopRequest
stop = StopRequest()
stop.install(leave_after_s=0.5)
assert not stop.asked
os.kill(os.getpid(), signal.{name})
assert stop.asked
stop.wait()
print('asked', flush=True)
time.sleep({busy_s})
print('done', flush=True)
sys.exit({code})
"""


@pytest.mark.parametrize('name', ['SIGINT', 'SIGTERM'])
def test_an_orderly_end_keeps_its_exit_code(name):
    done = _run(name=name, busy_s=0, code=3)
    assert (done.returncode, done.stdout) == (3, 'asked\ndone\n')


def test_a_process_that_stays_busy_leaves_with_0():
    start = time.monotonic()
    done = _run(name='SIGTERM', busy_s=30, code=3)
    assert (done.returncode, done.stdout) == (0, 'asked\n')
    assert time.monotonic() - start < 10.0


INTERRUPTING = """
import os, signal, sys, time
from thermal_depth_ros.nodes.stopping import StopRequest
stop = StopRequest()
stop.install()
try:
    with stop.interrupting():
        os.kill(os.getpid(), signal.{name})
        time.sleep(30)
except KeyboardInterrupt:
    print('left', flush=True)
assert stop.asked
os.kill(os.getpid(), signal.{name})
try:
    with stop.interrupting():
        print('not entered', flush=True)
except KeyboardInterrupt:
    print('still asked', flush=True)
"""


@pytest.mark.parametrize('name', ['SIGINT', 'SIGTERM'])
def test_work_that_may_be_thrown_away_is_left_at_once(name):
    done = _run(INTERRUPTING, name=name)
    assert (done.returncode, done.stdout, done.stderr) == (0, 'left\nstill asked\n', '')


SIGTERM = """
import os, signal, time
from thermal_depth_ros.nodes.stopping import interrupt_on_sigterm
interrupt_on_sigterm()
try:
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(30)
finally:
    print('cleaned up', flush=True)
"""


def test_sigterm_lets_a_command_clean_up_as_sigint_does():
    assert _run(SIGTERM).stdout == 'cleaned up\n'


def _run(template: str = CODE, **values: object) -> subprocess.CompletedProcess[str]:
    code = template.format(**values)
    return subprocess.run([sys.executable, '-c', code], capture_output=True, text=True, timeout=60)
