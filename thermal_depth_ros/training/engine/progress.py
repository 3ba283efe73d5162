# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Progress displays of a run: bars on a terminal, periodic lines, or JSON for other programs."""

import contextlib
import dataclasses
import json
import math
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TextIO

from thermal_depth_ros.training.engine.task import TOTAL
from thermal_depth_ros.training.engine.watch import Progress, Watch

_PLAIN_PERIOD_S = 10.0
_JSON_PERIOD_S = 0.5


def duration(seconds: float) -> str:
    """Return a time as 1:02:03, or --:-- if unknown."""
    if not math.isfinite(seconds):
        return '--:--'
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f'{hours}:{minutes:02}:{rest:02}' if hours else f'{minutes}:{rest:02}'


def sentence(now: Progress) -> str:
    """Return progress in one line."""
    stage = f'{now.stage} ({now.stage_number}/{now.stages}), ' if now.stages > 1 else ''
    return (
        f'{stage}epoch {now.epoch} of {now.epochs}, step {now.step} of {now.total_steps}: '
        f'loss {now.losses[TOTAL]:.5g}, {now.samples_per_s:.1f} samples/s, '
        f'{duration(now.eta_s)} left'
    )


def figures(metrics: Mapping[str, float]) -> str:
    """Return metrics in one line."""
    return ', '.join(f'{name} {value:.4g}' for name, value in metrics.items())


class _Period:
    """Rate limiter: true at most once per period."""

    def __init__(self, period_s: float) -> None:
        self._period_s, self._last = period_s, -math.inf

    def __call__(self, must: bool) -> bool:
        now = time.monotonic()
        if not must and now - self._last < self._period_s:
            return False
        self._last = now
        return True


class LineWatch(Watch):
    """Prints periodic progress lines and every validation."""

    def __init__(self, period_s: float = _PLAIN_PERIOD_S) -> None:
        self._is_due = _Period(period_s)

    def preparing(self, what: str, done: int, total: int) -> None:
        """Print a line, at most once per period."""
        if self._is_due(done == total):
            print(f'{what}: {done} of {total}', flush=True)

    def progress(self, now: Progress) -> None:
        """Print a line, at most once per period."""
        if self._is_due(now.step == now.total_steps):
            print(sentence(now), flush=True)

    def validated(self, step: int, metrics: Mapping[str, float]) -> None:
        """Print the metrics."""
        print(f'validation after step {step}: {figures(metrics)}', flush=True)

    def note(self, text: str) -> None:
        """Print it."""
        print(text, flush=True)


class BarWatch(Watch):
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
        text = (
            f'loss {now.losses[TOTAL]:.4g}  {now.samples_per_s:.1f} samples/s  '
            f'{duration(now.eta_s)} left'
        )
        self._bars.update(self._run, completed=now.step, total=now.total_steps, text=text)
        name = f'{now.stage}, epoch {now.epoch}/{now.epochs}'
        self._bars.update(
            self._epoch, description=name, completed=now.epoch_step, total=now.epoch_steps
        )

    def validated(self, step: int, metrics: Mapping[str, float]) -> None:
        """Print the metrics above the bars."""
        self.note(f'validation after step {step}: {figures(metrics)}')

    def note(self, text: str) -> None:
        """Print it above the bars."""
        self._bars.console.print(text, markup=False, highlight=False)

    def close(self) -> None:
        """Remove the bars."""
        self._bars.stop()


class JsonWatch(Watch):
    """Writes one JSON object per line for another program; requests a stop when it is gone."""

    def __init__(self, stream: TextIO, reader_gone: Callable[[], None]) -> None:
        self._stream, self._reader_gone = stream, reader_gone
        self._state, self._is_due = '', _Period(_JSON_PERIOD_S)

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
def watching(style: str, reader_gone: Callable[[], None]) -> Iterator[Watch]:
    """Yield progress callbacks that write to the standard output.

    Args:
        style: Progress display: none, auto (bars on a terminal, otherwise lines), lines or json.
        reader_gone: Called when the reader of the JSON is gone.
    """
    if style == 'none':
        yield Watch()
    elif style == 'json':
        yield JsonWatch(sys.stdout, reader_gone)
    elif style == 'lines' or not sys.stdout.isatty():
        yield LineWatch()
    else:
        bars = BarWatch()
        try:
            yield bars
        finally:
            bars.close()
