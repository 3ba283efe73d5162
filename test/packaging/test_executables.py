# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""What an installation contains: executables that start, and every file the package reads."""

import configparser
import importlib
import inspect
from pathlib import Path
from typing import Any

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
