# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""A training in a process of its own, and what it says. Imports no ROS.

In its own process it shares neither the interpreter nor the memory with the node: whatever becomes
of it, the node is there to say so.
"""

import dataclasses
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import IO, Any

from thermal_depth_ros.nodes.stopping import INTERRUPTED
from thermal_depth_ros.yaml_text import dump_yaml

COMMAND = (sys.executable, '-m', 'thermal_depth_ros.cli.main', 'train')
_LAST_WORDS = 60  # lines of its errors that are kept
_READ_S = 2.0  # longest wait for the rest of its output after its end


class TrainingProcess:
    """Runs `thermal-depth train` and hands on its events, from threads of its own."""

    def __init__(
        self,
        settings: Mapping[str, Any],
        on_event: Callable[[str, Any], None],
        on_end: Callable[['TrainingEnd'], None],
        command: Sequence[str] = COMMAND,
    ) -> None:
        """Start it.

        Args:
            settings: Settings of the run, by name.
            on_event: Takes name and content of an event, as `--progress json` writes them.
            on_end: Is called once when it has ended, whyever.
            command: Command to run, without its options.

        Raises:
            OSError: It cannot be started.
        """
        self._on_event, self._on_end = on_event, on_end
        self._errors: deque[str] = deque(maxlen=_LAST_WORDS)
        with tempfile.NamedTemporaryFile('w', suffix='.yaml', delete=False) as file:
            file.write(dump_yaml(dict(settings)))
        self._config = file.name
        try:
            self._process = subprocess.Popen(
                [*command, '--config', self._config, '--progress', 'json'],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                encoding='utf-8',
                errors='replace',
            )
        except OSError:
            os.unlink(self._config)
            raise
        assert self._process.stdout is not None and self._process.stderr is not None, 'pipes'
        self._readers = [
            threading.Thread(target=self._read_events, args=(self._process.stdout,), daemon=True),
            threading.Thread(target=self._errors.extend, args=(self._process.stderr,), daemon=True),
        ]
        self._waiter = threading.Thread(target=self._wait, name='training', daemon=True)
        for thread in (*self._readers, self._waiter):
            thread.start()

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    def stop(self, timeout_s: float) -> bool:
        """Ask it to write a checkpoint and end; kill it when it takes longer.

        Returns:
            Whether it ended by itself.
        """
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
        self._waiter.join(timeout_s)
        if not self._waiter.is_alive():
            return True
        self._process.kill()
        self._waiter.join()
        return False

    def _read_events(self, stream: IO[str]) -> None:
        for line in stream:
            try:
                event = json.loads(line)
            except ValueError:
                event = {'note': line.rstrip()}
            for name, content in event.items() if isinstance(event, dict) else ():
                self._on_event(name, content)

    def _wait(self) -> None:
        code = self._process.wait()
        for reader in self._readers:
            reader.join(_READ_S)
        os.unlink(self._config)
        self._on_end(TrainingEnd(code, tuple(line.rstrip() for line in self._errors)))


@dataclasses.dataclass(frozen=True)
class TrainingEnd:
    """How a training process ended: exit code, and the last lines of its errors."""

    code: int
    last_words: tuple[str, ...]

    @property
    def finished(self) -> bool:
        """Whether the training is complete."""
        return self.code == 0

    @property
    def interrupted(self) -> bool:
        """Whether somebody stopped it."""
        return self.code == INTERRUPTED

    @property
    def details(self) -> tuple[str, ...]:
        """Its last words, where it did not say itself in a sentence what is wrong."""
        foreseen = self._said and 'unexpected ' not in self._said[-1]
        return () if foreseen else self.last_words

    @property
    def _said(self) -> list[str]:
        return [line for line in self.last_words if line.startswith('error: ')]

    @property
    def reason(self) -> str:
        """Why it failed, in a sentence."""
        if self.code < 0:
            name = signal.Signals(-self.code).name
            hint = ' (out of memory?)' if name == 'SIGKILL' else ''
            return f'the training process was killed by {name}{hint}'
        if said := self._said:
            return said[-1].removeprefix('error: ')
        last = next((line for line in reversed(self.last_words) if line.strip()), 'it said nothing')
        return f'the training process ended with code {self.code}: {last}'
