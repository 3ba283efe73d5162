# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Freed memory is reused, unless the user has said otherwise."""

import platform
import resource
import subprocess
import sys

import pytest

from thermal_depth_ros.base.allocator import keep_freed_memory

# Page faults of ten rounds, each of which makes three blocks of 12 MiB and frees them.
_FAULTS = """
import resource
from thermal_depth_ros.base.allocator import keep_freed_memory
assert keep_freed_memory({})
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(10):
    blocks = [b'x' * (12 << 20) for _ in range(3)]
    del blocks
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""
_ROUND_PAGES = 3 * (12 << 20) // resource.getpagesize()


@pytest.mark.skipif(platform.libc_ver()[0] != 'glibc', reason='another C library')
def test_freed_blocks_are_reused():
    command = [sys.executable, '-c', _FAULTS]
    faults = int(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    assert faults < 2 * _ROUND_PAGES  # by default nearly ten times that of a round


@pytest.mark.parametrize(
    'environment',
    [
        {'MALLOC_TRIM_THRESHOLD_': '1'},
        {'MALLOC_MMAP_THRESHOLD_': '1'},
        {'GLIBC_TUNABLES': 'glibc.malloc.trim_threshold=1'},
    ],
)
def test_settings_of_the_user_stay(environment):
    assert not keep_freed_memory(environment)
