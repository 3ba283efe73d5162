# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""What the packaging tests share: the build description and the imports of every source file."""

import ast
import dataclasses
import importlib
import runpy
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import setuptools

NAME = 'thermal_depth_ros'


@dataclasses.dataclass(frozen=True)
class Import:
    """One imported module: where, what, and its place in the package."""

    path: Path
    line: int
    module: str

    def __str__(self) -> str:
        return f'{self.path}:{self.line} imports {self.module}'


@pytest.fixture
def setup_arguments(repository: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Return what setup.py hands to setuptools."""
    seen: dict[str, Any] = {}
    monkeypatch.setattr(setuptools, 'setup', lambda **arguments: seen.update(arguments))
    monkeypatch.chdir(repository)
    runpy.run_path(str(repository / 'setup.py'))
    return seen


@pytest.fixture(scope='session')
def package_imports(repository: Path) -> list[Import]:
    """Return every import of the package's modules, those inside functions included."""
    return [found for path in sorted((repository / NAME).rglob('*.py')) for found in _read(path)]


@pytest.fixture(scope='session')
def launch_imports(repository: Path) -> list[Import]:
    """Return every import of the launch files."""
    return [found for path in sorted((repository / 'launch').glob('*.py')) for found in _read(path)]


@pytest.fixture(scope='session')
def test_imports(repository: Path) -> list[Import]:
    """Return every import of the tests."""
    return [found for path in sorted((repository / 'test').rglob('*.py')) for found in _read(path)]


@pytest.fixture
def setup_module(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[str], ModuleType]]:
    """Return a function that imports one of the modules of the set-up by name."""
    folder = repository / 'scripts' / 'environment'
    monkeypatch.syspath_prepend(str(folder))
    monkeypatch.delenv('ROS_DISTRO', raising=False)
    before = set(sys.modules)
    yield importlib.import_module
    for name in set(sys.modules) - before:
        file = getattr(sys.modules[name], '__file__', None)
        if file and Path(file).parent == folder:
            del sys.modules[name]


def _read(path: Path) -> list[Import]:
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding='utf-8'), str(path))):
        if isinstance(node, ast.Import):
            found += [Import(path, node.lineno, alias.name) for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            assert node.level == 0, f'{path}:{node.lineno} is a relative import'
            found.append(Import(path, node.lineno, node.module))
            # `from package import module` reaches into that module too.
            found += [
                Import(path, node.lineno, f'{node.module}.{alias.name}')
                for alias in node.names
                if node.module.startswith(NAME)
            ]
    return found
