# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""What SIGINT and SIGTERM do to a process, from its first line to its last. Imports no ROS.

1. `begin_process`: while modules are imported there is nothing to lose.
2. `StopRequest` where a command ends in order, else `interrupt_on_signals`.
3. `leave_on_signals`: the work is done and its exit code stands, whatever comes meanwhile.

All are ways out without a traceback, and remove what the middleware holds in shared memory.
"""

import atexit
import contextlib
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from queue import SimpleQueue
from types import FrameType

from thermal_depth_ros.nodes import shared_memory

GRACE_S = 1.0  # for an orderly end: a model load or an inference cannot be interrupted
INTERRUPTED = 130  # exit code of a command that a signal ends before its work is done
LEAVE_AFTER_S = GRACE_S + 0.3  # of a process that runs nodes
REPEAT_S = 1.0  # one Ctrl-C comes twice where a launch passes on what the terminal sends to all
_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class StopRequest:
    """Waits for a signal. Install it before slow imports, so that they end quietly as well.

    A handler runs between any two steps of the main thread, in the middle of taking a lock too:
    SimpleQueue is what Python offers for that, other locks would never be released.
    """

    def __init__(self) -> None:
        self._asked = False
        self._interrupting = False
        self._woken: SimpleQueue[None] = SimpleQueue()
        self._leaving: SimpleQueue[None] = SimpleQueue()

    def install(self, leave_after_s: float | None = None) -> None:
        """Take over both signals; only the main thread may.

        Args:
            leave_after_s: End the process so long after a signal, whatever it is doing then.
        """
        if leave_after_s is not None:
            threading.Thread(target=self._leave_late, args=[leave_after_s], daemon=True).start()
        _take_signals(self._handle)

    @property
    def asked(self) -> bool:
        """Whether somebody asked to stop."""
        return self._asked

    def ask(self) -> None:
        """Ask to stop, as a signal does; more than once is the same."""
        self._asked = True
        self._woken.put(None)

    def wait(self) -> None:
        """Block until somebody asks to stop."""
        self._woken.get()
        self._woken.put(None)  # for whoever waits next

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
        self.ask()
        self._leaving.put(None)
        if self._interrupting:
            raise KeyboardInterrupt

    def _leave_late(self, seconds: float) -> None:
        self._leaving.get()
        time.sleep(seconds)
        leave_now()


def begin_process(code: int) -> None:
    """Take over signals for the time of the imports, and for the end of Python.

    Python restores the default reaction to signals while it shuts down, unless they are ignored.

    Args:
        code: Exit code if a signal ends the process meanwhile.
    """
    leave_on_signals(code)
    atexit.register(_ignore_signals)


def leave_on_signals(code: int) -> None:
    """Let either signal end the process at once, with this exit code."""
    _take_signals(lambda number, frame: leave_now(code))


def interrupt_on_signals(code: int = INTERRUPTED) -> None:
    """Let either signal raise KeyboardInterrupt, so that child processes are stopped.

    Another signal some time later does not wait for the end of that and leaves with `code`.
    """
    asked_at: list[float] = []

    def handle(number: int, frame: FrameType | None) -> None:
        if not asked_at:
            asked_at.append(time.monotonic())
            raise KeyboardInterrupt
        if time.monotonic() - asked_at[0] > REPEAT_S:
            leave_now(code)

    _take_signals(handle)


def leave_now(code: int = 0) -> None:
    """End the process at once, without the destructors that would tidy up shared memory."""
    shared_memory.remove_own()
    for stream in (sys.stdout, sys.stderr):
        # The signal may have come in the middle of a write to it, or its reader is gone.
        with contextlib.suppress(OSError, ValueError, RuntimeError):
            stream.flush()
    os._exit(code)


def _take_signals(handle: Callable[[int, FrameType | None], None]) -> None:
    for number in _SIGNALS:
        signal.signal(number, handle)
    # The installed executables hold signals back until there are handlers.
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)


def _ignore_signals() -> None:
    for number in _SIGNALS:
        signal.signal(number, signal.SIG_IGN)
    shared_memory.remove_own()
