# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Confidence on a slanted plane, whose exact depth from any camera is a formula."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from thermal_depth_ros.inference.confidence import (
    relative_difference,
    scale_agreement,
    temporal_confidence,
)

HEIGHT, WIDTH = 48, 64
K = torch.tensor([[60.0, 0, 31.5], [0, 60.0, 23.5], [0, 0, 1]])[None]


def plane_depth(T_world_camera):
    """Depth of the plane n.X = d, ray by ray: z = (d - n.c) / n.(R ray)."""
    normal, distance = torch.tensor([0.1, -0.25, 1.0]), 8.0
    v, u = torch.meshgrid(torch.arange(HEIGHT), torch.arange(WIDTH), indexing='ij')
    rays = torch.stack([(u - 31.5) / 60, (v - 23.5) / 60, torch.ones(HEIGHT, WIDTH)], -1)
    rotated = rays @ T_world_camera[:3, :3].T
    depth = (distance - normal @ T_world_camera[:3, 3]) / (rotated @ normal)
    assert (depth > 0).all()
    return depth[None, None]


def pose(x, y, z, yaw):
    angle = torch.tensor(yaw)
    T = torch.eye(4)
    T[0, 0], T[0, 2], T[2, 0], T[2, 2] = angle.cos(), angle.sin(), -angle.sin(), angle.cos()
    T[:3, 3] = torch.tensor([x, y, z])
    return T


PREVIOUS, CURRENT = pose(0.0, 0.0, 0.0, 0.0), pose(0.2, -0.1, 0.5, 0.03)
T_CURRENT_PREVIOUS = (torch.linalg.inv(PREVIOUS) @ CURRENT)[None]


def test_consistent_depth_of_a_moving_camera_is_certain():
    confidence = temporal_confidence(
        plane_depth(CURRENT), plane_depth(PREVIOUS), T_CURRENT_PREVIOUS, K
    )
    compared = confidence != 0.5
    assert compared.float().mean() > 0.85
    assert confidence[compared].min() > 0.999


def test_the_opposite_motion_is_noticed():
    wrong = torch.linalg.inv(T_CURRENT_PREVIOUS)
    confidence = temporal_confidence(plane_depth(CURRENT), plane_depth(PREVIOUS), wrong, K)
    assert confidence[confidence != 0.5].mean() < 0.97


def test_twice_the_depth_differs_by_a_third():
    still = torch.eye(4)[None]
    depth = plane_depth(CURRENT)
    for now, before in ((depth, 2 * depth), (2 * depth, depth)):
        confidence = temporal_confidence(now, before, still, K)
        inner = confidence[..., 1:-1, 1:-1]  # rounding may put the border just outside
        torch.testing.assert_close(inner, torch.full_like(inner, 2 / 3))


def test_what_was_out_of_view_or_behind_is_half():
    depth = plane_depth(CURRENT)
    sideways = torch.eye(4)[None].clone()
    sideways[0, 0, 3] = 1000.0
    assert (temporal_confidence(depth, depth, sideways, K) == 0.5).all()
    behind = torch.eye(4)[None].clone()
    behind[0, 2, 3] = -1000.0
    assert (temporal_confidence(depth, depth, behind, K) == 0.5).all()


@given(st.floats(0.01, 100.0), st.floats(0.01, 100.0), st.floats(0.01, 100.0))
def test_relative_difference_is_the_same_for_inverses_and_any_scale(a, b, scale):
    a, b = torch.tensor(a, dtype=torch.float64), torch.tensor(b, dtype=torch.float64)
    difference = relative_difference(a, b)
    assert 0 <= difference <= 1
    torch.testing.assert_close(difference, relative_difference(1 / a, 1 / b))
    torch.testing.assert_close(difference, relative_difference(scale * b, scale * a))


def test_equal_scales_agree_and_a_doubled_one_costs_a_ninth():
    finest = torch.rand(1, 1, 6, 8) + 0.1
    assert (scale_agreement([finest] * 4) == 1).all()
    mixed = scale_agreement([finest, finest, finest, 2 * finest])
    torch.testing.assert_close(mixed, torch.full_like(finest, 1 - (1 / 3) / 3))


def test_a_single_scale_has_nothing_to_agree_with():
    assert (scale_agreement([torch.rand(1, 1, 2, 2)]) == 0.5).all()


def test_confidence_stays_within_zero_and_one_for_absurd_depths():
    tiny, huge = torch.full((1, 1, 4, 4), 1e-20), torch.full((1, 1, 4, 4), 1e20)
    small_K = torch.tensor([[4.0, 0, 1.5], [0, 4.0, 1.5], [0, 0, 1]])[None]
    for a in (tiny, huge):
        for b in (tiny, huge):
            confidence = temporal_confidence(a, b, torch.eye(4)[None], small_K)
            assert ((confidence >= 0) & (confidence <= 1)).all()
            assert ((scale_agreement([a, b]) >= 0) & (scale_agreement([a, b]) <= 1)).all()
    assert scale_agreement([huge, tiny]).max() == pytest.approx(0.0)
