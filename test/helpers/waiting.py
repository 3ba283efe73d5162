# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Waiting for what another thread or process does."""

import time
from collections.abc import Callable
from typing import Any

# An event that is waited for comes in a moment, or late on a machine with other work, or never.
PATIENCE_S = 60.0


def eventually(condition: Callable[[], Any], seconds: float = PATIENCE_S) -> bool:
    """Wait for a condition; return whether it came true."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.01)
    return bool(condition())
