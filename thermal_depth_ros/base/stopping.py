# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Handling of SIGINT and SIGTERM over the whole life of a process. Imports no ROS.

1. `begin_process`: exit at once while modules are imported.
2. `StopRequest` for commands that end in order, otherwise `interrupt_on_signals`.
3. `end_process`: the work is done and its exit code is fixed.
All of them exit without a traceback and remove the shared memory files of the middleware.
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

from thermal_depth_ros.base import shared_memory

GRACE_S = 1.0  # for an orderly exit: a model load or an inference cannot be interrupted
INTERRUPTED = 130  # exit code of a command interrupted by a signal
LEAVE_AFTER_S = GRACE_S + 0.3  # for a process that runs nodes
REPEAT_S = 1.0  # one Ctrl-C arrives twice if a launch forwards the signal of the terminal
_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_exit_codes: list[int] = []  # of this process, once `end_process` was called


class StopRequest:
    """Waits for a signal. Install it before slow imports, so that they are interrupted quietly.

    A handler runs between any two steps of the main thread, in the middle of taking a lock too:
    SimpleQueue is what Python offers for that, other locks would never be released.
    """

    def __init__(self, message: str = 'interrupted') -> None:
        """Wait for nothing yet.

        Args:
            message: Text of the KeyboardInterrupt that `interrupting` raises.
        """
        self._message = message
        self._asked = False
        self._interrupting = False
        self._woken: SimpleQueue[None] = SimpleQueue()
        self._leaving: SimpleQueue[None] = SimpleQueue()

    def install(self, leave_after_s: float | None = None) -> None:
        """Handle both signals; main thread only.

        Args:
            leave_after_s: Time after a signal at which the process is ended in any case.
        """
        if leave_after_s is not None:
            threading.Thread(target=self._leave_late, args=[leave_after_s], daemon=True).start()
        _take_signals(self._handle)

    @property
    def asked(self) -> bool:
        """Whether a stop was requested."""
        return self._asked

    def ask(self) -> None:
        """Request a stop, as a signal does; idempotent."""
        self._asked = True
        self._woken.put(None)

    def wait(self) -> None:
        """Block until a stop is requested."""
        self._woken.get()
        self._woken.put(None)  # for other waiters

    @contextlib.contextmanager
    def interrupting(self) -> Iterator[None]:
        """Make signals raise KeyboardInterrupt in the context, for work that may be discarded."""
        self._interrupting = True
        try:
            if self.asked:
                raise KeyboardInterrupt(self._message)
            yield
        finally:
            self._interrupting = False

    def _handle(self, number: int, frame: FrameType | None) -> None:
        self.ask()
        self._leaving.put(None)
        if self._interrupting:
            raise KeyboardInterrupt(self._message)

    def _leave_late(self, seconds: float) -> None:
        self._leaving.get()
        time.sleep(seconds)
        leave_now()


def begin_process(code: int) -> None:
    """Handle signals during imports and the shutdown of Python.

    Python restores the default reaction to signals while it shuts down, unless they are ignored.

    Args:
        code: Exit code if a signal ends the process meanwhile.
    """
    leave_on_signals(code)
    atexit.register(_shut_down)


def end_process(code: int) -> None:
    """Fix the exit code of the process: its work is done, and Python is about to shut down."""
    leave_on_signals(code)
    _exit_codes.append(code)


def leave_on_signals(code: int) -> None:
    """Make either signal end the process at once with this exit code."""
    _take_signals(lambda number, frame: leave_now(code))


def interrupt_on_signals(code: int = INTERRUPTED) -> None:
    """Make either signal raise KeyboardInterrupt, so that child processes are stopped.

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


def _shut_down() -> None:
    for number in _SIGNALS:
        signal.signal(number, signal.SIG_IGN)
    shared_memory.remove_own()
    if 'RANK' in os.environ and _exit_codes:
        # One of several processes that torchrun started. A thread of gloo (pt_gloo_runloop) still
        # holds the tensor of the last collective for a moment after the main thread was told that
        # it is done, also beyond destroy_process_group where a DistributedDataParallel lives. To
        # free the tensor it needs the GIL; a Python that shuts down ends the thread in there, by
        # an unwinding that the destructor forbids: 'terminate called without an active
        # exception', once in thirty exits beside other work. Exit hooks come before that.
        leave_now(_exit_codes[-1])
