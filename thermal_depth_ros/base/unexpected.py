# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Reports unexpected errors: their stack is logged once for each kind.

Every boundary that catches `Exception` and continues reports here. A kind is the type of the error
and the line that raised it. The numbers of kinds, of stack lines and of messages per kind are
bounded.
"""

import sys
import threading
import traceback
from collections.abc import Callable

from thermal_depth_ros.base.errors import ThermalDepthError
from thermal_depth_ros.base.wire_text import printable, printable_lines

MOST_KINDS = 64  # whose stacks are logged; further ones are counted as one kind
_FRAMES = 16  # of one stack: the outermost and the innermost half
_STACK_CHARACTERS = 12_000
_Kind = tuple[str, str, int]
_OTHER: _Kind = ('other kinds', '', 0)


class RemoteError(Exception):
    """Stands as the cause for an error of another process; its text is the stack over there."""


class ErrorCounter:
    """Counts unexpected errors by kind; thread-safe."""

    def __init__(self, most_kinds: int = MOST_KINDS) -> None:
        self._most_kinds = most_kinds
        self._counts: dict[_Kind, int] = {}
        self._lock = threading.Lock()

    def count(self, error: BaseException) -> int:
        """Count an error; return the number of errors of its kind."""
        kind = _kind(error)
        with self._lock:
            if kind not in self._counts and len(self._counts) >= self._most_kinds:
                kind = _OTHER
            self._counts[kind] = self._counts.get(kind, 0) + 1
            return self._counts[kind]


COUNTER = ErrorCounter()  # of this process


def named(error: BaseException) -> str:
    """Return type and message of an error on one line."""
    name, text = type(error).__name__, str(error)
    return printable(f'{name}: {text}' if text else name)


def is_foreseen(error: BaseException) -> bool:
    """Whether the type of an error is sufficient: one of this package or of the system."""
    return isinstance(error, (ThermalDepthError, OSError, ImportError))


def needs_stack(error: BaseException) -> bool:
    """Whether an error needs its stack, here or in the process it came from."""
    return isinstance(error.__cause__, RemoteError) or not is_foreseen(error)


def stack_of(error: BaseException) -> str:
    """Return the stack of an error and of its causes, printable and of bounded length."""
    text = ''.join(_with_causes(error)).rstrip('\n')
    return printable_lines(text, _STACK_CHARACTERS)


def report(where: str, error: BaseException, log: Callable[[str], object] | None = None) -> None:
    """Log an unexpected error where it is caught.

    The first of a kind is logged with its stack, then the tenth, the hundredth and so on in a line.

    Args:
        where: Description of the place where it was caught.
        error: Caught exception.
        log: Called with the text; None writes to standard error.
    """
    count = COUNTER.count(error)
    if str(count).strip('0') != '1':
        return
    text = f'unexpected {named(error)} in {where}'
    text += f' ({count} times so far)' if count > 1 else f'\n{stack_of(error)}'
    (log or _to_stderr)(text)


def _to_stderr(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _kind(error: BaseException) -> _Kind:
    """Return type and place of an error; the innermost frame says where it was raised."""
    at = error.__traceback__
    while at is not None and at.tb_next is not None:
        at = at.tb_next
    file, line = (at.tb_frame.f_code.co_filename, at.tb_lineno) if at is not None else ('', 0)
    name = f'{type(error).__module__}.{type(error).__qualname__}'
    return name, file, line


def _with_causes(error: BaseException) -> list[str]:
    """Return the lines of the stacks of an error and its causes; long ones lack their middle."""
    formatted = traceback.TracebackException.from_exception(error, limit=None, capture_locals=False)
    at: traceback.TracebackException | None = formatted
    while at is not None:
        frames = at.stack
        if len(frames) > _FRAMES:
            half = _FRAMES // 2
            left_out = len(frames) - _FRAMES
            gap = traceback.FrameSummary('...', 0, f'{left_out} more', lookup_line=False, line='')
            at.stack = traceback.StackSummary.from_list([*frames[:half], gap, *frames[-half:]])
        at = at.__cause__ or at.__context__
    return list(formatted.format())
