# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Which entries of a cache some process uses, so that no other removes them.

A process that uses an entry holds a shared lock on one byte of a file of the cache, whose place
follows from the name of the entry: many entries need one open file. Record locks belong to a
process, hence the uses of its own are counted. The system releases them when the process dies.
"""

import contextlib
import fcntl
import hashlib
import os
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

FILE = 'in_use.lock'


class _Uses:
    """Uses by this process; a forked one starts anew, as locks are not inherited."""

    def __init__(self) -> None:
        self.process = os.getpid()
        self.mutex = threading.RLock()  # re-entered where collecting garbage releases a use
        self._counts: dict[Path, Counter[str]] = {}  # by folder of a cache
        self._files: dict[Path, BinaryIO] = {}

    def take(self, root: Path, name: str, mode: int) -> bool:
        """Count a use, and lock the entry where it is the first; return whether it is locked."""
        counts = self._counts.setdefault(root, Counter())
        counts[name] += 1
        if counts[name] > 1:
            return not mode & fcntl.LOCK_EX
        try:
            if root not in self._files:
                self._files[root] = _opened(root / FILE)
            fcntl.lockf(self._files[root], mode, 1, _place(name))
        except OSError:  # in use elsewhere, a read-only disk, or one without locks
            return False
        return True

    def give_back(self, root: Path, name: str) -> None:
        """End a use."""
        counts = self._counts[root]
        counts[name] -= 1
        if counts[name]:
            return
        del counts[name]
        file = self._files.get(root)
        if file is not None:
            with contextlib.suppress(OSError):
                fcntl.lockf(file, fcntl.LOCK_UN, 1, _place(name))
        if not counts:  # not before: closing a file ends all locks of this process on it
            del self._counts[root]
            if file is not None:
                self._files.pop(root).close()


_uses = _Uses()


def hold(entry: Path) -> Callable[[], None]:
    """Use an entry until the returned function is called; waits while it is being removed."""
    uses, (root, name) = _of_this_process(), (entry.parent.resolve(), entry.name)
    with uses.mutex:
        uses.take(root, name, fcntl.LOCK_SH)

    def release() -> None:
        if uses.process == os.getpid():
            with uses.mutex:
                uses.give_back(root, name)

    return release


@contextlib.contextmanager
def held(entry: Path) -> Iterator[None]:
    """Use an entry within the context."""
    release = hold(entry)
    try:
        yield
    finally:
        release()


@contextlib.contextmanager
def claimed(entry: Path) -> Iterator[bool]:
    """Yield whether nobody uses an entry, and let nobody start to within the context."""
    uses, (root, name) = _of_this_process(), (entry.parent.resolve(), entry.name)
    with uses.mutex:
        free = uses.take(root, name, fcntl.LOCK_EX | fcntl.LOCK_NB)
        try:
            yield free
        finally:
            uses.give_back(root, name)


def _of_this_process() -> _Uses:
    global _uses
    if _uses.process != os.getpid():
        _uses = _Uses()
    return _uses


def _opened(path: Path) -> BinaryIO:
    try:
        return path.open('ab+')
    except OSError:  # of another user: enough to say that an entry is in use
        return path.open('rb')


def _place(name: str) -> int:
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:7], 'big')
