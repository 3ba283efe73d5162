# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Points into pixels: the way back of the rays, occlusion, edges, lenses."""

import numpy as np
import pytest

from thermal_depth_ros.geometry.camera import PinholeCamera
from thermal_depth_ros.geometry.projection import project, scatter
from thermal_depth_ros.geometry.rays import CameraModelError, pixel_rays

PLAIN = PinholeCamera(64, 48, 50.0, 52.0, 31.0, 23.0)
LENSES = [
    PLAIN,
    PinholeCamera(64, 48, 50.0, 52.0, 31.0, 23.0, 'plumb_bob', (-0.2, 0.05, 0.001, -0.002, 0.0)),
    PinholeCamera(64, 48, 40.0, 40.0, 31.0, 23.0, 'equidistant', (0.02, -0.01, 0.003, 0.0)),
    PinholeCamera(
        64,
        48,
        50.0,
        52.0,
        31.0,
        23.0,
        distortion_model='rational_polynomial',
        distortion=(0.1, 0.01, 0.0, 0.0, 0.0, 0.05, 0.0, 0.0),
    ),
]


@pytest.mark.parametrize('camera', LENSES, ids=lambda c: c.distortion_model or 'pinhole')
def test_inverts_the_rays(camera):
    rays = pixel_rays(camera).reshape(2, -1).T.astype(np.float64)
    depth = np.linspace(2, 40, len(rays))[:, None]
    pixels = project(np.concatenate([rays, np.ones((len(rays), 1))], 1) * depth, camera)
    v, u = np.divmod(np.arange(len(rays)), camera.width)
    np.testing.assert_allclose(pixels, np.stack([u, v], 1), atol=2e-3)


def _at(u: float, v: float, z: float) -> list[float]:
    return [(u - PLAIN.cx) / PLAIN.fx * z, (v - PLAIN.cy) / PLAIN.fy * z, z]


def test_the_nearest_point_holds_in_the_pixel_around_it():
    points = np.array([_at(10.4, 20.2, 5.0), _at(9.6, 19.7, 3.0), _at(10.0, 20.0, 9.0)])
    pixels, index = scatter(points, PLAIN)
    assert (pixels.tolist(), index.tolist()) == ([20 * 64 + 10], [1])


def test_on_nuscenes_coordinates_are_cut_and_the_last_point_holds():
    points = np.array([_at(10.9, 20.2, 3.0), _at(10.1, 20.9, 5.0), _at(10.5, 20.5, 9.0)])
    pixels, index = scatter(points, PLAIN, nearest=False)
    assert (pixels.tolist(), index.tolist()) == ([20 * 64 + 10], [2])


def test_what_the_camera_does_not_see_is_left_out():
    points = np.array(
        [
            _at(10, 10, 0.0),  # in the lens
            _at(10, 10, -5.0),  # behind
            _at(0.5, 10, 5.0),  # at the edge
            _at(63.5, 10, 5.0),
            _at(10, 47.2, 5.0),
            [np.nan, 0, 5.0],
            [0.0, 0.0, np.inf],
        ]
    )
    assert scatter(points, PLAIN)[0].size == 0
    assert scatter(np.empty((0, 3)), PLAIN)[0].size == 0


def test_near_points_are_left_out_only_where_that_is_asked_for():
    points = np.array([_at(10, 10, 0.002), _at(20, 20, 0.5), _at(30, 30, 5.0)])
    assert scatter(points, PLAIN)[1].tolist() == [0, 1, 2]
    assert scatter(points, PLAIN, min_depth_m=0.5)[1].tolist() == [2]


def test_points_far_outside_do_not_fold_back_into_a_distorted_picture():
    # x = 2.6 lies beyond the turning point of 1 - 0.3 r^2: its image is back in the middle.
    camera = PinholeCamera(64, 48, 50.0, 50.0, 31.0, 23.0, 'plumb_bob', (-0.15, 0, 0, 0, 0))
    folded = np.array([[2.6, 0.0, 1.0]]) * 5
    assert 1 < project(folded, camera)[0, 0] < 63
    assert scatter(folded, camera)[0].size == 0


def test_uncalibrated_camera():
    with pytest.raises(CameraModelError, match='fx is 0'):
        scatter(np.ones((1, 3)) * 5, PinholeCamera(4, 4, 0.0, 1.0, 0, 0))
