# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""What an installation contains: executables that start, and every file the package reads."""

import configparser
import importlib
import inspect
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

NAME = 'thermal_depth_ros'
CONTRACT = {'vehicle', 'thermal', 'rgb', 'trainer', 'replay', 'process', 'doctor', 'bench'}


def entry_points(setup_arguments: dict[str, Any]) -> dict[str, str]:
    lines = setup_arguments['entry_points']['console_scripts']
    return {name.strip(): target.strip() for name, target in (line.split('=') for line in lines)}


def test_every_executable_of_the_contract_is_installed(setup_arguments: dict[str, Any]) -> None:
    assert CONTRACT | {'thermal-depth'} <= set(entry_points(setup_arguments))


def test_every_executable_points_to_a_function_callable_without_arguments(
    setup_arguments: dict[str, Any],
) -> None:
    for target in entry_points(setup_arguments).values():
        module, function = target.split(':')
        main = getattr(importlib.import_module(module), function)
        inspect.signature(main).bind()


def test_executables_go_where_ros2_run_looks(repository: Path) -> None:
    config = configparser.ConfigParser()
    config.read(repository / 'setup.cfg')
    assert config['develop']['script_dir'] == f'$base/lib/{NAME}'
    assert config['install']['install_scripts'] == f'$base/lib/{NAME}'


@pytest.fixture
def scripts(repository: Path, tmp_path: Path) -> Path:
    """Return a folder of the installed executables."""
    folder = tmp_path / 'bin'
    command = [sys.executable, 'setup.py', '-q', 'install_scripts', f'--install-dir={folder}']
    subprocess.run(command, cwd=repository, check=True, capture_output=True, timeout=120)
    return folder


def slow_python(folder: Path) -> dict[str, str]:
    """Return an environment whose python3 says that it starts, and takes a while to."""
    folder.mkdir()
    python = folder / 'python3'
    # Not in sh, which would let signals through again.
    python.write_text(
        f'#!{sys.executable} -S\nimport os, sys, time\nprint("started", flush=True)\n'
        f'time.sleep(0.3)\nos.execv({sys.executable!r}, [{sys.executable!r}, *sys.argv[1:]])\n'
    )
    python.chmod(0o755)
    return os.environ | {'PATH': f'{folder}{os.pathsep}{os.environ["PATH"]}'}


def test_executables_run_the_python_of_the_active_environment(
    scripts: Path, tmp_path: Path, setup_arguments: dict[str, Any]
) -> None:
    assert {path.name for path in scripts.iterdir()} == set(entry_points(setup_arguments))
    done = subprocess.run(
        [scripts / 'thermal-depth', '--version'],
        env=slow_python(tmp_path / 'active'),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.stdout.splitlines()[0] == 'started'
    assert done.stdout.splitlines()[1].startswith('thermal-depth ')


@pytest.mark.parametrize('number', [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize(('name', 'code'), [('vehicle', 0), ('process', 130)])
def test_signals_wait_for_python_to_start(
    scripts: Path, tmp_path: Path, number: int, name: str, code: int
) -> None:
    if subprocess.run(['env', '--block-signal=INT', 'true'], capture_output=True).returncode:
        pytest.skip('env of this machine cannot hold signals back')
    process = subprocess.Popen(
        [scripts / name],
        env=slow_python(tmp_path / 'active'),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout.readline() == 'started\n'
    process.send_signal(number)
    process.send_signal(number)
    _, errors = process.communicate(timeout=60)
    assert (process.returncode, errors) == (code, '')


def test_colcon_test_runs_pytest(setup_arguments: dict[str, Any]) -> None:
    """By what colcon asks of the build description before it starts pytest."""
    step = pytest.importorskip('colcon_core.task.python.test', reason='colcon is not installed')
    assert step.has_test_dependency(setup_arguments, 'pytest')


def test_every_shared_file_is_installed_in_its_folder(
    repository: Path, setup_arguments: dict[str, Any]
) -> None:
    installed = {
        source: destination
        for destination, sources in setup_arguments['data_files']
        for source in sources
    }
    assert installed[f'resource/{NAME}'] == 'share/ament_index/resource_index/packages'
    assert installed['package.xml'] == f'share/{NAME}'
    there = {
        path.relative_to(repository)
        for folder in ('launch', 'config', 'models', 'demo')
        for path in (repository / folder).rglob('*')
        if path.is_file() and '__pycache__' not in path.parts
    }
    assert any(path.name == 'bundle.yaml' for path in there)
    assert any(path.name.endswith('.launch.py') for path in there)
    assert any(path.suffix == '.mcap' for path in there)
    for path in there:
        assert installed[str(path)] == f'share/{NAME}/{path.parent}'


def test_every_module_and_template_of_the_package_is_installed(
    repository: Path, setup_arguments: dict[str, Any]
) -> None:
    packages = set(setup_arguments['packages'])
    patterns = setup_arguments['package_data'][NAME]
    for path in (repository / NAME).rglob('*'):
        if not path.is_file() or '__pycache__' in path.parts:
            continue
        inside = path.relative_to(repository)
        if path.suffix == '.py':
            assert '.'.join(inside.parent.parts) in packages, inside
        else:
            relative = path.relative_to(repository / NAME)
            assert any(relative.match(pattern) for pattern in patterns), inside


def test_tests_are_not_installed(setup_arguments: dict[str, Any]) -> None:
    assert all(name.split('.')[0] == NAME for name in setup_arguments['packages'])
