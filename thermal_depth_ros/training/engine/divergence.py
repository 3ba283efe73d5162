# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Detects a diverging training, and saves the batch on which it diverged."""

import contextlib
import json
import math
import statistics
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch

from thermal_depth_ros.base.text_output import write_bytes, write_text
from thermal_depth_ros.base.unexpected import named, report, stack_of
from thermal_depth_ros.training.engine.config import TOTAL
from thermal_depth_ros.training.engine.task import SampleKey, Task

WINDOW = 100


class DivergenceDetector:
    """Compares the total loss with the running median of its last values."""

    def __init__(self, factor: float, warmup_steps: int) -> None:
        """Make a detector.

        Args:
            factor: Ratio of the total loss to the median above which it has exploded; 0 checks only
                that losses are finite.
            warmup_steps: Number of values before the comparison with their median starts.
        """
        self._factor, self._warmup = factor, warmup_steps
        self.start_stage()

    def start_stage(self) -> None:
        """Reset for another stage, whose losses differ."""
        self._recent: deque[float] = deque(maxlen=WINDOW)
        self._seen = 0

    def problem(self, losses: Mapping[str, float]) -> str | None:
        """Add the losses of a step; return what is wrong with them, or None."""
        bad = [f'{name} is {value}' for name, value in losses.items() if not math.isfinite(value)]
        if bad:
            return ', '.join(bad)
        total = losses[TOTAL]
        if self._factor and self._seen >= self._warmup:
            median = statistics.median(self._recent)
            if median > 0.0 and total > self._factor * median:
                return (
                    f'{TOTAL} is {total:.6g}, {total / median:.3g} times its running median '
                    f'{median:.6g} (divergence_factor {self._factor:g})'
                )
        self._recent.append(total)
        self._seen += 1
        return None

    def state(self) -> dict[str, object]:
        """Return the state for a checkpoint."""
        return {'recent': list(self._recent), 'seen': self._seen}

    def load_state(self, state: Mapping[str, object]) -> None:
        """Restore the result of state()."""
        recent, seen = state['recent'], state['seen']
        assert isinstance(recent, list) and isinstance(seen, int), 'as state() makes them'
        self._recent = deque(recent, maxlen=WINDOW)
        self._seen = seen


def save_bad_batch(
    folder: Path, task: Task, keys: Sequence[SampleKey], step: int, losses: Mapping[str, float]
) -> list[str]:
    """Reload a batch, which gives the same values, and save it.

    Writes step-N.safetensors with the tensors and step-N.json with names, keys and losses; if the
    batch cannot be loaded, step-N.txt with the stack of the error.

    Returns:
        Findings and the path of the saved batch, in sentences.
    """
    names = task.describe(keys)
    remarks = [f'samples: {", ".join(names)}']
    try:
        tensors = dict(task.load(keys).tensors())
    except Exception as error:  # must not mask the original error
        report('loading a batch again', error)
        with contextlib.suppress(OSError):
            folder.mkdir(parents=True, exist_ok=True)
            write_text(folder / f'step-{step:09}.txt', f'{stack_of(error)}\n')
        return [*remarks, f'the batch cannot be loaded again: {named(error)}']
    remarks += list(_not_finite(tensors, names))
    about = {
        'step': step,
        'losses': {name: repr(value) for name, value in losses.items()},
        'samples': [
            {'name': name, 'index': key.index, 'epoch': key.epoch, 'seed': key.seed}
            for name, key in zip(names, keys, strict=True)
        ],
    }
    path = folder / f'step-{step:09}.safetensors'
    try:
        _write(path, tensors, about)
    except OSError as error:
        return [*remarks, f'the batch {path} {error.strerror or error}']
    return [*remarks, f'the batch is saved in {path}']


def _write(path: Path, tensors: Mapping[str, torch.Tensor], about: Mapping[str, Any]) -> None:
    from safetensors.torch import save

    path.parent.mkdir(parents=True, exist_ok=True)
    write_bytes(path, save({name: t.contiguous() for name, t in tensors.items()}))
    write_text(path.with_suffix('.json'), json.dumps(about, indent=2))


def _not_finite(tensors: Mapping[str, torch.Tensor], names: Sequence[str]) -> Iterator[str]:
    """Name the samples whose input is not finite."""
    for key, tensor in tensors.items():
        if not tensor.is_floating_point() or tensor.isfinite().all():
            continue
        if tensor.ndim and len(tensor) == len(names):
            whole = tensor.isfinite().reshape(len(names), -1).all(1).tolist()
            bad = [name for name, good in zip(names, whole, strict=True) if not good]
            yield f'input {key} is not finite in {", ".join(bad)}'
        else:
            yield f'input {key} is not finite'
