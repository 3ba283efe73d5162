# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Reserves a ROS domain that is unused on this machine."""

import contextlib
import fcntl
import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from thermal_depth_ros.base.errors import ThermalDepthError
from thermal_depth_ros.nodes.tools.observer import observer

# Domains up to 101 keep clear of the ports that Linux hands out to other programs.
DOMAINS = range(1, 101)
LOCKS = Path(tempfile.gettempdir()) / 'thermal_depth_ros_domains'
DISCOVERY_S = 0.7


class NoFreeDomainError(ThermalDepthError, RuntimeError):
    """All ROS domains of this machine are in use."""


@contextlib.contextmanager
def free_domain() -> Iterator[int]:
    """Reserve a domain without nodes, locked against other callers.

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
    """Lock a domain until `held` is closed; the system releases the lock if the process dies."""
    try:
        LOCKS.mkdir(exist_ok=True)
        file = (LOCKS / str(domain)).open('w', encoding='ascii')  # noqa: SIM115 - held
    except OSError:
        return True  # the folder belongs to another user; rely on discovery
    held.enter_context(file)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _inhabited(domain: int) -> bool:
    """Check for nodes in a domain for the time of discovery."""
    with observer('free_domain', domain) as (node, _):
        end = time.monotonic() + DISCOVERY_S
        while time.monotonic() < end:
            if any(other != node.get_name() for other in node.get_node_names()):
                return True
            time.sleep(0.05)
        return False
