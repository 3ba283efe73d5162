# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Every import is declared, and goes in the one direction the package allows."""

import re
import subprocess
import sys
import xml.etree.ElementTree
from pathlib import Path

import pytest

NAME = 'thermal_depth_ros'
# A room may import rooms of lower rank only; rooms of one rank do not know each other.
RANKS = {
    'base': 0,
    'geometry': 1,
    'frames': 2,
    'thermal': 2,
    'networks': 2,
    'metrics': 2,
    'pages': 2,
    'losses': 3,
    'bundles': 3,
    'messages': 3,
    'inference': 4,
    'bags': 4,
    'api': 5,
    'offline': 7,
    'simulation': 7,
    'samples': 7,
    'evaluation': 8,
    'datasets': 9,
    'training': 9,
    'nodes': 10,
    'doctor': 11,
    'bench': 11,
    'demo': 12,
    'cli': 13,
}
# The doctor says whether rclpy can be imported, and from where.
MAY_IMPORT_RCLPY = {'nodes', 'cli', 'doctor'}
# Parameters and lifecycle services are part of what rclpy's own interface takes and returns.
CLIENT_INTERFACES = {'rcl_interfaces', 'lifecycle_msgs'}
FREE_OF_ROS = sorted(set(RANKS) - {'nodes'})
MESSAGE_PACKAGE = re.compile(r'^\w+_(msgs|interfaces)$')
# Import names whose package is called something else.
ROSDEP_KEYS = {
    'cv2': 'python3-opencv',
    'yaml': 'python3-yaml',
    '_pytest': 'python3-pytest',
    'backports': 'backports.zstd',
    **{
        name: f'python3-{name}'
        for name in ('numpy', 'matplotlib', 'rich', 'jinja2', 'psutil', 'hypothesis', 'pytest')
    },
}


def declared(repository: Path, tests: bool) -> set[str]:
    """Return the ROS packages and rosdep keys of package.xml and the pip packages."""
    tags = {'depend', 'exec_depend'} | ({'test_depend'} if tests else set())
    root = xml.etree.ElementTree.parse(repository / 'package.xml').getroot()
    names = {str(child.text) for child in root if child.tag in tags}
    lists = [repository / 'requirements' / f'{name}.txt' for name in ('pip-only', 'extra')]
    for line in '\n'.join(path.read_text() for path in lists).splitlines():
        if found := re.match(r'[A-Za-z0-9._-]+', line):
            names.add(found[0])
    return names


def undeclared(imports: list, names: set[str]) -> list[str]:
    """Return the imports that neither the standard library nor a declared package provides."""
    known = names | set(sys.stdlib_module_names) | {NAME, 'compression'}  # standard from 3.14 on
    tops = [(found, found.module.split('.')[0]) for found in imports]
    return [str(found) for found, top in tops if ROSDEP_KEYS.get(top, top) not in known]


def room(path: Path, repository: Path) -> str:
    """Return the room a source file of the package is in; '' for the package itself."""
    parts = path.relative_to(repository / NAME).with_suffix('').parts
    return '' if parts == ('__init__',) else parts[0]


def test_every_import_of_the_package_and_the_launch_files_is_declared(
    repository: Path, package_imports: list, launch_imports: list
) -> None:
    assert package_imports
    assert not undeclared(package_imports + launch_imports, declared(repository, tests=False))


def test_every_import_of_the_tests_is_declared(repository: Path, test_imports: list) -> None:
    names = declared(repository, tests=True)
    # setup.py's own builder, and what only the tests' own checks of other tools import.
    names |= {'setuptools', 'catkin_pkg'}
    own = {'helpers', *(path.stem for path in (repository / 'scripts').rglob('*.py'))}
    assert not undeclared(test_imports, names | own)


def test_every_declared_ros_package_is_used(
    repository: Path, package_imports: list, launch_imports: list
) -> None:
    used = {found.module.split('.')[0] for found in package_imports + launch_imports}
    written = '\n'.join(path.read_text() for path in (repository / NAME).rglob('*.py'))
    root = xml.etree.ElementTree.parse(repository / 'package.xml').getroot()
    names = [str(child.text) for child in root if child.tag == 'depend']
    # Message classes are also imported by the name of their type.
    assert not [name for name in names if name not in used and f'{name}/msg/' not in written]


def test_rooms_only_import_rooms_below_them(repository: Path, package_imports: list) -> None:
    wrong = []
    for found in package_imports:
        parts = found.module.split('.')
        if parts[0] != NAME or len(parts) == 1 or parts[1] not in RANKS:
            continue
        here, there = room(found.path, repository), parts[1]
        if here not in (there, ''):
            wrong += [str(found)] if RANKS[here] <= RANKS[there] else []
    assert not wrong


def test_every_room_has_a_rank(repository: Path) -> None:
    folder = repository / NAME
    rooms = {path.parent.name for path in folder.glob('*/__init__.py')}
    rooms |= {path.stem for path in folder.glob('*.py')} - {'__init__'}
    assert rooms == set(RANKS)


def test_only_messages_imports_message_packages(repository: Path, package_imports: list) -> None:
    wrong = []
    for found in package_imports:
        here, there = room(found.path, repository), found.module.split('.')[0]
        allowed = here == 'messages' or (here == 'nodes' and there in CLIENT_INTERFACES)
        if MESSAGE_PACKAGE.match(there) and not allowed:
            wrong.append(str(found))
    assert not wrong


def test_only_nodes_and_executables_import_the_ros_client(
    repository: Path, package_imports: list
) -> None:
    wrong = [
        str(found)
        for found in package_imports
        if found.module.split('.')[0] == 'rclpy'
        and room(found.path, repository) not in MAY_IMPORT_RCLPY
    ]
    assert not wrong


HIDE = """
import importlib.abc, importlib.util, pathlib, re, sys

ROS = re.compile(r'(rclpy|rcl_\\w+|ament_\\w+|launch\\w*|\\w+_(msgs|interfaces))$')

class NoRos(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if ROS.match(name.split('.')[0]):
            raise ModuleNotFoundError(f'{name} is hidden', name=name)
        return None

sys.meta_path.insert(0, NoRos())
root = pathlib.Path(sys.argv[1])
for room in sys.argv[2:]:
    for path in sorted([*(root / room).rglob('*.py'), *root.glob(f'{room}.py')]):
        module = '.'.join(path.relative_to(root.parent).with_suffix('').parts)
        importlib.import_module(module.removesuffix('.__init__'))
        print(module)
"""


def test_everything_but_the_nodes_imports_where_there_is_no_ros(repository: Path) -> None:
    done = subprocess.run(
        [sys.executable, '-c', HIDE, str(repository / NAME), *FREE_OF_ROS],
        cwd=repository,
        capture_output=True,
        text=True,
        timeout=240,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert len(done.stdout.splitlines()) >= len(FREE_OF_ROS)


@pytest.mark.parametrize('module', ['frames', 'messages', 'bags', 'samples'])
def test_reading_recordings_does_not_load_torch(repository: Path, module: str) -> None:
    check = (
        f'import pkgutil, importlib, sys, {NAME}.{module} as room\n'
        f'for found in pkgutil.walk_packages(room.__path__, room.__name__ + "."):\n'
        f'    importlib.import_module(found.name)\n'
        f'sys.exit("torch" in sys.modules)\n'
    )
    done = subprocess.run([sys.executable, '-c', check], cwd=repository, capture_output=True)
    assert done.returncode == 0, done.stderr.decode()[-2000:]
