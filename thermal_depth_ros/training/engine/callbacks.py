# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Progress callbacks of a run (bars on a terminal, periodic lines, JSON) and its stop signal."""

import contextlib
import dataclasses
import json
import math
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Protocol, TextIO

from thermal_depth_ros.training.engine.config import TOTAL
from thermal_depth_ros.training.engine.launch import rank
from thermal_depth_ros.training.engine.metric_texts import validation_line

_PLAIN_PERIOD_S = 10.0
_JSON_PERIOD_S = 0.5


@dataclasses.dataclass(frozen=True)
class Progress:
    """Progress of a run after a step. Counts begin at 1; times in seconds."""

    stage: str
    stage_number: int
    stages: int
    epoch: int
    epochs: int
    epoch_step: int
    epoch_steps: int
    step: int
    total_steps: int
    losses: Mapping[str, float]
    samples_per_s: float
    elapsed_s: float
    eta_s: float


class ProgressCallback:
    """Progress callbacks, called in the main process only; the default does nothing."""

    def preparing(self, what: str, done: int, total: int) -> None:
        """Report the preparation of the data, before the run starts."""

    def state(self, text: str) -> None:
        """Report the state: starting, training, validating, saving, exporting ..."""

    def progress(self, now: Progress) -> None:
        """Report the progress after a step."""

    def validated(self, step: int, metrics: Mapping[str, float]) -> None:
        """Report the metrics of a validation."""

    def note(self, text: str) -> None:
        """Report a message for the user."""


class StopSignal(Protocol):
    """Source of stop requests."""

    @property
    def asked(self) -> bool:
        """Whether to stop after the current step."""

    def interrupting(self) -> contextlib.AbstractContextManager[None]:
        """Make a stop request raise KeyboardInterrupt within the context."""


class NeverStop:
    """Never requests a stop."""

    asked = False

    def interrupting(self) -> contextlib.AbstractContextManager[None]:
        """Do nothing."""
        return contextlib.nullcontext()


def duration(seconds: float) -> str:
    """Return a time as 1:02:03, or --:-- if unknown."""
    if not math.isfinite(seconds):
        return '--:--'
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f'{hours}:{minutes:02}:{rest:02}' if hours else f'{minutes}:{rest:02}'


def _speed(now: Progress) -> str:
    return f'{now.samples_per_s:.1f} samples/s'


class _RateLimit:
    """True at most once per period."""

    def __init__(self, period_s: float) -> None:
        self._period_s, self._last = period_s, -math.inf

    def __call__(self, must: bool) -> bool:
        now = time.monotonic()
        if not must and now - self._last < self._period_s:
            return False
        self._last = now
        return True


class LineProgress(ProgressCallback):
    """Prints periodic progress lines and every validation."""

    def __init__(self, period_s: float = _PLAIN_PERIOD_S) -> None:
        self._is_due = _RateLimit(period_s)

    def preparing(self, what: str, done: int, total: int) -> None:
        """Print a line, at most once per period."""
        if self._is_due(done == total):
            self.note(f'{what}: {done} of {total}')

    def progress(self, now: Progress) -> None:
        """Print a line, at most once per period."""
        if self._is_due(now.step == now.total_steps):
            stage = f'{now.stage} ({now.stage_number}/{now.stages}), ' if now.stages > 1 else ''
            self.note(
                f'{stage}epoch {now.epoch} of {now.epochs}, step {now.step} of {now.total_steps}: '
                f'loss {now.losses[TOTAL]:.5g}, {_speed(now)}, {duration(now.eta_s)} left'
            )

    def validated(self, step: int, metrics: Mapping[str, float]) -> None:
        """Print the metrics."""
        self.note(validation_line(step, metrics))

    def note(self, text: str) -> None:
        """Print it."""
        print(text, flush=True)


class BarProgress(ProgressCallback):
    """Shows a bar for the run and one for the epoch; close() removes them."""

    def __init__(self) -> None:
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

        from thermal_depth_ros.base.screen import Screen

        self._bars = Progress(
            TextColumn('{task.description}', markup=False),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn('{task.fields[text]}', markup=False),
            console=Screen(),
        )
        self._run = self._bars.add_task('run', total=None, text='')
        self._epoch = self._bars.add_task('epoch', total=None, text='')
        self._bars.start()

    def preparing(self, what: str, done: int, total: int) -> None:
        """Move the bar of the epoch."""
        self._bars.update(self._epoch, description=what, completed=done, total=total)

    def state(self, text: str) -> None:
        """Show the state in place of the steps of the epoch."""
        self._bars.update(self._epoch, text='' if text == 'training' else text)

    def progress(self, now: Progress) -> None:
        """Move the bars."""
        text = f'loss {now.losses[TOTAL]:.4g}  {_speed(now)}  {duration(now.eta_s)} left'
        self._bars.update(self._run, completed=now.step, total=now.total_steps, text=text)
        name = f'{now.stage}, epoch {now.epoch}/{now.epochs}'
        self._bars.update(
            self._epoch, description=name, completed=now.epoch_step, total=now.epoch_steps
        )

    def validated(self, step: int, metrics: Mapping[str, float]) -> None:
        """Print the metrics above the bars."""
        self.note(validation_line(step, metrics))

    def note(self, text: str) -> None:
        """Print it above the bars."""
        self._bars.console.print(text)

    def close(self) -> None:
        """Remove the bars."""
        self._bars.stop()


class JsonProgress(ProgressCallback):
    """Writes one JSON object per line for another program; requests a stop when it is gone."""

    def __init__(self, stream: TextIO, reader_gone: Callable[[], None]) -> None:
        self._stream, self._reader_gone = stream, reader_gone
        self._state, self._is_due = '', _RateLimit(_JSON_PERIOD_S)

    def preparing(self, what: str, done: int, total: int) -> None:
        """Write an object, at most once per period."""
        if self._is_due(done == total):
            self._write('preparing', {'what': what, 'done': done, 'total': total})

    def state(self, text: str) -> None:
        """Write a changed state."""
        if text != self._state:
            self._state = text
            self._write('state', text)

    def progress(self, now: Progress) -> None:
        """Write an object, at most once per period."""
        if self._is_due(now.step == now.total_steps):
            # JSON has no NaN, which times and losses may be.
            values = dataclasses.asdict(now)
            values['losses'] = {n: v if math.isfinite(v) else None for n, v in now.losses.items()}
            values['eta_s'] = now.eta_s if math.isfinite(now.eta_s) else None
            self._write('progress', values)

    def validated(self, step: int, metrics: Mapping[str, float]) -> None:
        """Write the metrics."""
        self._write('validated', {'step': step, 'metrics': dict(metrics)})

    def note(self, text: str) -> None:
        """Write it."""
        self._write('note', text)

    def _write(self, kind: str, content: Any) -> None:
        try:
            print(json.dumps({kind: content}), file=self._stream, flush=True)
        except OSError:
            self._reader_gone()


@contextlib.contextmanager
def progress_callback(style: str, reader_gone: Callable[[], None]) -> Iterator[ProgressCallback]:
    """Yield progress callbacks that write to the standard output.

    Args:
        style: Progress display: none, auto (bars on a terminal, otherwise lines), lines or json.
            Of several processes that torchrun started, only the first has one.
        reader_gone: Called when the reader of the JSON is gone.
    """
    if style == 'none' or rank() != 0:
        yield ProgressCallback()
    elif style == 'json':
        yield JsonProgress(sys.stdout, reader_gone)
    elif style == 'lines' or not sys.stdout.isatty():
        yield LineProgress()
    else:
        with contextlib.closing(BarProgress()) as bars:
            yield bars
