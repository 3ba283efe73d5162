# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Messages about missing software, with instructions to install it.

Imports nothing but the standard library: the rest may be what is missing.
"""

import os
import re
from collections.abc import Mapping
from pathlib import Path

PACKAGE = 'thermal_depth_ros'
MIDDLEWARE = 'RMW_IMPLEMENTATION'
_CHECKOUT = Path(__file__).resolve().parents[2]
_OF_ROS = re.compile(r'(rclpy|rcl_\w+|rosidl_\w+|ament_\w+|launch\w*|\w+_(msgs|interfaces))$')
# Import name -> the distribution that pip knows, where they differ.
_DISTRIBUTIONS = {
    'PIL': 'pillow',
    'backports': 'backports.zstd',
    'cv2': 'opencv-python-headless',
    'jinja2': 'Jinja2',
    'yaml': 'PyYAML',
}


class MissingMiddlewareError(ImportError):
    """The ROS middleware that the environment names is not installed."""


def of_missing(module: str) -> str:
    """Return how to install a module or a ROS package.

    Args:
        module: Name as it is imported.
    """
    top = module.partition('.')[0]
    distro = os.environ.get('ROS_DISTRO')
    if _has_setup():
        return f'run `make setup` in {_CHECKOUT} and enter the environment with `. ./env.sh`'
    if not _OF_ROS.match(top):
        return f'python3 -m pip install {_DISTRIBUTIONS.get(top, top)}'
    if distro:
        return f'sudo apt install ros-{distro}-{top.replace("_", "-")}'
    return 'source a ROS 2 install first: . /opt/ros/DISTRO/setup.bash'


def missing_import(error: ImportError) -> str:
    """Return a sentence on a failed import and how to fix it."""
    module = error.name or ''
    if not module or is_defect(error):
        return str(error)
    reason = '' if isinstance(error, ModuleNotFoundError) else f' ({error})'
    return f'{module.partition(".")[0]} cannot be imported{reason}: {of_missing(module)}'


def is_defect(error: ImportError) -> bool:
    """Whether a module of this package itself is missing, which cannot be installed."""
    return (error.name or '').partition('.')[0] == PACKAGE


def require_middleware(environment: Mapping[str, str] = os.environ) -> None:
    """Refuse a middleware that is not installed, before rclpy ends the process for it.

    Raises:
        MissingMiddlewareError: It is missing; the message names it and the installed ones.
    """
    wanted = environment.get(MIDDLEWARE)
    present = _installed_middleware(environment)
    if not wanted or not present or wanted in present:
        return
    distro = environment.get('ROS_DISTRO')
    install = f'sudo apt install ros-{distro}-{wanted.replace("_", "-")}, or ' if distro else ''
    raise MissingMiddlewareError(
        f'{MIDDLEWARE}={wanted} is not installed; there is {", ".join(sorted(present))}: '
        f'{install}unset {MIDDLEWARE}'
    )


def _installed_middleware(environment: Mapping[str, str]) -> set[str]:
    """Return what the ament index lists; nothing where there is no index."""
    middleware: set[str] = set()
    for prefix in environment.get('AMENT_PREFIX_PATH', '').split(os.pathsep):
        folder = Path(prefix, 'share', 'ament_index', 'resource_index', 'rmw_typesupport')
        if prefix and folder.is_dir():
            middleware |= {path.name for path in folder.iterdir()}
    return middleware - {'rmw_implementation'}


def _has_setup() -> bool:
    """Whether `make setup` is what prepares the environment: a checkout, and no ROS workspace."""
    if not (_CHECKOUT / 'scripts' / 'setup.sh').is_file():
        return False
    return (_CHECKOUT / '.env').is_dir() or not os.environ.get('ROS_DISTRO')
