# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""How many processors the networks of a node take; decided before torch is imported."""

import os
from collections.abc import MutableMapping

THREADS_VARIABLE = 'OMP_NUM_THREADS'


def share(environment: MutableMapping[str, str] = os.environ) -> None:
    """Take half of the processors, unless the user has said how many.

    A robot has two cameras, a driver and more: networks that wait for a second thread which does
    not get a processor are several times slower than with one.
    """
    usable = len(os.sched_getaffinity(0))
    environment.setdefault(THREADS_VARIABLE, str(max(1, usable // 2)))
