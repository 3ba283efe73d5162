# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""The dispatcher: help, version, suggestions, exit codes, and that it imports nothing heavy."""

import subprocess
import sys
import types

import pytest

import thermal_depth_ros
from helpers.processes import modules_loaded_by
from thermal_depth_ros.base.errors import ThermalDepthError
from thermal_depth_ros.cli import main as dispatcher


@pytest.fixture
def fake_command(monkeypatch):
    """Put a command module in the place of `doctor` and record what it is called with."""
    calls = []

    def install(behaviour):
        module = types.SimpleNamespace(main=lambda argv: (calls.append(argv), behaviour())[1])
        monkeypatch.setitem(sys.modules, 'thermal_depth_ros.cli.doctor', module)
        return calls

    return install


def interrupt():
    raise KeyboardInterrupt


def test_help_lists_every_command_on_its_own_line(capsys):
    assert dispatcher.main(['--help']) == 0
    lines = capsys.readouterr().out.splitlines()
    for name, text in dispatcher.COMMANDS.items():
        assert sum(line.split()[:1] == [name] and line.endswith(text) for line in lines) == 1


def test_no_command_shows_the_usage_as_an_error(capsys):
    assert dispatcher.main([]) == 2
    assert 'usage: thermal-depth' in capsys.readouterr().err


def test_version_is_one_line(capsys):
    assert dispatcher.main(['--version']) == 0
    assert capsys.readouterr().out == f'thermal-depth {thermal_depth_ros.__version__}\n'


@pytest.mark.parametrize(
    ('typed', 'meant'), [('docter', 'doctor'), ('proces', 'process'), ('vehicel', 'vehicle')]
)
def test_unknown_command_suggests_the_nearest(typed, meant, capsys):
    assert dispatcher.main([typed]) == 2
    assert f'did you mean {meant!r}?' in capsys.readouterr().err


def test_unknown_command_without_a_near_name_lists_what_there_is(capsys):
    assert dispatcher.main(['qqqq']) == 2
    message = capsys.readouterr().err
    assert 'did you mean' not in message
    assert 'vehicle, thermal, rgb, replay' in message


def test_arguments_and_exit_code_pass_through(fake_command):
    calls = fake_command(lambda: 7)
    assert dispatcher.main(['doctor', '--json', 'x']) == 7
    assert calls == [['--json', 'x']]


def test_interrupt_exits_as_shells_expect(fake_command):
    fake_command(interrupt)
    assert dispatcher.main(['doctor']) == 130


def raising(error):
    def behaviour():
        raise error

    return behaviour


def test_message_of_an_interrupt_is_shown(fake_command, capsys):
    fake_command(raising(KeyboardInterrupt('interrupted: nothing was written')))
    assert dispatcher.main(['doctor']) == 130
    assert capsys.readouterr().err == 'interrupted: nothing was written\n'


@pytest.mark.parametrize(
    'error',
    [
        ThermalDepthError('/a/topic: damaged'),
        OSError('/a/topic: damaged'),
        FileNotFoundError(2, 'damaged', '/a/topic'),
    ],
)
def test_expected_error_is_one_line(error, fake_command, capsys):
    fake_command(raising(error))
    assert dispatcher.main(['doctor']) == 1
    assert capsys.readouterr().err == 'error: /a/topic: damaged\n'


def test_defect_shows_its_stack(fake_command, capsys):
    fake_command(raising(KeyError('depth')))
    assert dispatcher.main(['doctor']) == 1
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == 'Traceback (most recent call last):'
    assert 'in behaviour' in '\n'.join(lines)
    assert lines[-1] == "error: unexpected KeyError: 'depth'"


def test_error_names_its_process(fake_command, capsys, monkeypatch):
    monkeypatch.setenv('RANK', '2')
    fake_command(raising(ThermalDepthError('no GPU')))
    assert dispatcher.main(['doctor']) == 1
    assert capsys.readouterr().err == 'error (process 2): no GPU\n'


def test_dash_in_a_command_is_an_underscore_in_its_module(monkeypatch):
    module = types.SimpleNamespace(main=lambda argv: 3)
    monkeypatch.setitem(sys.modules, 'thermal_depth_ros.cli.import_weights', module)
    assert dispatcher.main(['import-weights']) == 3


def test_help_imports_nothing_heavy():
    code = 'from thermal_depth_ros.cli.main import main; main(["--help"])'
    loaded, _ = modules_loaded_by(code)
    assert not {'torch', 'numpy', 'rclpy', 'cv2', 'timm', 'rich'} & loaded


def test_reader_that_goes_away_is_no_traceback():
    code = (
        'import sys, types; from thermal_depth_ros.cli import main as d; '
        'm = types.SimpleNamespace(main=lambda argv: [print("x" * 4096) for _ in range(99)] and 0);'
        'sys.modules["thermal_depth_ros.cli.doctor"] = m; sys.exit(d.main(["doctor"]))'
    )
    writer = subprocess.Popen(
        [sys.executable, '-c', code], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    writer.stdout.readline()
    writer.stdout.close()
    message = writer.stderr.read()
    assert writer.wait(30) == 1
    assert message == b''
