# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Patterns repeat without a seam and fade with distance instead of flickering."""

import numpy as np
import pytest

from thermal_depth_ros.simulation import patterns
from thermal_depth_ros.simulation.arrays import Arrays
from thermal_depth_ros.simulation.textures import make_atlas, pattern_index, shared_tiles


@pytest.fixture(scope='module')
def atlas():
    rng = np.random.default_rng(0)
    return make_atlas(rng, Arrays(), shared_tiles(rng))


def sample(atlas, name, u, v, texel):
    u, v = np.broadcast_arrays(np.asarray(u, np.float32), np.asarray(v, np.float32))
    number = np.full(u.shape, pattern_index(name))
    return atlas.sample(number, u, v, np.full(u.shape, texel, np.float32))


def test_finest_level_gives_back_the_tile(atlas):
    size = patterns.SIZE
    at = (np.arange(size, dtype=np.float32) + 0.5) / size
    u, v = np.meshgrid(at, at)
    start = pattern_index('bricks') * (len(atlas.texels) // len(patterns.NAMES))
    tile = atlas.texels[start : start + size * size].reshape(size, size)
    np.testing.assert_allclose(sample(atlas, 'bricks', u, v, 1.0), tile, atol=1e-3)


@pytest.mark.parametrize('name', patterns.NAMES)
def test_tiles_repeat(atlas, name):
    u = np.random.default_rng(1).uniform(0, 1, 500)
    a = sample(atlas, name, u, 0.3, 3.0)
    np.testing.assert_allclose(a, sample(atlas, name, u - 2.0, 3.3, 3.0), atol=2e-3)


@pytest.mark.parametrize('name', patterns.NAMES)
def test_detail_fades_with_the_size_of_a_pixel(atlas, name):
    u, v = np.random.default_rng(2).uniform(0, 1, (2, 4000))
    deviations = [sample(atlas, name, u, v, texel).std() for texel in (1.0, 8.0, 32.0, 500.0)]
    assert deviations[0] > 0.2
    assert deviations == sorted(deviations, reverse=True)
    assert deviations[-1] < 0.75 * deviations[0]
