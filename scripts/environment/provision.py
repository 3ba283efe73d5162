# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Build an environment: virtual environment, wheels, generated message packages, a last check.

Virtual environments cannot be moved, so it is built where it stays; the stamp written last is what
makes it count. A folder without the stamp is left over from a killed set-up and is rebuilt.
"""

import contextlib
import fcntl
import os
import re
import shutil
import subprocess
import sysconfig
from collections.abc import Iterator
from pathlib import Path

from checks import check_machine, explain_pip_failure, package_without_wheel
from console import SetupError, Steps, run, say
from recipe import CHECKOUT, Recipe, constraints, requirement_files
from system import (
    constraints_on_ros,
    extras,
    lock_without,
    package_name,
    requirement_lines,
    system_has,
    system_versions,
)

_BUILD_MACHINE_INCLUDE = re.compile(r'/opt/python/cp\d+-cp\d+t?/include/python3\.\d+t?')
_BUILD_MACHINE_NUMPY = re.compile(
    r'/opt/python/cp\d+-cp\d+t?/lib/python3\.\d+t?/site-packages/numpy/_core/include'
)


def ensure(recipe: Recipe) -> bool:
    """Make the environment exist and return whether it had to be built. Safe to run in parallel."""
    if recipe.is_complete():
        return False
    recipe.folder.parent.mkdir(parents=True, exist_ok=True)
    with _lock(recipe.folder.with_suffix('.lock')) as lock:
        if recipe.is_complete():
            return False
        shutil.rmtree(recipe.folder, ignore_errors=True)
        check_machine(recipe.folder, compiler=bool(recipe.overlay))
        recipe.folder.mkdir()
        try:
            _Build(recipe, lock).everything()
        except BaseException:  # passed on: what is half made only takes room, the log is wanted
            for part in (path for path in recipe.folder.iterdir() if path.is_dir()):
                shutil.rmtree(part, ignore_errors=True)
            raise
    return True


def activated(recipe: Recipe) -> dict[str, str]:
    """Return the variables of a shell that has entered the environment."""
    environment = dict(os.environ)
    for name in ('PIP_USER', 'PIP_TARGET', 'PIP_PREFIX', 'PYTHONHOME', 'PYTHONSTARTUP'):
        environment.pop(name, None)
    prefixes = [str(recipe.install)]
    libraries = [str(recipe.install / 'lib')]
    modules = [str(recipe.site_packages)]
    if recipe.ros_distro:
        prefixes.append(environment.get('AMENT_PREFIX_PATH', ''))
        libraries.append(environment.get('LD_LIBRARY_PATH', ''))
        modules.append(environment.get('PYTHONPATH', ''))
    else:
        prefixes.append(str(recipe.venv))
        libraries.append(str(recipe.venv / 'lib'))
        environment['_ROS_WHEELS_BOOTSTRAP_COMPLETE'] = '1'
    environment['VIRTUAL_ENV'] = str(recipe.venv)
    environment['PATH'] = f'{recipe.venv / "bin"}:{environment.get("PATH", os.defpath)}'
    environment['AMENT_PREFIX_PATH'] = environment['CMAKE_PREFIX_PATH'] = _joined(prefixes)
    environment['LD_LIBRARY_PATH'] = _joined(libraries)
    environment['PYTHONPATH'] = _joined(modules)
    return environment


def colcon(recipe: Recipe) -> list[str | Path]:
    """Return the start of a colcon command that builds for the environment's interpreter.

    The `colcon` of a ROS install would write the system interpreter into what it installs.
    """
    start = 'import sys; from colcon_core.command import main; sys.exit(main())'
    return [recipe.venv / 'bin' / 'python', '-c', start]


def _joined(parts: list[str]) -> str:
    return ':'.join(part for part in parts if part)


@contextlib.contextmanager
def _lock(path: Path) -> Iterator[int]:
    with path.open('w') as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say('another set-up is preparing the same environment: waiting for it')
            fcntl.flock(file, fcntl.LOCK_EX)
        yield file.fileno()


class _Build:
    """One run through all steps, in the folder of the recipe."""

    def __init__(self, recipe: Recipe, lock: int) -> None:
        self._recipe = recipe
        self._lock = lock
        self._log = recipe.folder / 'setup.log'
        self._python = recipe.venv / 'bin' / 'python'

    def everything(self) -> None:
        """Build all parts; the stamp comes last."""
        recipe = self._recipe
        under = f'on top of ROS 2 {recipe.ros_distro}' if recipe.ros_distro else 'without ROS'
        say(f'preparing an environment {under}; the full log is {self._log}')
        steps = Steps(5 if recipe.overlay else 4)
        steps.begin('virtual environment')
        self._make_venv()
        steps.begin('packages: about 3 GB to download and 7 GB on disk, a few minutes')
        self._install_packages()
        if recipe.overlay:
            steps.begin(f'message packages {", ".join(recipe.overlay)}: half a minute')
            self._generate_messages()
        steps.begin('checking that everything imports')
        self._check()
        steps.begin('done')
        recipe.stamp.write_text('complete\n')

    def _make_venv(self) -> None:
        options = ['--system-site-packages'] if self._recipe.ros_distro else []
        command = [self._recipe.python, '-m', 'venv', *options, self._recipe.venv]
        if self._run(command, dict(os.environ)):
            raise SetupError(f'the virtual environment could not be made ({self._log})')

    def _install_packages(self) -> None:
        scratch = self._recipe.folder / 'tmp'
        scratch.mkdir()
        # Wheels are unpacked beside the environment: /tmp may live in memory.
        environment = activated(self._recipe) | {'TMPDIR': str(scratch)}
        command = [self._python, '-m', 'pip', 'install', '--no-input', '--progress-bar', 'off']
        command += ['--disable-pip-version-check', '--retries', '3']
        failure = self._pip(command + self._requirements(), environment)
        if failure and (absent := package_without_wheel(failure)) in extras():
            say(f'    no {absent} for this machine: going on without it')
            failure = self._pip(command + self._requirements(extras()), environment)
        if failure:
            raise SetupError(explain_pip_failure(failure, self._log))
        shutil.rmtree(scratch)
        if not self._recipe.ros_distro:
            self._gather_libraries()

    def _pip(self, command: list[str | Path], environment: dict[str, str]) -> str:
        """Run pip and return what it printed if it failed, otherwise ''."""
        mark = self._log.stat().st_size
        if not self._run(command, environment):
            return ''
        return self._log.read_bytes()[mark:].decode(errors='replace')

    def _gather_libraries(self) -> None:
        """Link the libraries that the ROS wheels brought along into the environment's lib folder.

        The wheels look for them in folders that only exist where they were built; lib is on the
        LD_LIBRARY_PATH. The names carry a hash, so equal names are equal files.
        """
        libraries = self._recipe.venv / 'lib'
        for path in libraries.glob('python*/site-packages/ros_*.libs/*.so*'):
            link = libraries / path.name
            if not link.exists():
                link.symlink_to(path.relative_to(libraries))

    def _requirements(self, without: frozenset[str] = frozenset()) -> list[str | Path]:
        """Return what pip is asked for, except the packages named.

        Without a ROS install that is the lock as a whole, and of every package the very files it
        was locked with. On top of one, versions of the system take part, which no lock knows.
        """
        if not self._recipe.ros_distro:
            return ['--require-hashes', '--no-deps', '-r', self._lock_file(without)]
        files = requirement_files(self._recipe.ros_distro)
        wanted = [line for path in files for line in requirement_lines(path)]
        wanted = [line for line in wanted if package_name(line) not in without]
        lists = self._recipe.folder / 'requirements.txt'
        lists.write_text('\n'.join(line for line in wanted if not system_has(line)) + '\n')
        lock = self._recipe.folder / 'constraints.txt'
        lock.write_text('\n'.join(constraints_on_ros(system_versions())) + '\n')
        return ['-c', lock, '-r', lists]

    def _lock_file(self, without: frozenset[str]) -> Path:
        if not without:
            return constraints()
        part = self._recipe.folder / 'lock.txt'
        part.write_text(lock_without(constraints().read_text(), without))
        return part

    def _generate_messages(self) -> None:
        environment = activated(self._recipe)
        if not self._recipe.ros_distro:
            self._mend_exports(environment)
        work = self._recipe.folder / 'overlay-build'
        command = [*colcon(self._recipe), '--log-base', work / 'log', 'build']
        command += ['--merge-install', '--install-base', self._recipe.install]
        command += ['--build-base', work / 'build', '--base-paths']
        command += [CHECKOUT / 'overlay' / name for name in self._recipe.overlay]
        command += ['--event-handlers', 'console_direct+', '--cmake-args']
        command += [f'-DPython3_EXECUTABLE={self._python}', '-DBUILD_TESTING=OFF']
        if not self._recipe.ros_distro:
            command += ['-G', 'Ninja']
        if self._run(command, environment):
            raise SetupError(f'the message packages could not be compiled, see {self._log}')
        shutil.rmtree(work)

    def _mend_exports(self, environment: dict[str, str]) -> None:
        """Replace two folders of the wheels' build machine in their CMake files by ours."""
        ask = 'import numpy; print(numpy.get_include())'
        numpy = subprocess.run(
            [self._python, '-c', ask], env=environment, check=True, capture_output=True, text=True
        ).stdout.strip()
        include = sysconfig.get_path('include')
        for path in (self._recipe.venv / 'share').rglob('*.cmake'):
            text = path.read_text(errors='surrogateescape')
            mended = _BUILD_MACHINE_NUMPY.sub(lambda _: numpy, text)
            mended = _BUILD_MACHINE_INCLUDE.sub(lambda _: include, mended)
            if mended != text:
                path.write_text(mended, errors='surrogateescape')

    def _check(self) -> None:
        modules = 'rclpy, tf2_msgs.msg, vision_msgs.msg, cv2, timm, torch, torchvision, rosbags'
        modules += ', onnxruntime, onnxscript'
        if self._run([self._python, '-c', f'import {modules}'], activated(self._recipe)):
            log = self._log.read_text(errors='replace')
            errors = re.findall(r'^\w*Error: .*', log, re.MULTILINE)
            reason = errors[-1] if errors else 'Python ended without a word'
            raise SetupError(f'the environment does not work: {reason} ({self._log})')

    def _run(self, command: list[str | Path], environment: dict[str, str]) -> int:
        return run(command, self._log, environment, self._recipe.folder, [self._lock])
