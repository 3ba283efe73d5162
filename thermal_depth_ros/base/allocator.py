# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Lets the C library keep the memory of large messages instead of returning it to the system.

A cloud has megabytes. By default glibc maps each of them anew and unmaps it afterwards, or trims
the heap, so that the system has to find and clear thousands of pages per message. A process that
receives two clouds per frame took three times as much processor time for that as for the copies.
"""

import ctypes
import os
import platform
from collections.abc import Mapping

# Parameters of mallopt in malloc.h, and the variables by which a user sets the same.
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3
_TRIM_VARIABLE, _MMAP_VARIABLE = 'MALLOC_TRIM_THRESHOLD_', 'MALLOC_MMAP_THRESHOLD_'
_TUNABLES_VARIABLE = 'GLIBC_TUNABLES'
_MIB = 1024 * 1024
LARGEST_KEPT_BYTES = 32 * _MIB  # the highest mmap threshold that glibc accepts
FREE_KEPT_BYTES = 256 * _MIB
MOST_BYTES = 2**31 - 1  # that mallopt can be told


def keep_freed_memory(
    environment: Mapping[str, str] = os.environ,
    largest_kept_bytes: int = LARGEST_KEPT_BYTES,
    free_kept_bytes: int = FREE_KEPT_BYTES,
) -> bool:
    """Reuse freed blocks within this process.

    Settings of the user are kept. Other C libraries than glibc are left as they are.

    Args:
        environment: Variables that may have the settings of the user.
        largest_kept_bytes: Size of the largest block that is reused.
        free_kept_bytes: How much free memory is kept.

    Returns:
        Whether the settings were made.
    """
    if any(name in environment for name in (_TRIM_VARIABLE, _MMAP_VARIABLE)):
        return False
    if 'glibc.malloc' in environment.get(_TUNABLES_VARIABLE, ''):
        return False
    if platform.libc_ver()[0] != 'glibc':
        return False
    mallopt = ctypes.CDLL(None).mallopt
    kept = mallopt(_M_MMAP_THRESHOLD, largest_kept_bytes) == 1
    return mallopt(_M_TRIM_THRESHOLD, free_kept_bytes) == 1 and kept
