# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""SIGINT and SIGTERM ask the process to stop; both end in exit code 0. Imports no ROS."""

import contextlib
import os
import signal
import sys
import threading
from collections.abc import Iterator
from types import FrameType

GRACE_S = 1.0  # for an orderly end: a model load or an inference cannot be interrupted
INTERRUPTED = 130  # exit code of a command that a signal ends before its work is done
LEAVE_AFTER_S = GRACE_S + 0.3  # of a process that runs nodes


class StopRequest:
    """Waits for a signal. Install it before slow imports, so that they end quietly as well."""

    def __init__(self) -> None:
        self._asked = threading.Event()
        self._leave_after_s: float | None = None
        self._interrupting = False

    def install(self, leave_after_s: float | None = None) -> None:
        """Take over both signals; only the main thread may.

        Args:
            leave_after_s: end the process so long after a signal, whatever it is doing then.
        """
        self._leave_after_s = leave_after_s
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._handle)

    @property
    def asked(self) -> bool:
        """Whether somebody asked to stop."""
        return self._asked.is_set()

    def ask(self) -> None:
        """Ask to stop, as a signal does."""
        self._asked.set()

    def wait(self) -> None:
        """Block until somebody asks to stop."""
        self._asked.wait()

    @contextlib.contextmanager
    def interrupting(self) -> Iterator[None]:
        """Let a signal raise KeyboardInterrupt meanwhile, for long work that may be thrown away."""
        self._interrupting = True
        try:
            if self.asked:
                raise KeyboardInterrupt
            yield
        finally:
            self._interrupting = False

    def _handle(self, number: int, frame: FrameType | None) -> None:
        if self._leave_after_s is not None and not self.asked:
            leave_within(self._leave_after_s)
        self._asked.set()
        if self._interrupting:
            raise KeyboardInterrupt


def interrupt_on_sigterm() -> None:
    """Let SIGTERM raise KeyboardInterrupt as SIGINT does, so that child processes are stopped."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)


def leave_within(seconds: float) -> None:
    """End the process with code 0 after a while, whatever native code is still at work then."""
    timer = threading.Timer(seconds, leave_now)
    timer.daemon = True
    timer.start()


def leave_now() -> None:
    """End the process with code 0 at once."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)
