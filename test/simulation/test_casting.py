# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Depth against closed forms: ground plane, box, sphere, cylinder; numpy against torch."""

import numpy as np
import pytest

from thermal_depth_ros.geometry.camera import PinholeCamera
from thermal_depth_ros.geometry.rays import pixel_rays
from thermal_depth_ros.simulation import casting, materials
from thermal_depth_ros.simulation.arrays import Arrays, DeviceError
from thermal_depth_ros.simulation.intersections import BALL, BOX, CYLINDER
from thermal_depth_ros.simulation.parts import Part, pitch_matrix, table, yaw_matrix

CAMERA = PinholeCamera(81, 61, 70.0, 70.0, 40.0, 30.0)
HEIGHT = 1.5
# Looking along the world's x axis from 1.5 m above the origin.
T_LEVEL = np.array([[0.0, 0, 1, 0], [-1, 0, 0, 0], [0, -1, 0, HEIGHT], [0, 0, 0, 1]])
GREY = (0.5, 0.5, 0.5)


def part(shape, centre, half, rotation=None):
    return Part(shape, centre, half, 2, 'metal', GREY, GREY, rotation)


def cast(parts, T=T_LEVEL, camera=CAMERA, arrays=None):
    arrays = arrays or Arrays()
    rows = table(parts, materials.NAMES, np.random.default_rng(0))
    rays = casting.camera_rays(camera, arrays)
    seen = casting.cast(rows, rays, T, arrays)
    return arrays.numpy(seen.depth), arrays.numpy(seen.part)


def test_ground_is_the_camera_height_over_the_slope_of_the_ray():
    depth, part_ = cast([])
    for v in (31, 40, 60):
        expected = HEIGHT * CAMERA.fy / (v - CAMERA.cy)
        np.testing.assert_allclose(depth[v], expected, rtol=1e-5)
    assert np.isinf(depth[:31]).all()
    assert (part_[:31] == casting.SKY).all()
    assert (part_[31:] == casting.GROUND).all()


def test_ground_of_a_camera_that_looks_down():
    angle = 0.3
    T = T_LEVEL.copy()
    T[:3, :3] = pitch_matrix(angle) @ T[:3, :3]
    depth, _ = cast([], T)
    for v in (20, 30, 55):
        below = np.arctan((v - CAMERA.cy) / CAMERA.fy)
        # The ray meets the ground at this range; its depth is the part along the axis.
        expected = HEIGHT / np.sin(angle + below) * np.cos(below)
        assert depth[v, 40] == pytest.approx(expected, rel=1e-5)


def test_box_in_front_has_the_depth_of_its_face_and_its_projected_size():
    depth, part_ = cast([part(BOX, (12.0, 0.0, 2.0), (2.0, 1.05, 2.0))])
    assert depth[30, 40] == pytest.approx(10.0, rel=1e-6)
    # Half of the width, 1.05 m at 10 m, is 7.35 pixels; the top, 2.5 m above the camera, 17.5.
    assert np.flatnonzero(part_[30] == 0).tolist() == list(range(33, 48))
    # The foot, 10.5 pixels below the middle, hides the ground behind it.
    assert np.flatnonzero(part_[:, 40] == 0).tolist() == list(range(13, 41))


def test_turned_box_shows_its_edge():
    half = 1.0
    depth, _ = cast([part(BOX, (10.0, 0.0, 1.5), (half, half, half), yaw_matrix(np.pi / 4))])
    assert depth[30, 40] == pytest.approx(10.0 - half * np.sqrt(2), rel=1e-5)
    # Beside the edge the wall runs back at 45 degrees: z - z0 = |x|, x = z u / f.
    offset = 5 / CAMERA.fx
    assert depth[30, 45] == pytest.approx((10.0 - np.sqrt(2)) / (1 - offset), rel=1e-5)


def test_sphere_by_the_quadratic_formula():
    centre, radius = np.array([0.4, -0.3, 8.0]), 1.1  # in the camera's frame
    world = (8.0, -0.4, HEIGHT + 0.3)
    depth, part_ = cast([part(BALL, world, (radius,) * 3)])
    for u, v in ((40, 30), (44, 27), (37, 31)):
        ray = np.array([(u - CAMERA.cx) / CAMERA.fx, (v - CAMERA.cy) / CAMERA.fy, 1.0])
        a, b, c = ray @ ray, ray @ centre, centre @ centre - radius**2
        assert depth[v, u] == pytest.approx((b - np.sqrt(b * b - a * c)) / a, rel=1e-5)
    assert (part_ == 0).sum() == pytest.approx(np.pi * (radius * CAMERA.fx / 8.0) ** 2, rel=0.08)


