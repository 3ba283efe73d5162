# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Runs `thermal-depth train` in a separate process and reads its events.

The process shares neither interpreter nor memory with the caller, which can therefore report any
failure.
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

from thermal_depth_ros.base.stopping import INTERRUPTED
from thermal_depth_ros.base.yaml_text import dump_yaml

COMMAND = (sys.executable, '-m', 'thermal_depth_ros.cli.main', 'train')
_MAX_ERROR_LINES = 60  # number of error lines kept
_READ_S = 2.0  # longest wait for the rest of its output after its end


class TrainingProcess:
    """Runs `thermal-depth train` and forwards its events, from its own threads."""

    def __init__(
        self,
        settings: Mapping[str, Any],
        on_event: Callable[[str, Any], None],
        on_end: Callable[['TrainingEnd'], None],
        command: Sequence[str] = COMMAND,
    ) -> None:
        """Start the process.

        Args:
            settings: Settings of the run, by name.
            on_event: Called with name and content of each event, as written by `--progress json`.
            on_end: Called once when it has ended, for any reason.
            command: Command to run, without its options.

        Raises:
            OSError: It cannot be started.
        """
        self._on_event, self._on_end = on_event, on_end
        self._errors: deque[str] = deque(maxlen=_MAX_ERROR_LINES)
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
        """Request a checkpoint and exit; kill the process after a timeout.

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
    """End of a training process: exit code and the last lines of its errors."""

    code: int
    error_lines: tuple[str, ...]

    @property
    def finished(self) -> bool:
        """Whether the training is complete."""
        return self.code == 0

    @property
    def interrupted(self) -> bool:
        """Whether it was stopped."""
        return self.code == INTERRUPTED

    @property
    def details(self) -> tuple[str, ...]:
        """Last lines of its errors, if it did not report the reason itself."""
        foreseen = self._messages and 'unexpected ' not in self._messages[-1]
        return () if foreseen else self.error_lines

    @property
    def _messages(self) -> list[str]:
        return [line for line in self.error_lines if line.startswith('error: ')]

    @property
    def reason(self) -> str:
        """Why it failed, in a sentence."""
        if self.code < 0:
            name = signal.Signals(-self.code).name
            hint = ' (out of memory?)' if name == 'SIGKILL' else ''
            return f'the training process was killed by {name}{hint}'
        if messages := self._messages:
            return messages[-1].removeprefix('error: ')
        last = next(
            (line for line in reversed(self.error_lines) if line.strip()), 'no error output'
        )
        return f'the training process ended with code {self.code}: {last}'
