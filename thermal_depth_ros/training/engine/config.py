# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""User settings of a training run, common to all tasks."""

import dataclasses
from typing import ClassVar

from thermal_depth_ros.base.settings import fixed

TOTAL = 'total'  # name of the loss that is minimised, in logs
AUTO, ON, OFF = 'auto', 'on', 'off'


@dataclasses.dataclass(frozen=True)
class MethodConfig:
    """Settings that every method has."""

    learning_rate: float = fixed(
        1e-4, 'Learning rate of the Adam optimiser', minimum=0.0, maximum=1.0
    )
    flip_probability: float = fixed(
        0.5, 'Probability of flipping a sample horizontally', minimum=0.0, maximum=1.0
    )
    weights_dtype: str = fixed(
        'fp32', 'Data type of the weights stored in the bundle', choices=('fp32', 'fp16', 'bf16')
    )
    licence: str = fixed('unknown', 'Licence of the bundle')
    description: str = fixed('', 'Description of the bundle')
    trained_on: str = fixed(
        '', 'Cameras and scenes of the recordings, in one sentence, for the bundle'
    )


@dataclasses.dataclass(frozen=True)
class RunConfig:
    """Output, duration, hardware and checkpoints of a training run."""

    # These do not affect the trained weights, so a run may be resumed with other values.
    may_change: ClassVar[frozenset[str]] = frozenset(
        {
            'output',
            'restart',
            'workers',
            'device',
            'threads',
            'compile',
            'checkpoint_every_steps',
            'keep_checkpoints',
            'log_every_steps',
            'pictures_every_steps',
            'tensorboard',
            'max_steps',
            'max_minutes',
            'divergence_factor',
            'divergence_warmup_steps',
        }
    )

    task: str = fixed('thermal', 'Training task')
    output: str = fixed('out/train', 'Output folder for checkpoints, history, report and bundle')
    restart: bool = fixed(
        False,
        'Start from scratch and delete existing checkpoints; otherwise the run is resumed',
    )
    seed: int = fixed(
        0,
        'Random seed of weights, sample order and augmentation',
        minimum=0,
        maximum=2**31 - 1,
    )
    batch_size: int = fixed(
        4, 'Samples per step, summed over all processes', minimum=1, maximum=65536
    )
    device: str = fixed('auto', 'Compute device: auto (CUDA if available), cpu, cuda or cuda:N')
    precision: str = fixed(
        'auto',
        'Precision of the networks: auto is bf16 on CUDA (fp16 if bf16 is not supported), and '
        'fp32 on the CPU, or bf16 if it has instructions for it and depth and classes are learned '
        'from labels alone',
        choices=('auto', 'fp32', 'bf16', 'fp16'),
    )
    compile: str = fixed(
        AUTO,
        'Compile the training step with torch.compile, which takes minutes at the first step; '
        'auto does so on a single GPU',
        choices=(AUTO, ON, OFF),
    )
    threads: int = fixed(
        0,
        'CPU threads per process; 0 leaves the choice to PyTorch',
        minimum=0,
        maximum=256,
    )
    workers: int = fixed(
        -1,
        'Data loader workers per process; 0 loads in the training process, -1 uses the spare '
        'CPU cores',
        minimum=-1,
        maximum=64,
    )
    checkpoint_every_steps: int = fixed(
        500,
        'Steps between checkpoints; 0 writes them only at the end of a stage and on a signal, '
        'as is done in any case',
        minimum=0,
    )
    keep_checkpoints: int = fixed(
        3,
        'Number of checkpoints to keep; older ones are deleted',
        minimum=1,
        maximum=1000,
    )
    validate_every_epochs: int = fixed(
        1, 'Epochs between validations; 0 disables validation by epochs', minimum=0
    )
    validate_every_steps: int = fixed(
        0,
        'Steps between validations, instead of epochs; 0 uses validate_every_epochs',
        minimum=0,
    )
    log_every_steps: int = fixed(
        10,
        'Steps between log entries (mean losses, to history and TensorBoard)',
        minimum=1,
    )
    pictures_every_steps: int = fixed(
        500,
        'Steps between sample images in TensorBoard and the report; 0 disables them',
        minimum=0,
    )
    tensorboard: bool = fixed(
        True,
        'Write scalars and images for TensorBoard',
        renamed_from='board',
    )
    max_steps: int = fixed(
        0,
        'Most steps in total; 0 is limited only by the number of epochs',
        minimum=0,
    )
    max_minutes: float = fixed(
        0.0,
        'Longest run time in total, min; 0 is limited only by the number of epochs',
        minimum=0.0,
    )
    divergence_factor: float = fixed(
        20.0,
        'Stop if the total loss exceeds its running median by this factor; 0 stops only if '
        'the loss is not finite',
        minimum=0.0,
        renamed_from='explode_factor',
    )
    divergence_warmup_steps: int = fixed(
        100,
        'Steps at the start of a stage before divergence_factor takes effect',
        minimum=1,
        renamed_from='explode_warmup_steps',
    )

    def problems(self) -> list[str]:
        """Name contradictions between settings."""
        problems = []
        if not self.output:
            problems.append('output: must not be empty')
        if self.precision == 'fp16' and self.device == 'cpu':
            problems.append('precision: fp16 needs a GPU, device is cpu')
        if 0.0 < self.divergence_factor <= 1.0:
            problems.append(
                f'divergence_factor: {self.divergence_factor:g} would stop at every step; '
                'use a value above 1, or 0'
            )
        return problems
