# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Memory of a process that runs one pipeline; as a program, it is that process."""

import json
import math
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

_MODULE = 'thermal_depth_ros.bench.engine_memory'
_FRAMES = 3
_LONGEST_S = 600.0  # the first time, networks are exported


def resident_mb(kind: str, settings: Mapping[str, Any]) -> tuple[float, str]:
    """Return the resident memory, 10^6 bytes, and why it is not known (then it is NaN).

    Args:
        kind: Camera.
        settings: Settings of the camera.
    """
    command = [sys.executable, '-m', _MODULE, kind, json.dumps(dict(settings))]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_LONGEST_S)
    except subprocess.TimeoutExpired:
        return math.nan, f'not done after {_LONGEST_S:.0f} s'
    if done.returncode:
        lines = done.stderr.strip().splitlines() or ['no reason given']
        return math.nan, lines[-1]
    return float(done.stdout), 'of a process with one pipeline'


def main() -> int:
    """Run a pipeline on a few frames and print the memory of this process."""
    import psutil

    from thermal_depth_ros.bench.models import images_of
    from thermal_depth_ros.frames.frame import CameraFrame
    from thermal_depth_ros.inference.pipeline import CONFIGS, open_pipeline

    kind, settings = sys.argv[1], json.loads(sys.argv[2])
    pipeline = open_pipeline(kind, CONFIGS[kind](**settings))
    images = images_of(kind, (480, 640))
    for number in range(_FRAMES):
        frame = CameraFrame((number + 1) * 33_000_000, 'camera', images[number % 2])
        pipeline.process(frame, {'depth'})
    print(psutil.Process().memory_info().rss / 1e6)
    return 0


if __name__ == '__main__':
    sys.exit(main())
