# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Leave an environment that the calling shell has entered, before looking at the machine.

What env.sh added must not be taken for something the system brings: the interpreter, the generated
message packages, and the checkout itself.
"""

import os
import sys
from collections.abc import Mapping

from recipe import CHECKOUT, environments

_PATHS = ('PATH', 'PYTHONPATH', 'AMENT_PREFIX_PATH', 'CMAKE_PREFIX_PATH', 'LD_LIBRARY_PATH')


def leave() -> None:
    """Start again with the base interpreter and clean search paths, when that changes anything."""
    outside = without_ours(os.environ, (str(environments()), str(CHECKOUT)))
    if sys.prefix != sys.base_prefix or outside != dict(os.environ):
        base = getattr(sys, '_base_executable', sys.executable)
        outside['THERMAL_DEPTH_LEFT'] = '1'
        if 'THERMAL_DEPTH_LEFT' not in os.environ:
            os.execve(base, [base, *sys.argv], outside)


def without_ours(environment: Mapping[str, str], folders: tuple[str, ...]) -> dict[str, str]:
    """Return an environment whose search paths have no entry inside the given folders."""
    outside = dict(environment)
    inside = tuple(f'{folder}/' for folder in folders)
    for name in _PATHS:
        if name in outside:
            parts = outside[name].split(':')
            kept = ':'.join(part for part in parts if not f'{part}/'.startswith(inside))
            outside.pop(name)
            if kept:
                outside[name] = kept
    return outside
