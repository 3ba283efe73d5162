# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""What a user can set on a training run, whatever is trained."""

import dataclasses
from typing import ClassVar

from thermal_depth_ros.settings import setting

AUTO, ON, OFF = 'auto', 'on', 'off'


@dataclasses.dataclass(frozen=True)
class RunConfig:
    """How to train: where, how long, and what is kept."""

    # Another value of these leads to the same weights, so that a run may go on with it.
    may_change: ClassVar[frozenset[str]] = frozenset(
        {
            *('output', 'restart', 'workers', 'device', 'threads', 'compile'),
            *('checkpoint_every_steps', 'keep_checkpoints', 'log_every_steps'),
            *('pictures_every_steps', 'board', 'max_steps', 'max_minutes'),
            *('explode_factor', 'explode_warmup_steps'),
        }
    )

    task: str = setting('thermal', 'What is trained', read_only=True)
    output: str = setting(
        'out/train', 'Folder of checkpoints, history, report and bundle', read_only=True
    )
    restart: bool = setting(
        False,
        'Begin anew and drop the checkpoints that are there; otherwise the run goes on',
        read_only=True,
    )
    seed: int = setting(
        0, 'Of weights, order and augmentation', minimum=0, maximum=2**31 - 1, read_only=True
    )
    batch_size: int = setting(
        4, 'Samples per step, over all processes', minimum=1, maximum=65536, read_only=True
    )
    device: str = setting(
        'auto', 'auto (CUDA where there is one), cpu, cuda or cuda:N', read_only=True
    )
    precision: str = setting(
        'auto',
        'Arithmetic of the networks: auto is bf16 on CUDA (fp16 where it has no bf16), else fp32',
        choices=('auto', 'fp32', 'bf16', 'fp16'),
        read_only=True,
    )
    compile: str = setting(
        AUTO,
        'Fuse the operations of a step before the first one, which takes minutes: auto does so on '
        'a single GPU',
        choices=(AUTO, ON, OFF),
        read_only=True,
    )
    threads: int = setting(
        0,
        'CPU threads of each process; 0 leaves the choice to PyTorch',
        minimum=0,
        maximum=256,
        read_only=True,
    )
    workers: int = setting(
        -1,
        'Processes that load samples, for each process; 0 loads between the steps, '
        '-1 takes as many as there are cores to spare',
        minimum=-1,
        maximum=64,
        read_only=True,
    )
    checkpoint_every_steps: int = setting(
        500,
        'Besides the ends of stages and a signal; 0 writes only those',
        minimum=0,
        read_only=True,
    )
    keep_checkpoints: int = setting(
        3, 'Older checkpoints are removed', minimum=1, maximum=1000, read_only=True
    )
    validate_every_epochs: int = setting(
        1, 'Validate after so many epochs; 0 never', minimum=0, read_only=True
    )
    validate_every_steps: int = setting(
        0, 'Validate after so many steps instead of epochs; 0 never', minimum=0, read_only=True
    )
    log_every_steps: int = setting(
        10, 'Write mean losses to history and board', minimum=1, read_only=True
    )
    pictures_every_steps: int = setting(
        500, 'Show pictures on the board and in the report; 0 never', minimum=0, read_only=True
    )
    board: bool = setting(True, 'Write scalars and pictures for TensorBoard', read_only=True)
    max_steps: int = setting(
        0, 'End after so many steps in all; 0: after the epochs', minimum=0, read_only=True
    )
    max_minutes: float = setting(
        0.0, 'End after so long in all; 0: after the epochs', minimum=0.0, read_only=True
    )
    explode_factor: float = setting(
        20.0,
        'Stop when the total loss is so many times its running median; 0: only when it is not '
        'finite',
        minimum=0.0,
        read_only=True,
    )
    explode_warmup_steps: int = setting(
        100,
        'Steps of a stage before its losses are compared with their median',
        minimum=1,
        read_only=True,
    )

    def problems(self) -> list[str]:
        """Name contradictions between settings."""
        found = []
        if not self.output:
            found.append('output: must name a folder')
        if self.precision == 'fp16' and self.device == 'cpu':
            found.append('precision: fp16 needs a GPU, device is cpu')
        if 0.0 < self.explode_factor <= 1.0:
            found.append(
                f'explode_factor: {self.explode_factor:g} stops at every step; above 1, or 0'
            )
        return found
