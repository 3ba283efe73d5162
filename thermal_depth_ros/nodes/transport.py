# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Configures shared memory large enough for images and clouds, and cleans up stale files.

Fast DDS passes messages between processes through a shared memory segment of the sender, 512 KiB
by default. A 640x512 image of 16 bit does not fit into it at once: with a best-effort reader most
such images are lost, with a reliable one they come late. `config/fastdds.xml` gives our senders a
larger segment. Other senders (camera drivers) profit from the same file through the same variable.
"""

import os
import shutil
from collections.abc import MutableMapping
from pathlib import Path

from thermal_depth_ros.base import shared_memory

# Variables of Fast DDS 2 (Humble, Jazzy) and Fast DDS 3 (Kilted and newer).
PROFILE_VARIABLES = ('FASTRTPS_DEFAULT_PROFILES_FILE', 'FASTDDS_DEFAULT_PROFILES_FILE')
CHOICE_OF_TRANSPORTS = 'FASTDDS_BUILTIN_TRANSPORTS'  # which a profile would override
_ENOUGH_SHARED_MEMORY = 512 * 1024 * 1024


def profile_path() -> Path | None:
    """Return the path of the installed or checked-out fastdds.xml, or None."""
    checkout = Path(__file__).resolve().parents[2] / 'config' / 'fastdds.xml'
    if checkout.is_file():
        return checkout
    from ament_index_python.packages import PackageNotFoundError, get_package_share_directory

    try:
        installed = Path(get_package_share_directory('thermal_depth_ros'), 'config', 'fastdds.xml')
    except PackageNotFoundError:
        return None
    return installed if installed.is_file() else None


def prepare(environment: MutableMapping[str, str] = os.environ) -> str | None:
    """Select our Fast DDS profile, before the first participant is created.

    Settings of the user are kept. Machines with little shared memory (containers have 64 MiB by
    default) keep the small segments of the default.

    Returns:
        The path that was set, or None.
    """
    shared_memory.reclaim()
    if any(name in environment for name in (*PROFILE_VARIABLES, CHOICE_OF_TRANSPORTS)):
        return None
    try:
        free = shutil.disk_usage(shared_memory.FOLDER).free
    except OSError:
        return None
    path = profile_path()
    if path is None or free < _ENOUGH_SHARED_MEMORY:
        return None
    for name in PROFILE_VARIABLES:
        environment[name] = str(path)
    return str(path)
