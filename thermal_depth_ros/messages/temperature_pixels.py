# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Converts thermal images of signed counts or temperatures to 16-bit counts.

The networks' input is mapped between percentiles of an image, so that only the order and the
spacing of the counts matter, not where they begin.
"""

import numpy as np

from thermal_depth_ros.messages.errors import MessageError
from thermal_depth_ros.thermal.radiometry import ZERO_CELSIUS_K

COUNTS_PER_KELVIN = 100.0  # as TLinear of Lepton and Boson: up to 655 K
KELVIN_ABOVE = 150.0  # a higher median cannot be in degrees Celsius
_MOST_KELVIN = 2000.0
_SIGN_BIT = np.uint16(1 << 15)


def unsigned_counts(signed: np.ndarray) -> np.ndarray:
    """Return counts (H, W) int16 plus 32768 as uint16, which keeps their order."""
    counts: np.ndarray = signed.view(np.uint16) ^ _SIGN_BIT
    return counts


def temperature_counts(temperatures: np.ndarray, encoding: str) -> np.ndarray:
    """Return temperatures (H, W) as uint16 counts of 0.01 K.

    Args:
        temperatures: Degrees Celsius, or kelvin if the median is above KELVIN_ABOVE; non-finite
            values become the coldest count of the image.
        encoding: Encoding of the image, for error messages.

    Raises:
        MessageError: No value is finite, or they are not temperatures.
    """
    known = np.isfinite(temperatures)
    if not known.any():
        raise MessageError('data', encoding, 'no pixel has a finite temperature')
    median = float(np.median(temperatures[known]))
    if not -ZERO_CELSIUS_K < median < _MOST_KELVIN:
        reason = 'the median of the pixels is no temperature in degrees Celsius or kelvin'
        raise MessageError('data', f'{median:.4g}', reason)
    zero_k = 0.0 if median > KELVIN_ABOVE else ZERO_CELSIUS_K
    coldest = temperatures[known].min()
    kelvin = np.where(known, temperatures, coldest) + zero_k
    counts = np.rint(kelvin * COUNTS_PER_KELVIN)
    return np.clip(counts, 0, np.iinfo(np.uint16).max).astype(np.uint16)


def temperature_remark(encoding: str) -> str:
    """Describe the interpretation of encodings other than counts; '' for counts."""
    if encoding.upper() not in ('32FC1', '64FC1'):
        return ''
    return (
        f'{encoding} of a thermal camera is read as temperatures, degrees Celsius or kelvin by '
        'their size; if it is depth, it is not what the thermal camera takes'
    )
