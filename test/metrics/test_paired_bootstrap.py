# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Blocks of frames, and intervals of paired differences against normal theory."""

import numpy as np
import pytest

from thermal_depth_ros.metrics.paired_bootstrap import (
    BLOCK_S,
    ENOUGH_DRIVES,
    FEWEST_BLOCKS,
    blocks_of,
    draws,
    paired_difference,
)


def mean(sums):
    return sums[:, 0] / sums[:, 1]


def sums_of(values):
    """Return the sums and numbers of blocks (B, M) of frames."""
    values = np.asarray(values, float)
    return np.stack([values.sum(1), np.full(len(values), values.shape[1])], 1)


def test_an_interval_is_that_of_the_normal_theory_for_many_blocks():
    rng = np.random.default_rng(1)
    first = rng.normal(1.0, 0.3, (200, 1))
    gain = rng.normal(0.05, 0.1, (200, 1))
    found = paired_difference(sums_of(first), sums_of(first + gain), mean, draws(200))
    half = 1.96 * gain.std(ddof=1) / np.sqrt(200)
    assert found.difference == pytest.approx(gain.mean())
    assert found.low == pytest.approx(gain.mean() - half, abs=0.1 * half)
    assert found.high == pytest.approx(gain.mean() + half, abs=0.1 * half)
    assert found.sign == 1
    # Pairing removes what both share: unpaired, the spread of the frames would hide the gain.
    assert half < 0.3 * 1.96 * np.sqrt(2) * first.std() / np.sqrt(200)


def test_an_interval_of_few_blocks_is_that_of_student():
    values = np.arange(8.0)[:, None] - 1.0  # mean 2.5, deviation 2.449
    found = paired_difference(sums_of(0 * values), sums_of(values), mean, draws(8))
    half = 2.365 * 2.449 / np.sqrt(8)  # t of 7 degrees of freedom
    assert found.low == pytest.approx(2.5 - half, rel=0.25)
    assert found.high == pytest.approx(2.5 + half, rel=0.1)


def test_frames_of_a_block_are_not_independent():
    rng = np.random.default_rng(2)
    shift = rng.normal(0.0, 1.0, (12, 1))
    alike = np.repeat(shift, 50, axis=1)
    found = paired_difference(sums_of(0 * alike), sums_of(alike), mean, draws(12))
    naive = 2 * 1.96 * alike.std() / np.sqrt(alike.size)
    assert found.high - found.low > 4 * naive


def test_what_cannot_be_told():
    few = np.ones((FEWEST_BLOCKS - 1, 3))
    found = paired_difference(sums_of(few), sums_of(2 * few), mean, draws(len(few)))
    assert (found.difference, found.low, found.sign) == (1.0, None, None)
    many = np.random.default_rng(0).normal(size=(30, 3))
    same = paired_difference(sums_of(many), sums_of(many), mean, draws(30))
    assert (same.difference, same.low, same.high, same.sign) == (0.0, 0.0, 0.0, 0)
    rounding = paired_difference(
        sums_of(1 + 0 * many), sums_of(many * 0 + 1 + 1e-9), mean, draws(30)
    )
    assert rounding.low > 0 and rounding.sign == 0
    nothing = np.zeros((30, 2))
    with np.errstate(invalid='ignore'):
        unknown = paired_difference(nothing, sums_of(many), mean, draws(30))
    assert unknown.first is None and unknown.second is not None and unknown.difference is None
    assert unknown.sign is None


def test_a_figure_that_most_draws_do_not_have_gets_no_interval():
    first = np.zeros((20, 2))
    first[0] = 1.0, 1.0  # one block of 20 has it: a third of the draws do not hold it
    with np.errstate(invalid='ignore'):
        found = paired_difference(first, 2 * first, mean, draws(20))
    assert found.difference == 0.0 and found.low is None


def test_drives_are_blocks_if_there_are_enough():
    drives = np.repeat(np.arange(ENOUGH_DRIVES) + 7, 3)
    blocks = blocks_of(drives, np.arange(len(drives)) * 10**9)
    assert blocks.are_drives and blocks.count == blocks.drives == ENOUGH_DRIVES
    np.testing.assert_array_equal(blocks.sums(np.ones((len(drives), 1)))[:, 0], 3)
    assert blocks.text == f'{ENOUGH_DRIVES} drives'


def test_few_drives_are_cut_by_time():
    seconds = np.concatenate([np.arange(0, 24), [100.0, 104.0], [3.0, 2.0]])
    drives = np.concatenate([np.zeros(26), np.ones(2)])
    blocks = blocks_of(drives, (seconds * 1e9).astype(np.int64) + 10**18)
    # Drive 0: 0 to 9 s, 10 to 19 s, 20 to 23 s, a gap, the end; drive 1 in any order of stamps.
    np.testing.assert_array_equal(
        blocks.of_frame, [0] * 10 + [1] * 10 + [2] * 4 + [3] * 2 + [4] * 2
    )
    assert blocks.text == f'5 blocks of {BLOCK_S:g} s of 2 drives'
    alone = blocks_of(np.zeros(14), np.arange(14) * 10**9)
    assert alone.count == 1, 'four seconds are no block of their own'
    assert alone.text == 'one block of 10 s of a single drive'
