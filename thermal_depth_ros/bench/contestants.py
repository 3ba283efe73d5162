# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Two ways to train, each in a process of its own, that take turns.

In one process they would share what the trainer sets for all of it, such as the arithmetic of
matrix products and how memory is kept.
"""

import contextlib
import dataclasses
import multiprocessing
import multiprocessing.connection
import time
from collections.abc import Iterator, Mapping
from typing import Any

from thermal_depth_ros.bench.processes import BenchError
from thermal_depth_ros.unexpected import named, report

PLAIN, OURS = 'plain', 'ours'
_PATIENCE_S = 1800.0  # of the slowest lap


@dataclasses.dataclass(frozen=True)
class Lap:
    """Some steps in a row."""

    steps: int
    seconds: float
    waited_s: float = 0.0  # for samples

    @property
    def steps_per_s(self) -> float:
        """Speed."""
        return self.steps / self.seconds


class Contestant:
    """A process that trains when it is told to.

    Args:
        way: PLAIN or OURS.
        stage: of the training.
        values: its settings.
    """

    def __init__(self, way: str, stage: str, values: Mapping[str, Any]) -> None:
        context = multiprocessing.get_context('spawn')
        self._ours, theirs = context.Pipe()
        self._name = f'{way} training, {stage}'
        self._process = context.Process(target=_train, args=(theirs, way, stage, dict(values)))
        self._process.start()
        theirs.close()

    def lap(self, steps: int) -> Lap:
        """Do steps.

        Raises:
            BenchError: it cannot.
        """
        with contextlib.suppress(OSError):  # it has ended; its last words can be read
            self._ours.send(steps)
        try:
            if not self._ours.poll(_PATIENCE_S):
                raise BenchError(f'{self._name}: {steps} steps took more than {_PATIENCE_S:.0f} s')
            found = self._ours.recv()
        except (EOFError, OSError) as error:
            raise BenchError(f'{self._name}: the process has ended') from error
        if isinstance(found, str):
            raise BenchError(f'{self._name}: {found}')
        assert isinstance(found, Lap)
        return found

    def close(self) -> None:
        """End the process."""
        with contextlib.suppress(OSError):
            self._ours.send(0)
        self._process.join(10.0)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()
        self._ours.close()


@contextlib.contextmanager
def contestants(stage: str, values: Mapping[str, Any]) -> Iterator[tuple[Contestant, Contestant]]:
    """Start the plain loop and the trainer on the same settings."""
    with contextlib.ExitStack() as stack:
        both = []
        for way in (PLAIN, OURS):
            both.append(Contestant(way, stage, values))
            stack.callback(both[-1].close)
        yield both[0], both[1]


def _train(
    pipe: multiprocessing.connection.Connection, way: str, stage: str, values: dict[str, Any]
) -> None:
    """Answer numbers of steps with laps until 0 comes or nobody is there any more."""
    from thermal_depth_ros.bench.training_steps import plain_steps, trainer_steps

    steps_of = plain_steps if way == PLAIN else trainer_steps
    try:
        with contextlib.suppress(EOFError, KeyboardInterrupt), steps_of(stage, values) as stepper:
            while wanted := pipe.recv():
                waited_s = 0.0
                start = time.perf_counter()
                for _ in range(wanted):
                    waited_s += stepper.step()
                stepper.finish()
                pipe.send(Lap(wanted, time.perf_counter() - start, waited_s))
    except Exception as error:  # whatever it is, the other side must know
        with contextlib.suppress(OSError):
            pipe.send(named(error))
        report(f'{way} training, {stage}', error)
