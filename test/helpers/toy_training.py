# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Fixtures: the toy trained in this process, or by the real command in another."""

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from helpers import toy
from helpers.processes import options, processes
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


Start = Callable[..., 'subprocess.Popen[str]']


@pytest.fixture
def start_toy() -> Iterator[Start]:
    """Start the real command in a process of its own; `launcher` goes before the script."""
    with processes() as start:
        yield lambda *arguments, launcher=(), **values: start(
            *launcher, toy.SCRIPT, 'train', *arguments, *options(BASE | values)
        )


@pytest.fixture
def call_toy(start_toy: Start) -> Callable[..., tuple[int, str, str]]:
    """Run the real command to its end; return exit code, output and errors."""

    def call(*arguments: str, **values: Any) -> tuple[int, str, str]:
        process = start_toy(*arguments, **values)
        output, errors = process.communicate(timeout=240)
        return process.returncode, output, errors

    return call
