# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Commands of the package in processes of their own, which end with the test."""

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Protocol

REPOSITORY = Path(__file__).resolve().parents[2]


def options(values: Mapping[str, Any]) -> list[str]:
    """Return settings as options of a command; a list gives an option several values."""
    found: list[str] = []
    for name, value in values.items():
        texts = value if isinstance(value, list | tuple) else [value]
        found += [f'--{name.replace("_", "-")}', *map(str, texts)]
    return found


def parameters(values: Mapping[str, Any]) -> list[str]:
    """Return settings as parameters of a node on its command line."""
    return [part for name, value in values.items() for part in ('-p', f'{name}:={value}')]


def environment(**variables: str) -> dict[str, str]:
    """Return the environment with this package in it, one thread a process, and variables."""
    modules = os.pathsep.join([str(REPOSITORY), os.environ.get('PYTHONPATH', '')])
    return {**os.environ, 'PYTHONPATH': modules, 'OMP_NUM_THREADS': '1', **variables}


class Start(Protocol):
    """Starts python with some arguments; its output and errors are pipes of text."""

    def __call__(
        self, *arguments: str, stderr: int = subprocess.PIPE, **variables: str
    ) -> 'subprocess.Popen[str]': ...


@contextlib.contextmanager
def processes() -> Iterator[Start]:
    """Yield what starts processes; those that still run at the end are stopped."""
    running: list[subprocess.Popen[str]] = []

    def start(
        *arguments: str, stderr: int = subprocess.PIPE, **variables: str
    ) -> 'subprocess.Popen[str]':
        running.append(
            subprocess.Popen(
                [sys.executable, *arguments],
                env=environment(**variables),
                stdout=subprocess.PIPE,
                stderr=stderr,
                text=True,
            )
        )
        return running[-1]

    try:
        yield start
    finally:
        for process in running:
            process.terminate()  # torchrun passes it on to the processes that it started
        for process in running:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(30.0)
            process.kill()
            process.communicate()


def modules_loaded_by(code: str) -> tuple[set[str], str]:
    """Run code in a process of its own; return the modules it has at its end, and its output."""
    tell = 'import atexit, sys; atexit.register(lambda: print(*sys.modules, file=sys.stderr))'
    done = subprocess.run(
        [sys.executable, '-c', f'{tell}\n{code}'],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    loaded = set(done.stderr.splitlines()[-1].split())
    assert 'sys' in loaded
    return loaded, done.stdout
