# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Selects the images of a camera that are usable for training, by their statistics."""

from collections import Counter

import numpy as np

CONSTANT, OUT_OF_ORDER = 'constant', 'not later than the one before'
FROZEN, SHUTTER = 'frozen (equal to the one before)', 'of the closed shutter'
# A shutter is uniformly warm: its image shows only noise and the glow of the housing.
_FLAT = 0.2
_MEDIAN_FRAMES = 121  # 4 s at 30 Hz; a shutter is closed for about half a second


def judge(facts: np.ndarray) -> tuple[np.ndarray, Counter[str]]:
    """Find the usable images.

    Args:
        facts: (N,) records of frame_facts.FACTS, in order of recording.

    Returns:
        Usable: (N,) bool; and the number of the others by reason.
    """
    reasons = {
        CONSTANT: facts['low'] == facts['high'],
        OUT_OF_ORDER: ~_later(facts['stamp_ns']),
        FROZEN: _repeats(facts['digest']),
        SHUTTER: _flat(facts['spread']),
    }
    good = np.ones(len(facts), bool)
    counts: Counter[str] = Counter()
    for reason, hit in reasons.items():
        fresh = hit & good
        if fresh.any():
            counts[reason] = int(fresh.sum())
        good &= ~hit
    return good, counts


def _later(stamps_ns: np.ndarray) -> np.ndarray:
    """Whether a stamp is later than all before it."""
    if len(stamps_ns) == 0:
        return np.zeros(0, bool)
    latest = np.maximum.accumulate(stamps_ns)
    return np.concatenate([[True], stamps_ns[1:] > latest[:-1]])


def _repeats(digests: np.ndarray) -> np.ndarray:
    repeats = np.zeros(len(digests), bool)
    repeats[1:] = digests[1:] == digests[:-1]
    return repeats


def _flat(spread: np.ndarray) -> np.ndarray:
    return spread < _FLAT * running_median(spread, _MEDIAN_FRAMES)


def running_median(values: np.ndarray, window: int) -> np.ndarray:
    """Return the running median over `window` values; fewer at the ends."""
    half = window // 2
    count = len(values)
    medians = np.empty(count)
    for index in range(count):
        medians[index] = np.median(values[max(index - half, 0) : index + half + 1])
    return medians
