# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Shared memory files of Fast DDS: made private, and removed after the process.

A participant holds segments and ports, and a lock (flock) on the `_el` file of each of them for as
long as its process lives. A process that is killed, or that has to leave while a model loads,
leaves all of them behind, and Fast DDS reclaims only ports whose number is used again. Other
middleware has no such files, and everything here does nothing. Imports no ROS.
"""

import contextlib
import fcntl
import os
import re
from collections.abc import Iterator
from pathlib import Path

FOLDER = Path('/dev/shm')
_LOCK = re.compile(r'fastrtps_(port\d+|[0-9a-f]{16})_el')
_OWNER_ONLY = 0o600
_PROCESSES = Path('/proc')

# Set by the process that made a participant: its forked children inherit the locks.
_owner_pid: int | None = None


def make_private() -> None:
    """Restrict the files of this process to its user; call it once a participant exists.

    Fast DDS makes segments that every user of the machine can read. Other users could never talk
    to it through them, because that needs the right to write, so this takes nothing away.
    """
    global _owner_pid
    _owner_pid = os.getpid()
    for lock in _held_locks():
        for path in _files_of(lock):
            with contextlib.suppress(OSError):
                os.chmod(path, _OWNER_ONLY)


def remove_own() -> None:
    """Remove the files of this process, for exits without destroying participants."""
    if _owner_pid == os.getpid():
        for lock in _held_locks():
            _remove(lock)


def reclaim(folder: Path = FOLDER) -> int:
    """Remove the files of dead processes of this user.

    A lock that no process holds or has open says so. Data sharing segments (`fast_datasharing_*`)
    have no lock and are left alone; nodes of this package make none.

    Returns:
        Number of removed segments and ports.
    """
    locks = [path for path in _locks_in(folder) if _is_own(path)]
    opened = _opened_files() if locks else set()
    return sum(_reclaim(path, opened) for path in locks)


def _reclaim(lock: Path, opened: set[tuple[int, int]]) -> bool:
    """Remove the files of a lock unless some process holds it, in another container perhaps."""
    guards = [path for path in (lock, _shared_lock(lock)) if path.exists()]
    if any(_identity(path) in opened for path in guards):
        return False
    try:
        with contextlib.ExitStack() as held:
            for path in guards:
                file = held.enter_context(open(path, 'rb'))
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            _remove(lock)
    except OSError:
        return False
    return True


def _remove(lock: Path) -> None:
    for path in _files_of(lock):
        with contextlib.suppress(OSError):
            path.unlink()


def _files_of(lock: Path) -> tuple[Path, ...]:
    """Return what a lock stands for, and the lock itself as the last."""
    name = lock.name.removesuffix('_el')
    return (lock.with_name(name), lock.with_name(f'sem.{name}_mutex'), _shared_lock(lock), lock)


def _shared_lock(lock: Path) -> Path:
    """Return the lock that several listeners of one port share."""
    return lock.with_name(lock.name.removesuffix('_el') + '_sl')


def _locks_in(folder: Path) -> list[Path]:
    try:
        return [path for path in folder.iterdir() if _LOCK.fullmatch(path.name)]
    except OSError:
        return []


def _is_own(path: Path) -> bool:
    try:
        return path.lstat().st_uid == os.getuid() and not path.is_symlink()
    except OSError:
        return False


def _held_locks() -> list[Path]:
    """Return the locks that this process has open."""
    names = []
    for target in _targets(_PROCESSES / 'self' / 'fd'):
        path = Path(target)
        if path.parent == FOLDER and _LOCK.fullmatch(path.name):
            names.append(path)
    return names


def _targets(descriptors: Path) -> Iterator[str]:
    with contextlib.suppress(OSError):
        for entry in os.listdir(descriptors):
            with contextlib.suppress(OSError):
                yield os.readlink(descriptors / entry)


def _opened_files() -> set[tuple[int, int]]:
    """Return device and inode of every lock that a visible process of this user has open."""
    files = set()
    with contextlib.suppress(OSError):
        for process in _PROCESSES.iterdir():
            for target in _targets(process / 'fd') if process.name.isdigit() else ():
                if target.endswith(('_el', '_sl')) and (identity := _identity(Path(target))):
                    files.add(identity)
    return files


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino
