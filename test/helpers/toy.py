# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""A tiny regression as a task, and the command line that can train it.

In double precision, for the reason that `double_precision` gives.

`python toy.py train --config FILE` is `thermal-depth train` with this task registered, and
`python toy.py trainer` the node that runs it.
"""

import dataclasses
import json
import os
import signal
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import torch
from torch import nn

from thermal_depth_ros.base.settings import setting
from thermal_depth_ros.training import registry
from thermal_depth_ros.training.engine.batch import TensorBatch
from thermal_depth_ros.training.engine.config import RunConfig
from thermal_depth_ros.training.engine.run_folder import RunFolder
from thermal_depth_ros.training.engine.task import SampleKey, Stage, StepResult, Task

SCRIPT = __file__


@dataclasses.dataclass(frozen=True)
class ToyConfig:
    """The toy: a regression of noisy sums."""

    may_change: ClassVar[frozenset[str]] = frozenset({'kill_at', 'step_s', 'validate_s'})

    samples: int = setting(24, 'Number of samples', minimum=1)
    epochs: int = setting(3, 'Epochs of each stage', minimum=1)
    stages_wanted: int = setting(2, 'Number of stages', minimum=1, maximum=2)
    rate: float = setting(0.05, 'Learning rate', minimum=0.0)
    dropout: float = setting(0.1, 'Dropout', minimum=0.0, maximum=0.9)
    bad_sample: int = setting(-1, 'Sample that gives NaN')
    broken_sample: int = setting(-1, 'Sample that cannot be loaded')
    explode_at: int = setting(-1, 'Step whose loss is a million times too large')
    kill_at: int = setting(-1, 'Step in which the process kills itself')
    step_s: float = setting(0.0, 'Time that a step takes at least', minimum=0.0)
    validate_s: float = setting(0.0, 'Time that a validation takes', minimum=0.0)
    words: tuple[str, ...] = setting((), 'Words', choices=('a', 'b'))

    def problems(self) -> list[str]:
        return ['epochs: 13 brings bad luck with rate'] if self.epochs == 13 else []


@dataclasses.dataclass(frozen=True)
class ToyBatch(TensorBatch):
    x: torch.Tensor
    y: torch.Tensor


class ToyTask(Task):
    def __init__(self, toy: ToyConfig) -> None:
        self.toy = toy
        names = ('first', 'second')[: toy.stages_wanted]
        self.stages = tuple(Stage(name, toy.epochs) for name in names)
        self.steps = 0

    def sample_count(self) -> int:
        return self.toy.samples

    def enter(self, stage: Stage, accelerator: Any) -> None:
        self.accelerator = accelerator
        if stage.name == 'first':
            dropout = nn.Dropout(self.toy.dropout)
            layers = (nn.Linear(3, 8), nn.Tanh(), dropout, nn.Linear(8, 1))
            self.plain = nn.Sequential(*layers).double()
        else:  # grows by a layer
            self.plain.append(nn.Linear(1, 1).double())
        optimiser = torch.optim.Adam(self.plain.parameters(), self.toy.rate)
        self.network, self.optimiser = accelerator.prepare(self.plain, optimiser)
        self.schedule = torch.optim.lr_scheduler.StepLR(self.optimiser.optimizer, 1, 0.9)

    def load(self, keys: Sequence[SampleKey]) -> ToyBatch:
        if any(key.index == self.toy.broken_sample for key in keys):
            raise ValueError('the disk is scratched')
        rows = []
        for key in keys:
            x = np.random.default_rng(key.index).normal(size=3)
            y = x.sum() + 0.01 * key.generator().normal()
            rows.append([*x, np.nan if key.index == self.toy.bad_sample else y])
        table = torch.tensor(np.array(rows), dtype=torch.float64)
        return ToyBatch(table[:, :3], table[:, 3:])

    def step(self, batch: Any) -> StepResult:
        self.steps += 1
        if self.steps == self.toy.kill_at:
            os.kill(os.getpid(), signal.SIGKILL)
        time.sleep(self.toy.step_s)
        self.network.train()
        error = self.network(batch.x) - batch.y
        loss = error.square().mean() * (1e6 if self.steps == self.toy.explode_at else 1.0)
        self.optimiser.zero_grad()
        self.accelerator.backward(loss)
        self.optimiser.step()
        return StepResult(
            {'total': loss.detach(), 'mean_error': error.mean().detach()},
            lambda: {'error': np.full((8, 8, 3), 100, np.uint8)},
        )

    def state(self) -> dict[str, Any]:
        return {
            'network': self.plain.state_dict(),
            'optimiser': self.optimiser.state_dict(),
            'schedule': self.schedule.state_dict(),
            'steps': self.steps,
        }

    def load_state(self, state: Mapping[str, Any]) -> None:
        self.plain.load_state_dict(state['network'])
        self.optimiser.load_state_dict(state['optimiser'])
        self.schedule.load_state_dict(state['schedule'])
        self.steps = state['steps']

    def end_epoch(self) -> None:
        self.schedule.step()

    def validate(self) -> dict[str, float]:
        if self.toy.validate_s:
            print('validating', file=sys.stderr, flush=True)
            time.sleep(self.toy.validate_s)
        torch.rand(3)  # moves the generator of the training
        self.plain.eval()
        with torch.no_grad():
            x = torch.linspace(-1, 1, 12, dtype=torch.float64).reshape(4, 3)
            error = self.plain(x) - x.sum(1, keepdim=True)
        return {'rmse': error.square().mean().sqrt().item()}

    def export(self, folder: Path, report: Mapping[str, Any]) -> Path:
        folder.mkdir(exist_ok=True)
        (folder / 'about.json').write_text(json.dumps(report))
        return folder

    def describe(self, keys: Sequence[SampleKey]) -> list[str]:
        return [f'toy sample {key.index}' for key in keys]


def kind() -> registry.TaskKind:
    return registry.TaskKind((ToyConfig, RunConfig), lambda configs, advance: ToyTask(configs[0]))


def plain_report(folder: RunFolder, record: Mapping[str, Any], *_: Any) -> Path:
    """Write a report without the charts, which take longer than the training."""
    folder.report.write_text(f'{record["steps"]} steps')
    return folder.report


if __name__ == '__main__':
    from thermal_depth_ros.cli.executables import thermal_depth
    from thermal_depth_ros.training import process
    from thermal_depth_ros.training.engine import loop

    loop.write_report = plain_report
    process.COMMAND = (sys.executable, __file__, 'train')
    registry.KINDS['toy'] = kind
    sys.exit(thermal_depth())
