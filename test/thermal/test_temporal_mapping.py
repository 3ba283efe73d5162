# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Temporal mapping of thermal groups."""

import numpy as np
import torch

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


def test_standardise():
    np.testing.assert_allclose(standardise(torch.tensor([0.45, 0.675])), [0, 1], atol=1e-6)


def test_reference_numbers(shared_vectors):
    data = np.load(shared_vectors / 'temporal_mapping.npz', allow_pickle=False)
    raw = torch.from_numpy(data['in/raw_u16'].astype(np.float32))[:, None]
    windowed = group_window(raw)
    np.testing.assert_allclose(windowed, data['out/window'], atol=1e-6)
    rearranged = rearrange(windowed, 30)
    np.testing.assert_allclose(rearranged, data['out/rearranged'], atol=2e-6)
    as_u8 = (rearranged[:, 0] * 255).to(torch.uint8).numpy()
    steps = np.abs(as_u8.astype(int) - data['out/rearranged_u8'])
    assert steps.max() <= 1
    assert (steps > 0).mean() < 2e-3
    for clip in (2, 3):
        exact = local_contrast(data['out/rearranged_u8'], clip, 8)
        np.testing.assert_array_equal(exact, data[f'out/clahe{clip}_u8'][:, 0])
        whole = temporal_mapping(raw, TemporalMapping(clahe_clip=clip)).numpy() * 255
        assert np.abs(whole - data[f'out/clahe{clip}_u8']).mean() < 0.1
