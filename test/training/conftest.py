# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""A toy task, trained in this process or by the real command in another."""

import importlib.util
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import torch

TOY = Path(__file__).with_name('toy.py')
BASE = {'task': 'toy', 'device': 'cpu', 'board': False, 'workers': 0, 'log_every_steps': 1}


def _neighbour(path: Path) -> ModuleType:
    """Load a file beside this one; with `--import-mode=importlib` it is not importable."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module  # dataclasses look there for their annotations
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope='session')
def toy() -> ModuleType:
    return _neighbour(TOY)


@pytest.fixture(scope='session')
def double() -> ModuleType:
    """Trainings in double precision: here by `double_precision`, elsewhere by its file."""
    return _neighbour(Path(__file__).with_name('double_precision.py'))


@pytest.fixture(scope='session')
def exact() -> ModuleType:
    """Views whose depth and motion are known, and networks that know them."""
    return _neighbour(Path(__file__).with_name('exact_scene.py'))


@pytest.fixture(scope='session')
def small_drive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A recording of a synthetic drive: 24 thermal images of 80x64, with odometry and truth."""
    from thermal_depth_ros.simulation.config import SimulationConfig
    from thermal_depth_ros.simulation.drive import Drive
    from thermal_depth_ros.simulation.drive_writer import write_drive

    config = SimulationConfig(
        seed=4,
        scene='yard',
        duration_s=2.4,
        thermal_width=80,
        thermal_height=64,
        rgb_width=16,
        rgb_height=16,
        shutter='none',
    )
    return write_drive(Drive(config), tmp_path_factory.mktemp('drives') / 'small').path


@pytest.fixture
def without_report(toy: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    """Charts take longer than trainings of the toy; the report has tests of its own."""
    from thermal_depth_ros.training.engine import loop

    monkeypatch.setattr(loop, 'write_report', toy.plain_report)


@pytest.fixture
def toy_kind(toy: ModuleType, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Let `task: toy` be known in this process."""
    from thermal_depth_ros.training import registry

    monkeypatch.setitem(registry.KINDS, 'toy', toy.kind)
    return toy.kind()


@pytest.fixture
def train_toy(toy: ModuleType, tmp_path: Path) -> Callable[..., Any]:
    """Train in this process: settings of the toy and of the run as keywords."""
    from thermal_depth_ros.training.engine.loop import train

    def run(watch: Any = None, stop: Any = None, **values: Any) -> Any:
        configs = toy.kind().build({**BASE, 'output': str(tmp_path / 'out'), **values})
        return train(toy.ToyTask(configs[0]), configs[1], watch, stop, configs)

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
        command = [sys.executable, *launcher, str(TOY), 'train', *arguments]
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


def last_checkpoint(output: Path) -> dict[str, Any]:
    newest = sorted((output / 'checkpoints').glob('*.pt'))[-1]
    return torch.load(newest, weights_only=True)


def differences(one: Any, other: Any, where: str = '') -> list[str]:
    """Name every place where two nested structures are not the same bit for bit."""
    if isinstance(one, torch.Tensor):
        same = isinstance(other, torch.Tensor) and one.dtype == other.dtype
        return [] if same and torch.equal(one, other) else [where]
    if isinstance(one, dict):
        if not isinstance(other, dict) or one.keys() != other.keys():
            return [where]
        return [d for key in one for d in differences(one[key], other[key], f'{where}.{key}')]
    if isinstance(one, (list, tuple)):
        if not isinstance(other, (list, tuple)) or len(one) != len(other):
            return [where]
        pairs = enumerate(zip(one, other, strict=True))
        return [d for i, (a, b) in pairs for d in differences(a, b, f'{where}[{i}]')]
    return [] if one == other and type(one) is type(other) else [where]


@pytest.fixture
def end_of_run() -> Callable[[Path], tuple[dict[str, Any], bytes]]:
    """Return everything of the last checkpoint that may not depend on interruptions, and the
    history."""

    def read(output: Path) -> tuple[dict[str, Any], bytes]:
        content = last_checkpoint(output)
        for name in ('seconds', 'settings', 'recordings'):  # the last two name places
            del content[name]
        return content, (output / 'history.jsonl').read_bytes()

    return read


@pytest.fixture
def compare() -> Callable[[Any, Any], list[str]]:
    return differences
