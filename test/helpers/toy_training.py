# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Fixtures: the toy trained in this process, or by the real command in another."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from helpers import toy
from thermal_depth_ros.training import registry
from thermal_depth_ros.training.engine import loop
from thermal_depth_ros.training.registry import TaskKind

BASE = {'task': 'toy', 'device': 'cpu', 'tensorboard': False, 'workers': 0, 'log_every_steps': 1}


@pytest.fixture
def without_report(monkeypatch: pytest.MonkeyPatch) -> None:
    """Charts take longer than trainings of the toy; the report has tests of its own."""
    monkeypatch.setattr(loop, 'write_report', toy.plain_report)


@pytest.fixture
def toy_kind(monkeypatch: pytest.MonkeyPatch) -> TaskKind:
    """Let `task: toy` be known in this process."""
    monkeypatch.setitem(registry.KINDS, 'toy', toy.kind)
    return toy.kind()


@pytest.fixture
def train_toy(tmp_path: Path) -> Callable[..., Any]:
    """Train in this process: settings of the toy and of the run as keywords."""

    def run(watch: Any = None, stop: Any = None, **values: Any) -> Any:
        configs = toy.kind().build({**BASE, 'output': str(tmp_path / 'out'), **values})
        return loop.train(toy.ToyTask(configs[0]), configs[1], watch, stop, configs)

    return run


def options(values: dict[str, Any]) -> list[str]:
    """Return settings as options of the command."""
    return [
        part
        for name, value in values.items()
        for part in (f'--{name.replace("_", "-")}', str(value))
    ]


Start = Callable[..., 'subprocess.Popen[str]']


@pytest.fixture
def start_toy(repository: Path) -> Iterator[Start]:
    """Start the real command in a process of its own; `launcher` goes before the script."""
    running: list[subprocess.Popen[str]] = []

    def start(*arguments: str, launcher: tuple[str, ...] = (), **values: Any) -> Any:
        environment = os.environ | {'OMP_NUM_THREADS': '1', 'PYTHONPATH': _modules(repository)}
        command = [sys.executable, *launcher, toy.SCRIPT, 'train', *arguments]
        running.append(
            subprocess.Popen(
                [*command, *options(BASE | values)],
                env=environment,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
        )
        return running[-1]

    yield start
    for process in running:
        process.kill()
        process.communicate()


@pytest.fixture
def call_toy(start_toy: Start) -> Callable[..., tuple[int, str, str]]:
    """Run the real command to its end; return exit code, output and errors."""

    def call(*arguments: str, **values: Any) -> tuple[int, str, str]:
        process = start_toy(*arguments, **values)
        output, errors = process.communicate(timeout=240)
        return process.returncode, output, errors

    return call


def _modules(repository: Path) -> str:
    return os.pathsep.join([str(repository), os.environ.get('PYTHONPATH', '')])
