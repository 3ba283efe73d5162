# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""A machine that lacks something is told in one line what, and how to get it.

The whole set-up runs here with search paths and variables that make the machine look poorer; it
stops before it downloads anything.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

Load = Callable[[str], ModuleType]
TOOLS = ('sh', 'dirname', 'env', 'pwd')


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    """Return a folder that is the whole PATH: a shell, a few tools, and the base interpreter."""
    folder = tmp_path / 'programs'
    folder.mkdir()
    for name in TOOLS:
        (folder / name).symlink_to(str(shutil.which(name)))
    (folder / 'python3').symlink_to(os.path.realpath(sys.executable))
    return folder


def run_setup(
    repository: Path, tmp_path: Path, programs: Path, **variables: str
) -> subprocess.CompletedProcess[str]:
    environment = {
        'PATH': str(programs),
        'HOME': str(tmp_path),
        'THERMAL_DEPTH_ENV_DIR': str(tmp_path / 'environments'),
        'PYTHONDONTWRITEBYTECODE': '1',
        **variables,
    }
    return subprocess.run(
        [str(shutil.which('sh')), str(repository / 'scripts' / 'setup.sh')],
        env=environment,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
    )


def the_one_line(done: subprocess.CompletedProcess[str]) -> str:
    assert done.returncode == 1
    assert 'Traceback' not in done.stderr
    (line,) = done.stderr.splitlines()
    return line


def test_a_missing_compiler_is_named_with_its_package(
    repository: Path, tmp_path: Path, programs: Path
) -> None:
    line = the_one_line(run_setup(repository, tmp_path, programs))
    assert 'no C compiler' in line and 'sudo apt install build-essential' in line
    assert not list((tmp_path / 'environments').glob('*/*'))


def test_a_missing_cxx_compiler_is_told_apart(
    repository: Path, tmp_path: Path, programs: Path
) -> None:
    (programs / 'cc').symlink_to('/bin/true')
    assert 'no C++ compiler' in the_one_line(run_setup(repository, tmp_path, programs))


def test_an_unfit_python_is_named_with_what_is_needed(
    repository: Path, tmp_path: Path, programs: Path
) -> None:
    (programs / 'python3').unlink()
    assert 'no python3 here' in (line := the_one_line(run_setup(repository, tmp_path, programs)))
    assert 'Python 3.10 to 3.14' in line and 'sudo apt install python3' in line
    old = programs / 'python3'
    old.write_text('#!/bin/sh\ncase "$2" in *print*) echo "Python 3.8.10" ;; *) exit 1 ;; esac\n')
    old.chmod(0o755)
    assert 'Python 3.8.10 here' in the_one_line(run_setup(repository, tmp_path, programs))


def test_a_ros_install_that_is_only_named_is_not_guessed_at(
    repository: Path, tmp_path: Path, programs: Path
) -> None:
    done = run_setup(repository, tmp_path, programs, ROS_DISTRO='jazzy')
    line = the_one_line(done)
    assert 'cannot import rclpy' in line and 'source /opt/ros/jazzy/setup.sh' in line


def test_without_a_network_the_index_is_named_and_nothing_half_made_counts(
    repository: Path, tmp_path: Path, programs: Path
) -> None:
    for name in ('cc', 'c++'):
        (programs / name).symlink_to('/bin/true')
    nowhere = {
        'PIP_INDEX_URL': 'http://127.0.0.1:9/simple',
        'PIP_CONFIG_FILE': os.devnull,
        'PIP_RETRIES': '0',
    }
    if shutil.disk_usage(tmp_path).free < 11e9:
        pytest.skip('less than 11 GB free: the set-up stops earlier')
    line = the_one_line(run_setup(repository, tmp_path, programs, **nowhere))
    assert 'package index cannot be reached' in line and 'PIP_INDEX_URL' in line
    (log,) = (tmp_path / 'environments').glob('*/setup.log')
    assert str(log) in line and '127.0.0.1' in log.read_text()
    assert not list((tmp_path / 'environments').glob('*/complete'))


def test_a_small_disk_is_named_with_what_is_needed(
    setup_module: Load, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    checks = setup_module('checks')
    usage = shutil.disk_usage(tmp_path)._replace(free=3_210_000_000)
    monkeypatch.setattr(checks.shutil, 'disk_usage', lambda path: usage)
    problem = checks.disk_problem(tmp_path / 'not' / 'there' / 'yet')
    assert '3.2 GB free' in problem and '10 GB needed' in problem and str(tmp_path) in problem
    assert 'THERMAL_DEPTH_ENV_DIR' in problem
    monkeypatch.setattr(checks.shutil, 'disk_usage', lambda path: usage._replace(free=10**11))
    assert checks.disk_problem(tmp_path) is None


def test_a_python_without_ensurepip_is_told_its_package(
    setup_module: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    checks = setup_module('checks')
    assert checks.venv_problem() is None
    monkeypatch.setattr(checks.importlib.util, 'find_spec', lambda name: None)
    assert 'sudo apt install python3-venv' in checks.venv_problem()


def test_missing_python_headers_are_told_their_package(
    setup_module: Load, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    checks = setup_module('checks')
    monkeypatch.setenv('CC', 'true')
    monkeypatch.setenv('CXX', 'true')
    monkeypatch.setattr(checks.sysconfig, 'get_path', lambda name: str(tmp_path))
    assert 'sudo apt install python3-dev' in checks.compiler_problem()
    (tmp_path / 'Python.h').touch()
    assert checks.compiler_problem() is None
    monkeypatch.setenv('CXX', 'no-such-compiler -O2')
    assert 'CXX=no-such-compiler' in checks.compiler_problem()


@pytest.mark.parametrize(
    ('output', 'expected'),
    [
        ('OSError: [Errno 28] No space left on device', 'the disk is full'),
        ('NewConnectionError: Temporary failure in name resolution', 'cannot be reached'),
        ('ReadTimeoutError: Read timed out.', 'cannot be reached'),
        ('ERROR: No matching distribution found for ros-rclpy==7.1.6', 'has no ros-rclpy==7.1.6'),
        ('ERROR: first\nERROR: ResolutionImpossible', 'pip failed: ERROR: ResolutionImpossible'),
    ],
)
def test_pip_failures_become_one_line(setup_module: Load, output: str, expected: str) -> None:
    line = setup_module('checks').explain_pip_failure(output, Path('/there/setup.log'))
    assert expected in line and '/there/setup.log' in line and '\n' not in line
