# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Build description of the package: modules, executables, and files installed beside them."""

from pathlib import Path

from setuptools import find_packages, setup

NAME = 'thermal_depth_ros'
HERE = Path(__file__).resolve().parent
EXECUTABLES = (
    *('vehicle', 'thermal', 'rgb', 'replay', 'process', 'evaluate', 'simulate'),
    *('train', 'trainer', 'ablate', 'label', 'translate', 'doctor', 'bench', 'demo'),
)
SHARED_FOLDERS = ('launch', 'config', 'models', 'demo')


def shared_files() -> list[tuple[str, list[str]]]:
    """Return setuptools data_files: every file of the shared folders, folder by folder."""
    found: dict[str, list[str]] = {}
    for folder in SHARED_FOLDERS:
        for path in sorted((HERE / folder).rglob('*')):
            relative = path.relative_to(HERE)
            if path.is_file() and not _is_cache(relative):
                found.setdefault(f'share/{NAME}/{relative.parent}', []).append(str(relative))
    return list(found.items())


def _is_cache(path: Path) -> bool:
    return any(part == '__pycache__' or part.startswith('.') for part in path.parts)


setup(
    name=NAME,
    version='0.1.0',
    packages=find_packages(include=[NAME, f'{NAME}.*']),
    package_data={NAME: ['py.typed', '**/*.j2', '**/*.html', '**/*.css', '**/*.yaml']},
    data_files=[
        ('share/ament_index/resource_index/packages', [f'resource/{NAME}']),
        (f'share/{NAME}', ['package.xml', 'LICENSE']),
        *shared_files(),
    ],
    python_requires='>=3.10',
    install_requires=['setuptools'],
    zip_safe=False,
    author='The thermal_depth_ros Authors',
    maintainer='The thermal_depth_ros Authors',
    maintainer_email='thermal-depth-ros@users.noreply.github.com',
    description=(
        'Depth, point clouds, semantics and odometry from thermal and RGB cameras, day and night.'
    ),
    license='Apache-2.0',
    entry_points={
        'console_scripts': [
            f'thermal-depth = {NAME}.cli.executables:thermal_depth',
            *(f'{name} = {NAME}.cli.executables:{name}' for name in EXECUTABLES),
        ]
    },
)
