# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest
import torch

from thermal_depth_ros.inference.resampling import (
    resize_image,
    resize_labels,
    resize_map,
    resized_array,
)


def test_halving_counts_averages_blocks_of_four():
    counts = np.random.default_rng(0).integers(0, 16384, (8, 12)).astype(np.uint16)
    blocks = counts.reshape(4, 2, 6, 2).mean((1, 3))
    small = resize_image(counts, (4, 6))
    assert small.dtype == np.uint16
    np.testing.assert_allclose(small, blocks, atol=0.51)


def test_the_same_size_costs_nothing():
    image = np.zeros((4, 6, 3), np.uint8)
    assert resize_image(image, (4, 6)) is image


@pytest.mark.parametrize('size', [(8, 10), (64, 80), (7, 300), (1, 1)])
def test_a_ramp_stays_where_it_is(size):
    """Pixel centres: the value at normalised place x stays about x, whatever the sizes."""
    columns = (np.arange(40) + 0.5) / 40 * 10000
    image = np.tile(columns, (32, 1)).astype(np.uint16)
    resized = resize_image(image, size)
    expected = (np.arange(size[1]) + 0.5) / size[1] * 10000
    inner = slice(size[1] // 10, size[1] - size[1] // 10)
    np.testing.assert_allclose(resized[0][inner], expected[inner], atol=130)
    assert resized.shape == size


def test_maps_go_up_and_labels_are_only_repeated():
    values = torch.tensor([[0.0, 1.0], [2.0, 3.0]], dtype=torch.bfloat16)[None, None]
    up = resize_map(values, (4, 4))
    assert up.dtype == torch.float32
    assert up[0, 0, 0].tolist() == [0.0, 0.25, 0.75, 1.0]
    labels = torch.tensor([[7, 255], [0, 18]], dtype=torch.uint8)[None, None]
    up = resize_labels(labels, (5, 4))
    assert up.dtype == np.uint8
    assert up[0].tolist() == [7, 7, 255, 255]
    assert set(np.unique(up).tolist()) == {0, 7, 18, 255}


@pytest.mark.parametrize('size', [(7, 9), (20, 27), (21, 40), (5, 4), (8, 6)])
@pytest.mark.parametrize('align_corners', [False, True])
def test_a_resized_array_is_the_resized_map(size, align_corners):
    values = torch.rand(1, 1, 7, 9, generator=torch.Generator().manual_seed(1))
    expected = resize_map(values, size, align_corners)[0, 0].numpy()
    found = resized_array(values, size, align_corners)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, expected, atol=1e-6)


@pytest.mark.parametrize('size', [(7, 9), (21, 27), (20, 40), (480, 640)])
def test_labels_are_those_of_the_nearest_centre(size):
    labels = torch.randint(0, 256, (1, 1, 7, 9), generator=torch.Generator().manual_seed(2))
    rows, columns = ((np.arange(n) + 0.5) / n for n in size)
    nearest = labels[0, 0].numpy()[np.ix_((rows * 7).astype(int), (columns * 9).astype(int))]
    np.testing.assert_array_equal(resize_labels(labels.to(torch.uint8), size), nearest)
