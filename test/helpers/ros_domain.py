# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""A ROS domain for a test, apart from those of all other test processes on this machine."""

import contextlib
import fcntl
import itertools
import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

DOMAINS = range(101, 221)  # apart from what people use; 221 * 250 + 7400 is still a port
REST_S = 30.0  # nodes that were killed in a domain are seen there for up to 20 s
PATIENCE_S = 120.0
_turn = itertools.count()


@pytest.fixture
def domain_id() -> Iterator[int]:
    """Yield a ROS_DOMAIN_ID that no other test process on this machine uses meanwhile."""
    with contextlib.ExitStack() as held:
        end = time.monotonic() + PATIENCE_S
        while (domain := _lock_one(held)) is None:
            assert time.monotonic() < end, 'all ROS domains of the tests are in use'
            time.sleep(0.5)
        yield domain


def _lock_one(held: contextlib.ExitStack) -> int | None:
    """Take the lock of a free domain until `held` is closed; None where there is none."""
    folder = Path(tempfile.gettempdir()) / 'thermal_depth_ros_domains'
    folder.mkdir(exist_ok=True)
    start = os.getpid() + next(_turn) * 7
    for offset in range(len(DOMAINS)):
        domain = DOMAINS[(start + offset) % len(DOMAINS)]
        path = folder / str(domain)
        with contextlib.ExitStack() as lock:
            file = lock.enter_context(open(path, 'a'))
            if time.time() - os.fstat(file.fileno()).st_mtime < REST_S and file.tell():
                continue
            with contextlib.suppress(BlockingIOError):
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                lock.callback(_leave, path)
                held.enter_context(lock.pop_all())
                return domain
    return None


def _leave(path: Path) -> None:
    """Note when a domain was last used: the file is not empty then, and has that time."""
    path.write_text('used\n')
