# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Depth of kerbs and of bodies with holes, against closed forms."""

import numpy as np
import pytest

from thermal_depth_ros.geometry.camera import PinholeCamera
from thermal_depth_ros.simulation import casting, materials, sieves
from thermal_depth_ros.simulation.arrays import Arrays
from thermal_depth_ros.simulation.intersections import BALL, BOX
from thermal_depth_ros.simulation.parts import Part, table, yaw_matrix

CAMERA = PinholeCamera(81, 61, 70.0, 70.0, 40.0, 30.0)
HEIGHT, KERB, EDGE = 1.5, 0.15, 6.0
T_LEVEL = np.array([[0.0, 0, 1, 0], [-1, 0, 0, 0], [0, -1, 0, HEIGHT], [0, 0, 0, 1]])
GREY = (0.5, 0.5, 0.5)


class Ahead:
    """A road that ends at a kerb across the way."""

    half_m, sidewalk_m, verge_m, kerb_m = 3.0, 4.0, 0.0, KERB
    embankments = None

    def edge(self, x, y, xp):
        return x - EDGE + 0.0 * y


def cast(parts, layout=None, use_torch=False):
    arrays = Arrays('cpu', use_torch=use_torch)
    rows = table(parts, materials.NAMES, np.random.default_rng(0))
    rays = casting.camera_rays(CAMERA, arrays)
    seen = casting.cast(rows, rays, T_LEVEL, arrays, layout)
    return arrays.numpy(seen.depth), arrays.numpy(seen.part)


@pytest.mark.parametrize('use_torch', [False, True])
def test_road_kerb_and_sidewalk_lie_where_they_are(use_torch):
    depth, _ = cast([], Ahead(), use_torch)
    for v in range(33, 61):
        slope = (v - CAMERA.cy) / CAMERA.fy
        on_top, on_road = (HEIGHT - KERB) / slope, HEIGHT / slope
        expected = on_top if on_top > EDGE else min(on_road, EDGE)
        np.testing.assert_allclose(depth[v], expected, rtol=1e-3)
    # The face of the kerb is 0.15 m high: 1.75 pixels at 6 m.
    face = np.isclose(depth[:, 40], EDGE, rtol=1e-3)
    assert 1 <= face.sum() <= 2


@pytest.mark.parametrize('name', sieves.NAMES)
@pytest.mark.parametrize('far', [3.0, 40.0])
def test_holes_let_rays_pass_and_leave_the_rest_where_it_was(name, far):
    style = (BOX, (far, 0.0, HEIGHT), (0.45 * far, 0.3, 0.3 * far), 8, 'leaves', GREY, GREY)
    across = yaw_matrix(np.pi / 2)
    body = Part(*style, across)
    whole, _ = cast([body])
    behind, _ = cast([])
    depth, part = cast([Part(*style, across, sieve=name)])
    solid = part == 0
    np.testing.assert_array_equal(depth[solid], whole[solid])
    np.testing.assert_array_equal(depth[~solid], behind[~solid])
    share = solid.sum() / (whole < behind).sum()
    assert share == pytest.approx(sieves.SIEVES[name].solid, abs=0.16)


def test_holes_stay_where_they_are_on_a_body_that_moves():
    images = []
    for along in (0.0, 0.9):
        T = T_LEVEL.copy()
        T[0, 3] = along
        place = (9.0 + along, 0.0, HEIGHT)
        ball = Part(BALL, place, (2.0, 2.0, 2.0), 8, 'leaves', GREY, GREY, sieve='leaves')
        rows = table([ball], materials.NAMES, np.random.default_rng(0))
        arrays = Arrays()
        rays = casting.camera_rays(CAMERA, arrays)
        images.append(casting.cast(rows, rays, T, arrays).part[:30])
    assert (images[0] == images[1]).mean() > 0.99
    assert 0.3 < (images[0] == 0).sum() / (np.pi * (2 * 70 / 9) ** 2 / 2) < 0.9
