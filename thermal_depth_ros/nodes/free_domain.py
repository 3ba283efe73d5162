# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""A ROS domain for oneself: nobody else on this machine is in it, and nobody of us comes in."""

import contextlib
import fcntl
import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from thermal_depth_ros.nodes.observer import observer

# Domains up to 101 keep clear of the ports that Linux hands out to other programs.
DOMAINS = range(1, 101)
LOCKS = Path(tempfile.gettempdir()) / 'thermal_depth_ros_domains'
DISCOVERY_S = 0.7


class NoFreeDomainError(RuntimeError):
    """All ROS domains of this machine are in use."""


@contextlib.contextmanager
def free_domain() -> Iterator[int]:
    """Hold a domain in which no node is seen, locked against others that ask here.

    Raises:
        NoFreeDomainError: There is none.
    """
    start = os.getpid() * 7
    for offset in DOMAINS:
        domain = DOMAINS[(start + offset) % len(DOMAINS)]
        with contextlib.ExitStack() as held:
            if _lock(domain, held) and not _inhabited(domain):
                yield domain
                return
    raise NoFreeDomainError(f'all ROS domains from {DOMAINS[0]} to {DOMAINS[-1]} are in use')


def _lock(domain: int, held: contextlib.ExitStack) -> bool:
    """Take the lock of a domain until `held` is closed; the system frees it if we die."""
    try:
        LOCKS.mkdir(exist_ok=True)
        file = (LOCKS / str(domain)).open('w', encoding='ascii')  # noqa: SIM115 - held
    except OSError:
        return True  # the folder is another user's; looking for nodes has to do
    held.enter_context(file)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _inhabited(domain: int) -> bool:
    """Look for nodes in a domain for as long as discovery takes."""
    with observer('free_domain', domain) as (node, _):
        end = time.monotonic() + DISCOVERY_S
        while time.monotonic() < end:
            if any(other != node.get_name() for other in node.get_node_names()):
                return True
            time.sleep(0.05)
        return False
