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

DOMAINS = range(161, 221)  # apart from what people use; 221 * 250 + 7400 is still a port
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
        with contextlib.ExitStack() as lock:
            file = lock.enter_context(open(folder / str(domain), 'w'))
            with contextlib.suppress(BlockingIOError):
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                held.enter_context(lock.pop_all())
                return domain
    return None
