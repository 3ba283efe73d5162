# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Every executable takes signals over before it imports, and keeps its exit code to the end."""

import subprocess
import sys

import pytest

from thermal_depth_ros.cli import executables
from thermal_depth_ros.cli.main import COMMANDS

# A signal comes while the module of the command is imported, or while the command runs.
CODE = """
import importlib, os, signal, sys, time, types
from thermal_depth_ros.cli import executables

def kill(*_):
    os.kill(os.getpid(), signal.{name})
    time.sleep(30)

def main(arguments):
    {body}

importlib.import_module = lambda name: kill() if {importing} else types.SimpleNamespace(main=main)
sys.argv = ['executable', 'argument']
sys.exit(executables.{command}())
"""


def run(**values: object) -> tuple[int, str]:
    code = CODE.format(**({'body': 'kill()', 'name': 'SIGINT', 'importing': False} | values))
    done = subprocess.run([sys.executable, '-c', code], capture_output=True, text=True, timeout=60)
    return done.returncode, done.stderr


def test_every_command_is_an_executable():
    assert {name.replace('-', '_') for name in COMMANDS} <= set(vars(executables))


@pytest.mark.parametrize('name', ['SIGINT', 'SIGTERM'])
@pytest.mark.parametrize(('command', 'code'), [('vehicle', 0), ('record', 0), ('process', 130)])
def test_a_signal_during_imports_is_a_quiet_end(command, code, name):
    assert run(command=command, importing=True, name=name) == (code, '')


@pytest.mark.parametrize('name', ['SIGINT', 'SIGTERM'])
@pytest.mark.parametrize(('command', 'code'), [('thermal', 0), ('doctor', 130)])
def test_a_signal_before_the_command_takes_them_itself_is_a_quiet_end(command, code, name):
    assert run(command=command, name=name) == (code, '')


@pytest.mark.parametrize(
    ('body', 'code'),
    [
        ('return 3', 3),
        ('sys.exit(4)', 4),
        ('sys.exit()', 0),
        ("sys.exit('said')", 1),
    ],
)
def test_an_exit_code_survives_a_signal_at_the_end_of_python(body, code):
    late = 'import atexit; atexit.register(os.kill, os.getpid(), signal.SIGINT); ' + body
    returned, said = run(command='doctor', body=late)
    assert (returned, said.strip()) == (code, 'said' if 'said' in body else '')
