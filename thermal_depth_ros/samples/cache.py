# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Cache folders of derived data, built once and atomically by the first process."""

import contextlib
import errno
import fcntl
import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from thermal_depth_ros.base.listing import list_files
from thermal_depth_ros.samples.cache_space import ENTRY, PARTIAL
from thermal_depth_ros.samples.entry_use import held
from thermal_depth_ros.samples.errors import SamplesError

FORMAT = 2  # version of the cached data; a change rebuilds everything
_FULL = (errno.ENOSPC, errno.EDQUOT)


@contextlib.contextmanager
def cached(
    root: Path,
    kind: str,
    source: Mapping[str, Any],
    build: Callable[[Path], None],
    waiting: Callable[[], None] = lambda: None,
) -> Iterator[Path]:
    """Yield the folder of an entry, building it if necessary; nobody removes it meanwhile.

    Args:
        root: Folder of the cache.
        kind: Kind of cached data, such as 'frames'.
        source: Plain values that determine the content and identify the entry.
        build: Writes the files of the entry into an empty folder.
        waiting: Called when another process is making this entry.

    Raises:
        SamplesError: The disk is full, or the cache cannot be written; no partial entry remains.
    """
    text = json.dumps({'format': FORMAT, 'kind': kind, **source}, sort_keys=True)
    folder = root / f'{kind}-{hashlib.sha256(text.encode()).hexdigest()[:32]}'
    with contextlib.ExitStack() as use:
        try:
            root.mkdir(parents=True, exist_ok=True)
            use.enter_context(held(folder))
            if not _valid(folder, text):
                with _lock(root / f'{folder.name}.lock', waiting):
                    if not _valid(folder, text):
                        _make(folder, text, build)
        except OSError as error:
            raise _explained(root, kind, error) from error
        with contextlib.suppress(OSError):  # a cache that others filled may be read-only
            os.utime(folder / ENTRY)
        yield folder


def _explained(root: Path, kind: str, error: OSError) -> SamplesError:
    if error.errno in _FULL:
        return SamplesError(
            f'{root}: the disk is full, so that the {kind} cannot be cached there; make room, '
            'or set cache_dir to a folder on another disk'
        )
    return SamplesError(f'{root}: the {kind} cannot be cached there: {error}')


def _make(folder: Path, text: str, build: Callable[[Path], None]) -> None:
    """Build in a temporary folder and move it to its place in one step."""
    # Nothing else builds under this lock; an existing folder was left by a killed process.
    for stale in folder.parent.glob(f'{folder.name}{PARTIAL}*'):
        shutil.rmtree(stale, ignore_errors=True)
    if folder.exists():
        shutil.rmtree(folder)
    partial = folder.with_name(f'{folder.name}{PARTIAL}')
    partial.mkdir()
    try:
        build(partial)
        _seal(partial, text)
        partial.rename(folder)
        _sync(folder.parent)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise


def _seal(folder: Path, text: str) -> None:
    """Record the source of the entry and the lengths of its files."""
    sizes = {file.name: file.stat().st_size for file in list_files(folder)}
    for name in sizes:
        _sync(folder / name)
    entry = folder / ENTRY
    with entry.open('w') as stream:
        json.dump({'source': text, 'files': sizes}, stream)
    _sync(entry)
    _sync(folder)


def _valid(folder: Path, text: str) -> bool:
    try:
        entry = json.loads((folder / ENTRY).read_text())
        return entry['source'] == text and all(
            (folder / name).stat().st_size == size for name, size in entry['files'].items()
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return False


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def _lock(path: Path, waiting: Callable[[], None]) -> Iterator[None]:
    """Hold a lock between processes; the system releases it when its holder dies."""
    with path.open('w') as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            waiting()
            fcntl.flock(stream, fcntl.LOCK_EX)
        yield
