# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Which environment a checkout needs, and where it lies.

Environments are shared between checkouts: the folder's name is a hash of everything that decides
what is inside.
"""

import dataclasses
import hashlib
import importlib.util
import os
import platform
import sys
from collections.abc import Iterable
from pathlib import Path

from console import SetupError

CHECKOUT = Path(__file__).resolve().parent.parent.parent
OVERLAY_PACKAGES = ('tf2_msgs', 'vision_msgs')


@dataclasses.dataclass(frozen=True)
class Recipe:
    """One environment: interpreter, ROS install underneath (or ''), place, and its parts."""

    python: str
    ros_distro: str
    folder: Path
    overlay: tuple[str, ...]

    @property
    def venv(self) -> Path:
        """Folder of the virtual environment."""
        return self.folder / 'venv'

    @property
    def stamp(self) -> Path:
        """File that exists only when the environment is complete."""
        return self.folder / 'complete'

    @property
    def install(self) -> Path:
        """Install prefix of the generated message packages."""
        return self.folder / 'overlay'

    @property
    def site_packages(self) -> Path:
        """Folder of the generated message packages' Python modules."""
        version = '{}.{}'.format(*sys.version_info[:2])
        return self.install / 'lib' / f'python{version}' / 'site-packages'

    def is_complete(self) -> bool:
        """Tell whether a finished environment is there and its interpreter still runs."""
        return self.stamp.is_file() and os.access(self.venv / 'bin' / 'python', os.X_OK)


def find_recipe() -> Recipe:
    """Return the recipe for this checkout, this interpreter and this shell.

    Raises SetupError when the shell names a ROS install whose rclpy cannot be imported.
    """
    python = str(Path(getattr(sys, '_base_executable', sys.executable)))
    distro = os.environ.get('ROS_DISTRO', '')
    if distro and not _importable('rclpy'):
        raise SetupError(
            f'ROS_DISTRO is {distro} but {python} cannot import rclpy: source '
            f'/opt/ros/{distro}/setup.sh first, or unset ROS_DISTRO to set up without a ROS install'
        )
    overlay = tuple(name for name in OVERLAY_PACKAGES if not (distro and _importable(name)))
    prefixes = os.environ.get('AMENT_PREFIX_PATH', '') if distro else ''
    facts = (sys.version, sys.base_prefix, platform.machine(), distro, prefixes, *overlay)
    return Recipe(python, distro, environments() / _key(facts), overlay)


def environments() -> Path:
    """Return the folder that holds all environments."""
    if chosen := os.environ.get('THERMAL_DEPTH_ENV_DIR'):
        return Path(chosen).expanduser().resolve()
    cache = os.environ.get('XDG_CACHE_HOME') or Path.home() / '.cache'
    return Path(cache).resolve() / 'thermal_depth_ros'


def requirement_files(ros_distro: str) -> list[Path]:
    """Return the lists of packages to install, with or without a ROS install underneath."""
    names = ['pip-only', 'extra', 'rosdep', 'build', 'test']
    if not ros_distro:
        names += ['ros-wheels', 'overlay-build']
    return [CHECKOUT / 'requirements' / f'{name}.txt' for name in names]


def constraints() -> Path:
    """Return the lock that fixes every version."""
    return CHECKOUT / 'requirements' / 'constraints.txt'


def _key(facts: Iterable[str]) -> str:
    digest = hashlib.sha256()
    for fact in facts:
        digest.update(fact.encode() + b'\0')
    sources = [*(CHECKOUT / 'requirements').glob('*.txt')]
    sources += [Path(__file__).with_name(name) for name in ('provision.py', 'system.py')]
    sources += [path for path in (CHECKOUT / 'overlay').rglob('*') if path.is_file()]
    for path in sorted(sources):
        digest.update(str(path.relative_to(CHECKOUT)).encode() + b'\0')
        digest.update(path.read_bytes() + b'\0')
    return digest.hexdigest()[:16]


def _importable(module: str) -> bool:
    return importlib.util.find_spec(module) is not None
