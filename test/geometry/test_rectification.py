# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Points of the world fall on common rows of rectified views, with the disparity f b / Z."""

import numpy as np
import pytest

from helpers.stereo_pairs import CAMERA, beside
from thermal_depth_ros.geometry import rigid
from thermal_depth_ros.geometry.camera import PinholeCamera
from thermal_depth_ros.geometry.projection import project
from thermal_depth_ros.geometry.rectification import Rectification, RectificationError

LENS = PinholeCamera(160, 96, 150.0, 149.0, 82.0, 45.0, 'plumb_bob', (-0.2, 0.05, 1e-3, -1e-3, 0.0))
WIDE = PinholeCamera(176, 100, 160.0, 158.0, 86.0, 51.0, 'equidistant', (0.02, -0.01, 0.0, 0.0))


def dots(xyz: np.ndarray, T_camera_left: np.ndarray, camera: PinholeCamera) -> np.ndarray:
    """Draw a smooth dot at each point of the left camera."""
    pixels = project(xyz @ T_camera_left[:3, :3].T + T_camera_left[:3, 3], camera)
    v, u = np.mgrid[: camera.height, : camera.width]
    image = np.zeros((camera.height, camera.width), np.float32)
    for x, y in pixels:
        image += np.exp(-((u - x) ** 2 + (v - y) ** 2) / (2 * 1.5**2)).astype(np.float32)
    return image


def peak(image: np.ndarray) -> np.ndarray:
    """Return the centre (u, v) of the only dot."""
    v, u = np.mgrid[: image.shape[0], : image.shape[1]]
    return np.array([(image * u).sum(), (image * v).sum()]) / image.sum()


@pytest.mark.parametrize('swapped', [False, True])
def test_rows_disparity_and_depth_of_points(swapped):
    T_right_left = beside(0.4, turn=(0.02, -0.05, 0.03))
    pair, T = (LENS, WIDE), T_right_left
    if swapped:
        pair, T = (WIDE, LENS), rigid.invert(T_right_left)
    made = Rectification(*pair, T, (96, 160))
    assert made.other_left == swapped
    assert made.baseline_m == pytest.approx(0.4)
    for xyz in ([-0.5, 0.4, 4.0], [0.9, -0.5, 6.0], [0.2, 0.1, 9.0]):
        point = np.array([xyz])
        views = made.views(dots(point, np.eye(4), pair[0]), dots(point, T, pair[1]))
        first, second = map(peak, views)
        assert first[1] == pytest.approx(second[1], abs=0.1)
        disparity = (second - first if swapped else first - second)[0]
        depth = made.depth_m(np.full((96, 160), disparity, np.float32))
        u, v = np.rint(project(point, pair[0])[0]).astype(int)
        assert depth[v, u] == pytest.approx(xyz[2], rel=0.02)


@pytest.mark.parametrize(
    ('position', 'turn', 'what'),
    [
        ((0.0, 0.0, 0.0), 0.0, 'the cameras are 0 m apart'),
        ((0.0, 0.3, 0.0), 0.0, r'not side by side: the second is at \(0, 0.3, 0\) m'),
        ((0.05, 0.0, 0.5), 0.0, 'not side by side'),
        ((0.3, 0.0, 0.0), 2.5, 'look in different directions'),
    ],
)
def test_no_pair(position, turn, what):
    T_left_right = rigid.exponential(np.array([0, 0, 0, 0, turn, 0.0]))
    T_left_right[:3, 3] = position
    with pytest.raises(RectificationError, match=what):
        Rectification(CAMERA, CAMERA, rigid.invert(T_left_right), (96, 160))
