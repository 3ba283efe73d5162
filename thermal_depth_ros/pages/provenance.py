# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Machine and software versions on which metrics were measured."""

import importlib.metadata
import os
import platform

from thermal_depth_ros import __version__

_PACKAGES = {
    'PyTorch': 'torch',
    'timm': 'timm',
    'accelerate': 'accelerate',
    'numpy': 'numpy',
    'rclpy': 'ros-rclpy',
}


def machine() -> dict[str, str]:
    """Return the description of the machine."""
    return {
        'processor': _processor(),
        'cores': str(len(os.sched_getaffinity(0))),
        'system': platform.platform(terse=True),
    }


def versions() -> dict[str, str]:
    """Return the versions of the relevant software."""
    named = {'thermal_depth_ros': __version__, 'Python': platform.python_version()}
    for name, package in _PACKAGES.items():
        try:
            named[name] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue
    if 'ROS_DISTRO' in os.environ:
        named['ROS'] = os.environ['ROS_DISTRO']
    return named


def machine_and_versions() -> dict[str, str]:
    """Return machine and versions as texts, for the provenance of a report."""
    named = ', '.join(f'{name} {version}' for name, version in versions().items())
    return {**machine(), 'versions': named}


def _processor() -> str:
    try:
        with open('/proc/cpuinfo', encoding='utf-8') as lines:
            for line in lines:
                if line.startswith('model name'):
                    return line.partition(':')[2].strip()
    except OSError:
        pass
    return platform.machine()
