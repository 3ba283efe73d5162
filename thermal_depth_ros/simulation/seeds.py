# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Independent random streams of one drive, told apart by name."""

import zlib

import numpy as np


def stream(seed: int, name: str, index: int = 0) -> np.random.Generator:
    """Return the generator of one purpose; its numbers do not depend on any other purpose.

    Args:
        seed: Random seed of the drive.
        name: Purpose of the random numbers.
        index: Frame or object, where every one has numbers of its own.
    """
    return np.random.default_rng([seed, zlib.crc32(name.encode()), index])
