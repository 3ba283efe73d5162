# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""The processes of a run, by the environment variables of torchrun and accelerate launch."""

import os


def rank() -> int:
    """Return the number of this process; 0 reads and writes checkpoints and shows progress."""
    return int(os.environ.get('RANK', '0'))


def process_count() -> int:
    """Return the number of processes on all machines; 1 without a launcher."""
    return int(os.environ.get('WORLD_SIZE', '1'))


def local_process_count() -> int:
    """Return the number of processes on this machine."""
    return int(os.environ.get('LOCAL_WORLD_SIZE', '1'))


def local_rank() -> int | None:
    """Return the number of this process on its machine; None without a launcher."""
    number = os.environ.get('LOCAL_RANK')
    return None if number is None else int(number)
