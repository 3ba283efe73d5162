# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""What a person sees of the set-up: steps, how long they took, and one line when one fails."""

import re
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

# Downloads worth a line of their own while a person waits.
_LARGE_DOWNLOAD = re.compile(r'Downloading (\S+?)(?:\.metadata)? \(([\d.]+) (MB|GB)\)')
_LARGE_MB = 100.0
_PACKAGE = re.compile(r'^(Starting|Finished|Failed) +(>>>|<<<) +(.*)')


class SetupError(Exception):
    """The set-up cannot continue; the message says in one line what to do."""


def say(text: str) -> None:
    """Print one line at once, also through a pipe."""
    print(f'setup: {text}', flush=True)


class Steps:
    """Number the steps of a set-up and report how long each took."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._done = 0
        self._started = time.monotonic()

    def begin(self, title: str) -> None:
        """Announce the next step."""
        self._done += 1
        elapsed = time.monotonic() - self._started
        say(f'[{self._done}/{self._count}] {title} ({elapsed:.0f} s so far)')


def noteworthy(line: str) -> str | None:
    """Return what of a tool's output line is worth showing, or None."""
    if found := _LARGE_DOWNLOAD.search(line):
        size = float(found[2]) * (1000.0 if found[3] == 'GB' else 1.0)
        return f'downloading {found[1]} ({found[2]} {found[3]})' if size >= _LARGE_MB else None
    if line.startswith('Installing collected packages'):
        return 'unpacking the packages'
    if found := _PACKAGE.match(line):
        return f'{found[1].lower()} {found[3].strip()}'
    return None


def run(
    command: Sequence[str | Path],
    log: Path,
    environment: Mapping[str, str],
    folder: Path,
    keep_open: Sequence[int] = (),
) -> int:
    """Run a command with its output in a log file and return its exit status.

    `keep_open` are file descriptors the child inherits: a child that outlives a killed set-up goes
    on holding the lock, so that no other set-up writes into the same folder.
    """
    with log.open('a', encoding='utf-8') as record:
        record.write(f'\n$ {" ".join(map(str, command))}\n')
        record.flush()
        child = subprocess.Popen(
            [str(word) for word in command],
            cwd=folder,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            pass_fds=tuple(keep_open),
            text=True,
            errors='replace',
        )
        assert child.stdout is not None
        try:
            for line in child.stdout:
                record.write(line)
                record.flush()
                if shown := noteworthy(line):
                    say(f'    {shown}')
            return child.wait()
        finally:
            if child.poll() is None:
                child.terminate()
                child.wait()
