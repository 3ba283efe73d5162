# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Depth on disk: how exactly it is kept, and disparity that cannot be right."""

import numpy as np
import pytest

from thermal_depth_ros.samples.depth_labels import DepthLabels
from thermal_depth_ros.samples.errors import SamplesError

SIZE = (6, 9)


@pytest.fixture
def store(frame_store):
    return frame_store(size=SIZE)


def test_disparity_is_kept_with_a_small_relative_error(tmp_path, store):
    labels = DepthLabels.make(tmp_path / 'cache', 'depth', store, 'monodepth', (0.1, 100.0))
    depth = np.geomspace(0.1, 100.0, SIZE[0] * SIZE[1]).reshape(SIZE)
    with labels.writer() as writer:
        labels.write(writer, 3, (1 / depth).astype(np.float32))
    found = DepthLabels.find(tmp_path / 'cache', 'depth', store).read(3)
    assert found.dtype == np.float32
    assert np.abs(found * depth - 1).max() < 6e-5


def test_disparity_outside_of_the_range_is_clipped_to_it(tmp_path, store):
    labels = DepthLabels.make(tmp_path / 'cache', 'depth', store, 'monodepth', (1.0, 50.0))
    disparity = np.full(SIZE, 1e-4, np.float32)
    disparity[0] = 100.0
    with labels.writer() as writer:
        labels.write(writer, 0, disparity)
    np.testing.assert_allclose(1 / labels.read(0), np.where(disparity > 1, 1.0, 50.0), rtol=1e-5)


@pytest.mark.parametrize('value', [0.0, -1.0, np.nan, np.inf])
def test_disparity_that_is_none_is_refused(tmp_path, store, value):
    labels = DepthLabels.make(tmp_path / 'cache', 'depth', store, 'monodepth', (0.1, 100.0))
    disparity = np.ones(SIZE, np.float32)
    disparity[1, 1] = value
    with labels.writer() as writer, pytest.raises(SamplesError, match='image 2: disparity'):
        labels.write(writer, 2, disparity)
    with labels.writer() as writer, pytest.raises(SamplesError, match='image 2.*shape'):
        labels.write(writer, 2, np.ones((3, 3), np.float32))


def test_relative_labels_are_kept_up_to_scale_and_shift(tmp_path, store):
    labels = DepthLabels.make(tmp_path / 'cache', 'depth', store, 'any', (0.1, 100.0), True)
    values = np.linspace(-3.0, 5.0, SIZE[0] * SIZE[1], dtype=np.float32).reshape(SIZE)
    with labels.writer() as writer:
        labels.write(writer, 3, values)
        labels.write(writer, 1, np.full(SIZE, 7.0, np.float32))
    found = DepthLabels.find(tmp_path / 'cache', 'depth', store)
    assert found.relative
    np.testing.assert_allclose(found.read(3), (values + 3.0) / 8.0, atol=1e-5)
    assert not found.read(1).any()
    with labels.writer() as writer, pytest.raises(SamplesError, match='image 2.*not finite'):
        labels.write(writer, 2, np.full(SIZE, np.nan, np.float32))


def test_labels_of_another_meaning_are_not_continued(tmp_path, store):
    options = (tmp_path / 'cache', 'depth', store, 'any', (0.1, 100.0))
    assert not DepthLabels.make(*options).relative
    with pytest.raises(SamplesError, match='relative is None, not True'):
        DepthLabels.make(*options, True)
