# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Signals ask, and an end that takes too long is cut short with exit code 0."""

import signal
import subprocess
import sys
import time

import pytest

CODE = """
import os, signal, sys, time
from thermal_depth_ros.base.stopping import StopRequest
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
    done = _run(name='SIGTERM', busy_s=100, code=3)
    assert (done.returncode, done.stdout) == (0, 'asked\n')
    assert time.monotonic() - start < 60.0


INTERRUPTING = """
import os, signal, sys, time
from thermal_depth_ros.base.stopping import StopRequest
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


INTERRUPT = """
import os, signal, time
from thermal_depth_ros.base import stopping
stopping.REPEAT_S = {repeat_s}
stopping.interrupt_on_signals(7)
try:
    os.kill(os.getpid(), signal.{name})
    time.sleep(30)
finally:
    os.kill(os.getpid(), signal.{name})
    print('cleaned up', flush=True)
    raise SystemExit(3)
"""


@pytest.mark.parametrize('name', ['SIGINT', 'SIGTERM'])
def test_a_command_cleans_up_after_either_signal_also_if_it_comes_twice(name):
    done = _run(INTERRUPT, name=name, repeat_s=60)
    assert (done.returncode, done.stdout) == (3, 'cleaned up\n')


@pytest.mark.parametrize('name', ['SIGINT', 'SIGTERM'])
def test_a_signal_after_a_while_does_not_wait_for_the_clean_up(name):
    done = _run(INTERRUPT, name=name, repeat_s=-1)
    assert (done.returncode, done.stdout, done.stderr) == (7, '', '')


IN_A_LOCK = """
import os, signal, sys, threading
from thermal_depth_ros.base.stopping import StopRequest
stop = StopRequest()
stop.install(leave_after_s=20)
with threading._active_limbo_lock:  # as when the signal comes while a thread is started
    os.kill(os.getpid(), signal.{name})
    os.kill(os.getpid(), signal.{name})
stop.wait()
stop.wait()
sys.exit(5)
"""


@pytest.mark.parametrize('name', ['SIGINT', 'SIGTERM'])
def test_a_signal_needs_no_lock_that_the_main_thread_may_hold(name):
    assert _run(IN_A_LOCK, name=name).returncode == 5


ENDING = """
import atexit, os, signal, sys, threading, time
from thermal_depth_ros.base import stopping
stopping.begin_process(9)
def kill():
    os.kill(os.getpid(), signal.{name})
{when}
stopping.end_process(4)
sys.exit(4)
"""
WHENS = {
    'threads': 'threading.Timer(0.2, lambda: (kill(), time.sleep(30))).start()',
    'exit hooks': 'atexit.register(kill)',
    'modules': """
class Late:
    kill, number = os.kill, signal.{name}
    def __del__(self, me=os.getpid()):
        Late.kill(me, Late.number)
sys.late = Late()""",
}


@pytest.mark.parametrize('when', WHENS)
@pytest.mark.parametrize('name', ['SIGINT', 'SIGTERM'])
def test_a_signal_while_python_shuts_down_leaves_the_exit_code_alone(name, when):
    done = _run(ENDING, name=name, when=WHENS[when].format(name=name))
    assert (done.returncode, done.stderr) == (4, '')


ABORTING = """
import atexit, os, sys
from thermal_depth_ros.base import stopping
os.environ.update({environment})
stopping.begin_process(9)
class Threads:  # as one of gloo, which aborts once Python takes the GIL for itself
    def __del__(self, abort=os.abort):
        abort()
sys.late = Threads()
atexit.register(print, 'exit hooks run')
stopping.end_process({code})
sys.exit({code})
"""


@pytest.mark.parametrize('code', [0, 3])
def test_one_of_several_processes_does_not_abort_in_destructors(code):
    done = _run(ABORTING, code=code, environment={'RANK': '1'})
    assert (done.returncode, done.stdout, done.stderr) == (code, 'exit hooks run\n', '')


def test_a_process_by_itself_shuts_down_as_a_whole():
    assert _run(ABORTING, code=0, environment={}).returncode == -signal.SIGABRT


def test_a_signal_while_modules_are_imported_ends_it_with_the_code_given():
    done = _run(
        """
import os, signal, time
from thermal_depth_ros.base import stopping
stopping.begin_process({code})
print('said before', flush=False)
os.kill(os.getpid(), signal.SIGTERM)
time.sleep(30)
""",
        code=9,
    )
    assert (done.returncode, done.stdout, done.stderr) == (9, 'said before\n', '')


def _run(template: str = CODE, **values: object) -> subprocess.CompletedProcess[str]:
    code = template.format(**values)
    return subprocess.run([sys.executable, '-c', code], capture_output=True, text=True, timeout=120)
