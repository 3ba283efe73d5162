# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Disparity of images that are shifted by known amounts."""

import numpy as np
import pytest

from thermal_depth_ros.evaluation.truth.disparity import disparity_px, grey_pair

SHIFT_PX = 7


def pair(seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Return two views (96, 320) of a random texture, the second SHIFT_PX to the right of it."""
    wide = np.random.default_rng(seed).integers(0, 255, (96, 320 + SHIFT_PX), dtype=np.uint8)
    return wide[:, :-SHIFT_PX], wide[:, SHIFT_PX:]


@pytest.mark.parametrize('other_left', [False, True])
def test_a_known_shift(other_left):
    first, second = pair()
    if other_left:
        first, second = second, first
    found = disparity_px(first, second, other_left=other_left)
    # Columns that only one of the images shows have no match.
    seen = found[:, :-SHIFT_PX] if other_left else found[:, SHIFT_PX:]
    hidden = found[:, -SHIFT_PX:] if other_left else found[:, :SHIFT_PX]
    assert np.isnan(hidden).all()
    assert np.isfinite(seen).mean() > 0.9
    assert np.nanmax(np.abs(seen - SHIFT_PX)) < 1.0
    assert np.nanmedian(seen) == pytest.approx(SHIFT_PX, abs=0.1)


def test_what_does_not_match_is_unknown():
    first, _ = pair(1)
    _, second = pair(2)
    assert np.isfinite(disparity_px(first, second, other_left=False)).mean() < 0.1
    plain = np.full((64, 128), 90, np.uint8)
    assert np.isnan(disparity_px(plain, plain, other_left=False)).all()


def test_common_window_of_counts():
    counts = np.linspace(7000, 7400, 64 * 128).reshape(64, 128).astype(np.uint16)
    first, second = grey_pair('thermal', counts, counts)
    assert (first == second).all()
    # Each image by itself would be stretched over the whole range; together they are not.
    narrow, wide = grey_pair('thermal', counts, (counts - 7000) * 20 + 3000)
    assert np.ptp(narrow.astype(int)) < np.ptp(wide.astype(int))
    colour = np.random.default_rng(0).integers(0, 255, (4, 5, 3), dtype=np.uint8)
    grey, _ = grey_pair('rgb', colour, colour)
    assert np.abs(grey - colour @ [0.299, 0.587, 0.114]).max() <= 1