def test_small_sphere_far_away_keeps_its_depth_in_single_precision():
    depth, part_ = cast([part(BALL, (150.0, 0.0, HEIGHT), (1.2, 1.2, 1.2))])
    assert part_[30, 40] == 0
    assert depth[30, 40] == pytest.approx(148.8, abs=0.01)


def test_upright_cylinder_and_its_top():
    radius = 0.5
    depth, part_ = cast([part(CYLINDER, (6.0, 0.0, 0.5), (radius, radius, 0.5))])
    assert not (part_[:30] == 0).any()
    # Its near line in the middle column; the top, 0.5 m below the camera, behind the rim.
    wall, top = 45, 36
    assert depth[wall, 40] == pytest.approx(6.0 - radius, rel=1e-5)
    assert depth[top, 40] == pytest.approx(0.5 * CAMERA.fy / (top - CAMERA.cy), rel=1e-5)


def test_lying_cylinder_has_flat_ends():
    lying = np.array([[0.0, 0, 1], [0, 1, 0], [-1, 0, 0]])  # its axis along x
    depth, _ = cast([part(CYLINDER, (5.0, 0.0, HEIGHT), (0.4, 0.4, 1.0), lying)])
    np.testing.assert_allclose(depth[28:33, 38:43], 4.0, rtol=1e-5)


def test_nearer_of_two_wins_whatever_their_order():
    near, far = part(BOX, (6, 0, 1.5), (0.5, 0.5, 0.5)), part(BOX, (9, 0, 1.5), (0.5, 2, 2))
    first, second = cast([near, far]), cast([far, near])
    np.testing.assert_array_equal(first[0], second[0])
    assert first[0][30, 40] == pytest.approx(5.5)
    assert first[0][30, 50] == pytest.approx(8.5)


def test_nothing_behind_or_around_the_camera_is_seen():
    depth, part_ = cast([part(BOX, (-5, 0, 1), (1, 1, 1)), part(BALL, (0, 0, HEIGHT), (1, 1, 1))])
    assert (part_ < 0).all()


def test_wall_that_runs_past_the_camera_is_cut_at_the_image_plane():
    depth, part_ = cast([part(BOX, (5.0, 2.1, 5.0), (20.0, 0.1, 5.0))])
    for u in (0, 10, 20):
        assert depth[25, u] == pytest.approx(2.0 * CAMERA.fx / (CAMERA.cx - u), rel=1e-5)


def test_windows_never_cut_a_body(monkeypatch):
    rng = np.random.default_rng(5)
    shapes = [BOX, BALL, CYLINDER]
    parts = [
        part(shapes[i % 3], rng.uniform((1, -6, 0), (20, 6, 3)), rng.uniform(0.1, 2.0, 3),
             yaw_matrix(rng.uniform(0, 6)) @ pitch_matrix(rng.uniform(0, 3)))
        for i in range(60)
    ]  # fmt: skip
    windowed = cast(parts)
    everything = np.array([[0, CAMERA.width, 0, CAMERA.height]])
    monkeypatch.setattr(
        casting, 'pixel_windows', lambda bounds, x, y: everything.repeat(len(bounds), 0)
    )
    np.testing.assert_array_equal(windowed[0], cast(parts)[0])


def test_distorted_lens_sees_the_ground_along_its_own_rays():
    camera = PinholeCamera(81, 61, 70.0, 70.0, 40.0, 30.0, 'plumb_bob', (-0.2, 0.0, 0.0, 0.0, 0.0))
    depth, part_ = cast([part(BOX, (12.0, 2.0, 1.0), (1.0, 1.0, 1.0))], camera=camera)
    rays = pixel_rays(camera)
    ground = part_ == casting.GROUND
    np.testing.assert_allclose(depth[ground], HEIGHT / rays[1][ground], rtol=1e-4)
    inside = (np.abs(rays[0] * 11.0 + 2.0) < 0.99) & (np.abs(rays[1] * 11.0 - 0.5) < 0.99)
    np.testing.assert_allclose(depth[inside], 11.0, rtol=1e-4)
    assert inside.any()


def test_torch_gives_what_numpy_gives(make_drive, camera_pose):
    drive = make_drive(seed=5, scene='yard', light='day')
    T = camera_pose(drive, 'thermal', 0.0)
    found = []
    for arrays in (Arrays(), Arrays('cpu', use_torch=True)):
        rays = casting.camera_rays(drive.camera('thermal').camera, arrays)
        seen = casting.cast(drive.world.static, rays, T, arrays)
        found.append(arrays.numpy(seen.depth))
    same = np.isclose(found[0], found[1], rtol=1e-3)
    assert same.mean() > 0.999  # pixels on an edge may fall on either side


def test_missing_device_is_named():
    with pytest.raises(DeviceError, match="'cuda:99'"):
        Arrays('cuda:99')
