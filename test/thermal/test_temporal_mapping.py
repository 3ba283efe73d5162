# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Temporal mapping of thermal groups."""

import math

import numpy as np
import pytest
import torch

from thermal_depth_ros.thermal.clahe import equalise
from thermal_depth_ros.thermal.temporal_mapping import (
    TemporalMapping,
    group_window,
    local_contrast,
    rearrange,
    standardise,
    temporal_mapping,
)


def _group(seed: int = 0) -> torch.Tensor:
    noise = torch.rand(3, 1, 32, 40, generator=torch.Generator().manual_seed(seed))
    return (3000 + 400 * noise**3).round()


def test_window_ends_are_means_of_the_images():
    counts = torch.tensor([[0.0, 10], [2, 14], [4, 18]]).reshape(3, 1, 1, 2)
    mapped = group_window(counts)  # window 2 .. 14
    np.testing.assert_allclose(mapped.reshape(3, 2), [[0, 8 / 12], [0, 1], [2 / 12, 1]], atol=1e-7)


def test_rearranged_values_are_the_cumulative_histogram():
    values = group_window(_group())
    mapped = rearrange(values, 30).numpy().ravel()
    order = np.argsort(values.numpy().ravel())
    assert (np.diff(mapped[order]) >= -1e-6).all()
    # At the edges of the bins the value is the share of pixels below; between them it is linear.
    ordered = values.numpy().ravel()[order]
    for edge in np.arange(1, 30) / 30:
        below = int((ordered <= edge).sum())
        next_gap = mapped[order][below] - mapped[order][below - 1]
        assert abs(mapped[order][below - 1] - below / ordered.size) <= next_gap + 1e-6


def test_equal_counts_map_to_equal_values_in_all_images_of_a_group():
    """Also where one image has empty bins, which is where a known implementation fails."""
    counts = torch.cat([_group(1)[:1], _group(2)[:1] * 0 + 3100, _group(3)[:1] + 150])
    mapped = rearrange(group_window(counts), 30)
    by_value: dict[float, set[float]] = {}
    for count, value in zip(counts.ravel().tolist(), mapped.ravel().tolist(), strict=True):
        by_value.setdefault(count, set()).add(round(value, 5))
    assert all(len(found) == 1 for found in by_value.values())


def test_constant_group_is_black():
    group = torch.full((3, 1, 32, 40), 3000.0)
    assert (group_window(group) == 0).all()
    assert (rearrange(group_window(group), 30) == 0).all()
    assert torch.isfinite(temporal_mapping(group, TemporalMapping())).all()


@pytest.mark.parametrize('shape', [(5,), (2, 3)])
def test_groups_together_give_exactly_what_each_gives_alone(shape):
    groups = torch.stack([_group(i) + 50 * i for i in range(5)] + [torch.full((3, 1, 32, 40), 7.0)])
    groups = groups[: math.prod(shape)].unflatten(0, shape)
    alone = groups.flatten(0, -5)
    for mapping in (
        group_window,
        lambda counts: rearrange(group_window(counts), 30),
        lambda counts: temporal_mapping(counts, TemporalMapping()),
    ):
        together = mapping(groups)
        assert together.shape == groups.shape
        one_by_one = torch.stack([mapping(group) for group in alone])
        assert torch.equal(together.flatten(0, -5), one_by_one)


def test_a_constant_group_leaves_its_neighbours_in_the_batch_alone():
    batch = torch.stack([_group(), torch.full((3, 1, 32, 40), 3000.0)])
    mapped = rearrange(group_window(batch), 30)
    assert torch.equal(mapped[0], rearrange(group_window(_group()), 30))
    assert (mapped[1] == 0).all()


def test_the_histogram_of_a_group_is_counted_as_torch_counts_it():
    values = group_window(_group(4))
    mapped = rearrange(values, 30)
    share = torch.histc(values, 30, 0.0, 1.0) / values.numel()
    edges = torch.cumsum(share, 0)
    for number in range(30):
        in_bin = (values > number / 30 + 1e-6) & (values < (number + 1) / 30 - 1e-6)
        inside = mapped[in_bin]
        assert inside.min() >= edges[number] - share[number] - 1e-6
        assert inside.max() <= edges[number] + 1e-6


def test_groups_in_double_precision_are_rearranged_in_it():
    values = group_window(_group()).double()
    mapped = rearrange(values, 30)
    assert mapped.dtype == torch.float64
    np.testing.assert_allclose(mapped, rearrange(values.float(), 30), atol=1e-6)


def test_standardise():
    np.testing.assert_allclose(standardise(torch.tensor([0.45, 0.675])), [0, 1], atol=1e-6)


def test_reference_numbers(reference_vectors):
    data = np.load(reference_vectors / 'temporal_mapping.npz', allow_pickle=False)
    raw = torch.from_numpy(data['in/raw_u16'].astype(np.float32))[:, None]
    windowed = group_window(raw)
    np.testing.assert_allclose(windowed, data['out/window'], atol=1e-6)
    rearranged = rearrange(windowed, 30)
    np.testing.assert_allclose(rearranged, data['out/rearranged'], atol=2e-6)
    as_u8 = (rearranged[:, 0] * 255).to(torch.uint8)
    steps = np.abs(as_u8.numpy().astype(int) - data['out/rearranged_u8'])
    assert steps.max() <= 1
    assert (steps > 0).mean() < 2e-3
    for clip in (2, 3):
        given = torch.from_numpy(data['out/rearranged_u8'])
        for contrast in (local_contrast, equalise):
            exact = contrast(given, clip, 8)
            np.testing.assert_array_equal(exact, data[f'out/clahe{clip}_u8'][:, 0])
        standard = standardise(torch.from_numpy(data[f'out/clahe{clip}_u8'] / 255.0))
        statistics = [[image.mean(), image.std()] for image in standard]
        theirs = data[f'out/clahe{clip}_normalised_mean_std']
        np.testing.assert_allclose(statistics, theirs, atol=1e-6)
        whole = temporal_mapping(raw, TemporalMapping(clahe_clip=clip)).numpy() * 255
        assert np.abs(whole - data[f'out/clahe{clip}_u8']).mean() < 0.1
