# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Room in the sample cache: a bound on what it keeps, and a look at the disk before writing."""

import dataclasses
import fcntl
import os
import shutil
import time
from collections.abc import Callable, Collection, Iterable
from pathlib import Path

from thermal_depth_ros.samples.entry_use import claimed
from thermal_depth_ros.samples.errors import SamplesError

ENTRY = 'entry.json'  # of every complete entry; touched when it is used
PARTIAL = '.partial'
# What is made again from the recordings. Labels and translations took networks and hours, and were
# asked for by name.
DECODED = frozenset({'frames', 'depth', 'labels', 'odometry'})
_GB = 1e9
# Thousands of entries take half a second to look at, which hundreds of recordings shall not repeat:
# what was found is true for a while, and what is removed makes room for the next ones too.
_TRUE_FOR_S = 60.0
_FILLED = 0.9  # of the bound, after something was removed


@dataclasses.dataclass(frozen=True)
class Stored:
    """One complete entry."""

    folder: Path
    kind: str
    size: int  # bytes on disk
    used_ns: int  # time of the last use


@dataclasses.dataclass
class _Found:
    """What a look at a cache found, and what this process has added since."""

    size: int  # bytes of `DECODED`
    removable: bool  # whether something can be removed
    time_s: float = dataclasses.field(default_factory=time.monotonic)

    def answers(self, needed: int, bound: float) -> bool:
        """Whether it says, without another look, that nothing has to be or can be removed."""
        recent = time.monotonic() - self.time_s < _TRUE_FOR_S
        return recent and (self.size + needed <= bound or not self.removable)


_found: dict[Path, _Found] = {}


def stored(root: Path, kinds: Collection[str] = ()) -> list[Stored]:
    """Return the complete entries of a cache, those unused for longest first.

    Args:
        root: Folder of the cache.
        kinds: Kinds to return; empty returns all.
    """
    found = []
    for folder in root.glob('*-*'):
        kind = folder.name.rpartition('-')[0]
        if folder.suffix or (kinds and kind not in kinds):  # a lock, or incomplete
            continue
        try:
            used_ns = (folder / ENTRY).stat().st_mtime_ns
            size = bytes_on_disk(folder)
        except OSError:  # removed meanwhile
            continue
        found.append(Stored(folder, kind, size, used_ns))
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
        bound, free = self._max_gb * _GB, shutil.disk_usage(self.root).free
        found = _found.get(self.root)
        if found and needed <= free and found.answers(needed, bound):
            found.size += needed
            return
        remove_abandoned(self.root)
        entries = stored(self.root, DECODED)
        before, missing = sum(one.size for one in entries), needed - free
        if missing > before:
            return  # removing would not help
        freed = 0
        if before + needed > bound or missing > 0:
            freed = self._remove(entries, max(before + needed - _FILLED * bound, missing))
        after = before - freed + needed
        _found[self.root] = _Found(int(after), removable=after <= bound)
        if before <= bound < after:  # once, not for every recording
            self._note(
                f'the cache of decoded data {self.root} grows to {after / _GB:.3g} GB, all of it '
                f'in use {self._limit}'
            )

    def _remove(self, entries: Iterable[Stored], over: float) -> int:
        """Remove the first entries that are not in use; return the bytes that became free."""
        freed = count = 0
        for one in entries:
            if freed >= over:
                break
            if _remove(one):
                freed, count = freed + one.size, count + 1
        if count:
            self._note(
                f'removed {count} {"entry" if count == 1 else "entries"} of {freed / _GB:.3g} GB, '
                f'unused for longest, from the cache of decoded data {self.root} {self._limit}'
            )
        return freed

    @property
    def _limit(self) -> str:
        return f'(max_cache_gb: {self._max_gb:g})'


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
