# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""The data rate of clouds stays within its limit, without flicker."""

import math

import pytest

from thermal_depth_ros.nodes.camera.cloud_budget import CloudBudget

HEIGHT, WIDTH, POINT_BYTES = 480, 640, 24


class _Camera:
    """Sends clouds at a rate with the decimation that the budget gives them."""

    def __init__(self) -> None:
        self.now_s = 50.0
        self.budget = CloudBudget(now=lambda: self.now_s)

    def run(self, frames, rate_hz, asked, limit, valid=1.0):
        """Return the decimations of the clouds, and the last explanation."""
        used, thinning = [], None
        for _ in range(frames):
            thinning = self.budget.thinning(asked, limit)
            used.append(thinning.used if thinning else asked)
            pixels = math.ceil(HEIGHT / used[-1]) * math.ceil(WIDTH / used[-1])
            n_bytes = POINT_BYTES * round(valid * pixels)
            self.budget.sent((HEIGHT, WIDTH), n_bytes, used[-1])
            self.now_s += 1.0 / rate_hz
        return used, thinning


def bytes_per_s(decimation, rate_hz):
    points = math.ceil(HEIGHT / decimation) * math.ceil(WIDTH / decimation)
    return points * POINT_BYTES * rate_hz


@pytest.mark.parametrize('limit', [300e6, 100e6, 50e6, 9e6, 1e6])
def test_the_smallest_decimation_within_the_limit(limit):
    used, thinning = _Camera().run(40, 30.0, 1, limit)
    assert used[0] == 1 and len(set(used)) <= 2, 'one change'
    wanted = next(n for n in range(1, 65) if bytes_per_s(n, 30.0) <= limit)
    assert used[-1] == wanted
    if wanted == 1:
        assert thinning is None
    else:
        assert thinning.kept and str(thinning).startswith(f'{wanted} instead of 1: ')


def test_without_a_limit_or_with_a_generous_one_nothing_changes():
    for limit in (0.0, 1e9):
        used, thinning = _Camera().run(20, 30.0, 2, limit)
        assert set(used) == {2} and thinning is None


def test_a_limit_that_no_decimation_keeps_is_said_so():
    used, thinning = _Camera().run(20, 30.0, 1, 10e3)
    assert used[-1] == 64 and not thinning.kept
    assert str(thinning).endswith('and still exceeded')


def test_a_rate_that_varies_around_the_limit_does_not_flicker():
    camera, used = _Camera(), []
    limit = bytes_per_s(2, 30.0)
    for rate_hz in [29.5, 30.5] * 10:
        used += camera.run(35, rate_hz, 1, limit)[0]
    changes = sum(a != b for a, b in zip(used, used[1:], strict=False))
    assert changes <= 2 and used[-1] == 3


def test_slower_cameras_and_emptier_clouds_get_their_points_back():
    camera = _Camera()
    assert camera.run(40, 30.0, 1, 50e6)[0][-1] == 3
    assert camera.run(80, 5.0, 1, 50e6)[0][-1] == 1
    assert camera.run(80, 30.0, 1, 50e6)[0][-1] == 3
    assert camera.run(80, 30.0, 1, 50e6, valid=0.2)[0][-1] == 1


def test_a_pause_is_no_low_rate():
    camera = _Camera()
    camera.run(40, 30.0, 1, 50e6)
    camera.now_s += 100.0
    assert set(camera.run(10, 30.0, 1, 50e6)[0]) == {3}
