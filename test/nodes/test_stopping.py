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


def _run(**values: object) -> subprocess.CompletedProcess[str]:
    code = CODE.format(**values)
    return subprocess.run([sys.executable, '-c', code], capture_output=True, text=True, timeout=60)
