# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""The pose of a camera on its body, from transforms or by assumption."""

import numpy as np
import pytest

from thermal_depth_ros.geometry.frames import FrameError, FrameTree
from thermal_depth_ros.offline.cameras import camera_pose


def test_transform_is_used_where_there_is_one():
    T_base_optical = np.array([[0.0, 0, 1, 0.4], [-1, 0, 0, 0.1], [0, -1, 0, 1.2], [0, 0, 0, 1]])
    tree = FrameTree()
    tree.add('base_link', 'optical', T_base_optical, static=True)
    for assume_forward in (False, True):
        pose = camera_pose(tree, 'base_link', 'optical', assume_forward=assume_forward)
        np.testing.assert_array_equal(pose, T_base_optical)


def test_camera_without_transform_looks_forward_only_by_assumption():
    with pytest.raises(FrameError, match='optical'):
        camera_pose(FrameTree(), 'base_link', 'optical', assume_forward=False)
    pose = camera_pose(FrameTree(), 'base_link', 'optical', assume_forward=True)
    ahead, right, down = np.array([0, 0, 1, 1]), np.array([1, 0, 0, 1]), np.array([0, 1, 0, 1])
    # REP 103: x forward, y left, z up in the body.
    np.testing.assert_array_equal(pose @ ahead, [1, 0, 0, 1])
    np.testing.assert_array_equal(pose @ right, [0, -1, 0, 1])
    np.testing.assert_array_equal(pose @ down, [0, 0, -1, 1])
