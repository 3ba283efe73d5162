# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Turning and parallax from two images, of views whose geometry is known."""

import numpy as np
import pytest

from helpers.adaptation_bags import CAMERA_K, FAR_M, FOCAL_PX, NEAR_M, turned, walls
from thermal_depth_ros.training.adaptation.image_motion import view_change

K = np.array(CAMERA_K).reshape(3, 3)


@pytest.mark.parametrize('angle_rad', [0.02, 0.08])
def test_a_turn_has_its_angle_and_no_parallax(angle_rad):
    change = view_change(turned(0.1), turned(0.1 + angle_rad), K)
    assert change.turned_rad == pytest.approx(angle_rad, abs=0.004)
    assert change.parallax_px < 0.3


def test_passing_walls_has_parallax():
    """A rotation can cancel the mean flow, but not the difference between near and far."""
    way_m = 0.2
    near_px, far_px = FOCAL_PX * way_m / NEAR_M, FOCAL_PX * way_m / FAR_M
    change = view_change(walls(1.0), walls(1.0 + way_m), K)
    assert 0.25 * (near_px - far_px) < change.parallax_px < near_px


def test_without_corners_nothing_is_known():
    assert view_change(np.full((64, 80), 7, np.uint8), np.full((64, 80), 7, np.uint8), K) is None
