# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Checks of the machine and its installation."""

import importlib
import importlib.metadata
import os
import platform
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from thermal_depth_ros import __version__
from thermal_depth_ros.base.remedies import MissingMiddlewareError, of_missing, require_middleware
from thermal_depth_ros.doctor.finding import Finding, fail, ok, warn

OLDEST_PYTHON = (3, 10)
LEAST_DISK_GB = 1.0
# Import name -> the distribution that pip knows it by.
PACKAGES = {
    'numpy': 'numpy',
    'cv2': 'opencv-python-headless',
    'yaml': 'PyYAML',
    'torch': 'torch',
    'torchvision': 'torchvision',
    'timm': 'timm',
    'onnxruntime': 'onnxruntime',
    'safetensors': 'safetensors',
    'rosbags': 'rosbags',
    'lz4': 'lz4',
    'rich': 'rich',
    'matplotlib': 'matplotlib',
    'jinja2': 'Jinja2',
    'psutil': 'psutil',
}
MESSAGE_PACKAGES = (
    'builtin_interfaces',
    'diagnostic_msgs',
    'geometry_msgs',
    'lifecycle_msgs',
    'nav_msgs',
    'rcl_interfaces',
    'rosgraph_msgs',
    'sensor_msgs',
    'std_msgs',
    'tf2_msgs',
    'vision_msgs',
)


def machine() -> Iterator[Finding]:
    """Check Python, the CPU, memory and disk."""
    yield ok('thermal_depth_ros', f'{__version__} in {Path(__file__).resolve().parents[1]}')
    python = f'{platform.python_version()} ({sys.executable})'
    if sys.version_info >= OLDEST_PYTHON:
        yield ok('Python', python)
    else:
        yield fail('Python', python, f'needs {".".join(map(str, OLDEST_PYTHON))} or newer')
    yield ok('system', f'{platform.platform()}')
    usable, present = len(os.sched_getaffinity(0)), os.cpu_count()
    yield ok('CPU threads', f'{usable} usable of {present}')
    yield from _memory()
    free_gb = shutil.disk_usage(Path.cwd()).free / 1e9
    text = f'{free_gb:.1f} GB free in {Path.cwd()}'
    if free_gb >= LEAST_DISK_GB:
        yield ok('disk', text)
    else:
        yield warn('disk', text, 'recordings and reports may not fit')


def _memory() -> Iterator[Finding]:
    try:
        import psutil
    except ImportError:
        return  # said among the packages
    memory = psutil.virtual_memory()
    yield ok('memory', f'{memory.available / 1e9:.1f} GB available of {memory.total / 1e9:.1f} GB')


def packages() -> Iterator[Finding]:
    """Check that every Python package the product needs can be imported."""
    for module_name, distribution in PACKAGES.items():
        try:
            module = importlib.import_module(module_name)
        except (ImportError, OSError) as error:
            yield fail(distribution, f'cannot be imported: {error}', of_missing(module_name))
        else:
            yield ok(distribution, _version_of(module, distribution))


def _version_of(module: object, distribution: str) -> str:
    version = getattr(module, '__version__', None)
    if version is None:
        try:
            version = importlib.metadata.version(distribution)
        except importlib.metadata.PackageNotFoundError:
            version = 'of unknown version'
    return str(version)


def devices() -> Iterator[Finding]:
    """List the compute devices that the networks can run on."""
    try:
        import torch
    except (ImportError, OSError):
        yield fail('devices', 'torch cannot be imported; only network:=passthrough works')
        return
    yield ok('cpu', f'{torch.get_num_threads()} threads for the networks')
    for index in range(torch.cuda.device_count()):
        properties = torch.cuda.get_device_properties(index)
        yield ok(f'cuda:{index}', f'{properties.name}, {properties.total_memory / 1e9:.1f} GB')
    if not torch.cuda.is_available():
        yield warn(
            'cuda',
            'no CUDA device; the networks run on the CPU, below camera rate',
            'lower the frame rate, or run on a machine with a GPU',
        )


def ros() -> Iterator[Finding]:
    """Check the client library, the message packages and the settings of the middleware."""
    try:
        require_middleware()
    except MissingMiddlewareError as error:
        yield fail('middleware', str(error))
        return
    try:
        import rclpy
    except (ImportError, OSError) as error:
        yield warn(
            'rclpy',
            f'cannot be imported: {error}',
            f'process, bench and the bundles work; the nodes need it: {of_missing("rclpy")}',
        )
        return
    distro = os.environ.get('ROS_DISTRO')
    source = f'ROS install {distro}' if distro else 'wheels, no ROS install sourced'
    yield ok('rclpy', f'{_client_library_version()} ({source})')
    yield ok('middleware', _middleware(rclpy.get_rmw_implementation_identifier()))
    yield from message_packages()


def _client_library_version() -> str:
    for distribution in ('rclpy', 'ros-rclpy'):
        try:
            return importlib.metadata.version(distribution)
        except importlib.metadata.PackageNotFoundError:
            continue
    return 'of unknown version'


def _middleware(implementation: str) -> str:
    names = ('ROS_DOMAIN_ID', 'ROS_AUTOMATIC_DISCOVERY_RANGE', 'ROS_LOCALHOST_ONLY')
    chosen = [f'{name}={os.environ[name]}' for name in names if name in os.environ]
    return ', '.join([implementation, *(chosen or ['domain 0'])])


def message_packages() -> Iterator[Finding]:
    """Check that every message package the nodes need can be imported."""
    missing = []
    for name in MESSAGE_PACKAGES:
        try:
            importlib.import_module(f'{name}.msg')
        except (ImportError, OSError) as error:
            missing.append(f'{name} ({error})')
    if missing:
        advice = '; '.join(sorted({of_missing(name.split()[0]) for name in missing}))
        yield fail('messages', 'cannot be imported: ' + '; '.join(missing), advice)
    else:
        yield ok('messages', f'all {len(MESSAGE_PACKAGES)} packages: {", ".join(MESSAGE_PACKAGES)}')
