# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Room in the sample cache: a bound on what it keeps, and a look at the disk before writing."""

import dataclasses
import fcntl
import os
import shutil
from collections.abc import Callable
from pathlib import Path

from thermal_depth_ros.samples.entry_use import claimed
from thermal_depth_ros.samples.errors import SamplesError

ENTRY = 'entry.json'  # of every complete entry; touched when it is used
PARTIAL = '.partial'
# What is made again from the recordings. Labels and translations took networks and hours, and were
# asked for by name.
DECODED = frozenset({'frames', 'depth', 'labels', 'odometry'})
_GB = 1e9


@dataclasses.dataclass(frozen=True)
class Stored:
    """One complete entry."""

    folder: Path
    kind: str
    size: int  # bytes on disk
    used_ns: int  # time of the last use


def stored(root: Path) -> list[Stored]:
    """Return the complete entries of a cache, those unused for longest first."""
    found = []
    for folder in root.glob('*-*'):
        try:
            used_ns = (folder / ENTRY).stat().st_mtime_ns
            size = bytes_on_disk(folder)
        except OSError:  # a lock, an incomplete entry, or removed meanwhile
            continue
        if PARTIAL not in folder.name:
            found.append(Stored(folder, folder.name.rpartition('-')[0], size, used_ns))
    return sorted(found, key=lambda one: (one.used_ns, one.folder.name))


def bytes_on_disk(folder: Path) -> int:
    """Return what the files of a folder take, which of sparse ones is less than their lengths.

    Raises:
        OSError: The folder is not there.
    """
    with os.scandir(folder) as files:
        return sum(512 * file.stat(follow_symlinks=False).st_blocks for file in files)


def require_free(root: Path, needed: int, what: str) -> None:
    """Check that a disk has room for some bytes.

    Args:
        root: Folder of the cache.
        needed: Bytes to be written.
        what: What they are, for the message.

    Raises:
        SamplesError: It has not.
    """
    free = shutil.disk_usage(root).free
    if needed > free:
        raise SamplesError(
            f'{root}: {what} take {needed / _GB:.3g} GB, but {free / _GB:.3g} GB are free on this '
            'disk; make room, or set cache_dir to a folder on another disk'
        )


class CacheSpace:
    """A cache and the bound on what it keeps of `DECODED`.

    Entries that a process uses stay, hence a cache grows beyond the bound where one training needs
    more than that.

    Attributes:
        root: Folder of the cache.
    """

    def __init__(self, root: Path, max_gb: float, note: Callable[[str], None]) -> None:
        """Bound a cache.

        Args:
            root: Folder of the cache.
            max_gb: The bound, GB; 0: nothing is removed.
            note: Called with a line when entries are removed, or the bound cannot be kept.
        """
        self.root = root
        self._max_gb, self._note = max_gb, note

    def reserve(self, needed: int, what: str) -> None:
        """Make room for a new entry, removing those unused for longest.

        Args:
            needed: Bytes of the entry.
            what: What they are, for the message.

        Raises:
            SamplesError: The disk has no room for it.
        """
        if self._max_gb:
            self._keep_bound(needed)
        require_free(self.root, needed, what)

    def _keep_bound(self, needed: int) -> None:
        remove_abandoned(self.root)
        entries = [one for one in stored(self.root) if one.kind in DECODED]
        before, bound = sum(one.size for one in entries), self._max_gb * _GB
        missing = needed - shutil.disk_usage(self.root).free
        if missing > before:
            return  # removing would not help
        over = max(before + needed - bound, missing)
        removed: list[Stored] = []
        for one in entries:
            if sum(other.size for other in removed) >= over:
                break
            if _remove(one):
                removed.append(one)
        freed = sum(one.size for one in removed)
        limit = f'(max_cache_gb: {self._max_gb:g})'
        if removed:
            entries_text = '1 entry' if len(removed) == 1 else f'{len(removed)} entries'
            self._note(
                f'removed {entries_text} of {freed / _GB:.3g} GB, unused for longest, from the '
                f'cache of decoded data {self.root} {limit}'
            )
        after = before - freed + needed
        if before <= bound < after:  # once, not for every recording
            self._note(
                f'the cache of decoded data {self.root} grows to {after / _GB:.3g} GB, all of it '
                f'in use {limit}'
            )


def remove_abandoned(root: Path) -> None:
    """Remove what killed processes have left half written."""
    for folder in root.glob(f'*{PARTIAL}*'):
        name = folder.name.partition(PARTIAL)[0]
        try:
            with (root / f'{name}.lock').open('w') as lock:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(folder, ignore_errors=True)
        except OSError:  # its maker is at work
            continue


def _remove(one: Stored) -> bool:
    """Remove an entry in one step; return False if it is in use, or was since it was listed."""
    gone = one.folder.with_name(f'{one.folder.name}{PARTIAL}.removed')
    with claimed(one.folder) as free:
        try:
            if not free or (one.folder / ENTRY).stat().st_mtime_ns != one.used_ns:
                return False
            one.folder.rename(gone)
        except OSError:
            return False
        shutil.rmtree(gone, ignore_errors=True)
    return True
