# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""What a ROS machine already has, and what that means for the packages pip adds on top.

What rosdep installed is left alone. Above all numpy: the compiled message packages of a ROS install
only work with the major version they were built for.
"""

import importlib.metadata
import importlib.util
import re
from collections.abc import Mapping
from pathlib import Path

from recipe import CHECKOUT, constraints

# Requirements that a ROS machine has from apt, and the module that shows it.
MODULES = {
    'colcon-core': 'colcon_core',
    'colcon-python-setup-py': 'colcon_python_setup_py',
    'colcon-ros': 'colcon_ros',
    'hypothesis': 'hypothesis',
    'jinja2': 'jinja2',
    'matplotlib': 'matplotlib',
    'mypy': 'mypy',
    'numpy': 'numpy',
    'opencv-python-headless': 'cv2',
    'psutil': 'psutil',
    'pytest': 'pytest',
    'pytest-timeout': 'pytest_timeout',
    'pyyaml': 'yaml',
    'rich': 'rich',
}
_NAME = re.compile(r'[A-Za-z0-9._-]+')


def requirement_lines(path: Path) -> list[str]:
    """Return the requirements of a file without comments and digests."""
    lines = (line.split('#')[0].strip(' \t\\') for line in path.read_text().splitlines())
    return [line for line in lines if line and not line.startswith('--hash=')]


def extras() -> frozenset[str]:
    """Return the packages that are left out where there is no wheel for the machine."""
    lines = requirement_lines(CHECKOUT / 'requirements' / 'extra.txt')
    return frozenset(package_name(line) for line in lines)


def lock_without(lock: str, names: frozenset[str]) -> str:
    """Return the text of a lock without these packages and their digests."""
    header, *entries = re.split(r'\n(?=[^\s#])', lock)
    return '\n'.join([header, *(entry for entry in entries if package_name(entry) not in names)])


def system_has(requirement: str) -> bool:
    """Tell whether the system brings what a requirement line asks for."""
    module = MODULES.get(package_name(requirement))
    return module is not None and importlib.util.find_spec(module) is not None


def system_versions() -> dict[str, str]:
    """Return the version of every Python package of the system, by canonical name."""
    found = importlib.metadata.distributions()
    return {_canonical(one.name): one.version for one in found if one.name}


def constraints_on_ros(present: Mapping[str, str]) -> list[str]:
    """Return the lock for an environment on top of a system with these package versions.

    What is missing gets the version of the lock. What is there stays while it satisfies whoever
    needs it, and is otherwise shadowed by the version of the lock. numpy stays in any case.
    """
    lines = []
    for line in requirement_lines(constraints()):
        name = package_name(line)
        if name == 'numpy' and name in present:
            continue
        lines.append(line.replace('==', '<=', 1) if name in present else line)
    if 'numpy' in present:
        lines.append(f'numpy=={present["numpy"]}')
    return lines


def package_name(requirement: str) -> str:
    """Return the canonical name of the package a requirement line asks for."""
    found = _NAME.match(requirement)
    assert found, requirement
    return _canonical(found[0])


def _canonical(name: str) -> str:
    return re.sub(r'[-_.]+', '-', name).lower()
