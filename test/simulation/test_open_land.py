# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Open land beside the road: what is seen over it, where it stands, and what stays the same."""

import dataclasses

import numpy as np
import pytest

from thermal_depth_ros.geometry.camera import PinholeCamera
from thermal_depth_ros.simulation import casting, filling, labels, materials, plants, vehicles
from thermal_depth_ros.simulation.arrays import Arrays
from thermal_depth_ros.simulation.layouts import draw_layout
from thermal_depth_ros.simulation.open_land import OpenLand, OpenSide, draw_open_land
from thermal_depth_ros.simulation.parts import table, turned
from thermal_depth_ros.simulation.placing import Builder
from thermal_depth_ros.simulation.route import smooth_route

CAMERA = PinholeCamera(96, 48, 60.0, 60.0, 47.5, 28.0)
USUAL = OpenSide(near=1.0)
WOODS = OpenSide(near=0.0, tree_lines_m=(60.0,))


def filled(land, seed=5, scene='winding', length=120.0) -> Builder:
    rng = np.random.default_rng(seed)
    layout = draw_layout(scene, length, rng)
    route = smooth_route(layout.route(length, rng), 5.0)
    return filling.fill(layout, route, np.random.default_rng(seed), land)


def seen_aside(builder: Builder, side: int, s: float) -> tuple[np.ndarray, np.ndarray]:
    """Return depth and labels (-1 ground, -2 sky) of a camera on the road that looks aside."""
    parts, arrays = builder.table(), Arrays()
    x, y, yaw = (float(value) for value in builder.route.pose(s))
    c, n = np.cos(yaw + side * np.pi / 2), np.sin(yaw + side * np.pi / 2)
    T = np.eye(4)
    T[:3, :3] = np.array([[n, 0, c], [-c, 0, n], [0, -1, 0]])
    T[:3, 3] = x, y, 1.6
    rays = casting.camera_rays(CAMERA, arrays)
    seen = casting.cast(parts, rays, T, arrays, builder.layout)
    part = arrays.numpy(seen.part)
    label = np.where(part >= 0, parts.label[np.maximum(part, 0)].astype(int), part)
    return arrays.numpy(seen.depth), label


def share_far(builder: Builder, side: int) -> float:
    """Return how much of what looks aside is trees and buildings 40 to 100 m away."""
    shares = []
    for s in (20.0, 60.0, 100.0):
        depth, label = seen_aside(builder, side, s)
        things = np.isin(label, [labels.VEGETATION, labels.BUILDING])
        shares.append(np.mean(things & (depth > 40.0) & (depth < 100.0)))
    return float(np.mean(shares))


def test_woods_are_seen_over_open_land_and_on_its_side_alone():
    builder = filled(OpenLand(left=WOODS, right=USUAL))
    usual = filled(None)
    left, right = share_far(builder, 1), share_far(builder, -1)
    assert left > 0.03
    assert left > 3 * max(share_far(usual, 1), share_far(usual, -1), right)


def test_drawn_sides_show_far_things_more_often_than_usual_roads():
    far = {True: [], False: []}
    for seed in range(5):
        land = draw_open_land(1.0, np.random.default_rng(seed))
        side = 1 if land.left.tree_lines_m else -1
        for drawn in (land, None):
            far[drawn is None].append(share_far(filled(drawn, seed), side))
    assert np.mean(far[False]) > 0.03
    assert np.mean(far[False]) > 2 * np.mean(far[True])


def test_far_things_are_seen_below_the_crowns_of_old_trees():
    rows, planted = {}, None
    for share in (0.0, 1.0):
        builder = filled(OpenLand(dataclasses.replace(WOODS, old_trees=share), USUAL))
        depth = np.concatenate([seen_aside(builder, 1, s)[0] for s in (20.0, 60.0, 100.0)], axis=1)
        rows[share] = depth
        planted = len(builder.tables)
    assert planted > 10
    low, high = int(CAMERA.cy) - 3, 4  # 1.3 to 3 m up, and 6 to 18 m up, 15 to 45 m away
    near = {share: (depth > 0) & (depth < 46.0) for share, depth in rows.items()}
    assert np.mean(near[1.0][high]) > np.mean(near[0.0][high]) + 0.3
    far_below = (rows[1.0][low] > 46.0) & near[1.0][high]
    assert np.mean(far_below) > 0.15


@pytest.mark.parametrize('scene', ['winding', 'street'])
def test_things_stand_on_the_ground_beside_the_roads(scene):
    everything = (('trees', 0.5), ('houses', 0.5), ('cars', 0.5), ('car parks', 0.6))
    side = OpenSide(0.0, (45.0, 90.0), everything, old_trees=0.5)
    bare = filled(OpenLand(OpenSide(0.0), OpenSide(0.0)), scene=scene)
    builder = filled(OpenLand(side, side), scene=scene)
    # What stands near the road is drawn first, and alike.
    far = builder.tables[len(bare.tables) :]
    assert len(far) > 20
    layout = builder.layout
    for rows in far:
        points = casting.corners(rows, np.eye(4)).reshape(-1, 3)
        assert points[:, 2].min() < layout.kerb_m + 0.05
        solid = rows.sieve < 0
        assert (layout.edge(*rows.centre[solid, :2].T, np) > 1.0).all()
    label = np.concatenate([rows.label for rows in far])
    assert {labels.VEGETATION, labels.BUILDING, labels.CAR, labels.UNLABELLED} <= set(label)


def test_share_decides_how_many_drives_are_open_and_each_has_an_open_side():
    drawn = [draw_open_land(0.5, np.random.default_rng(seed)) for seed in range(100)]
    opened = [land for land in drawn if land is not None]
    assert 30 < len(opened) < 70
    near = np.array([[land.left.near, land.right.near] for land in opened])
    assert (near.min(axis=1) <= 0.5).all()
    assert 0.3 < np.mean(near.max(axis=1) <= 0.5) < 0.85
    assert all(draw_open_land(0.0, np.random.default_rng(seed)) is None for seed in range(20))
    assert all(draw_open_land(1.0, np.random.default_rng(seed)) for seed in range(20))


def test_other_drives_and_yards_stay_and_so_does_the_drive_itself(make_drive):
    def world(scene, share):
        settings = {'seed': 4, 'scene': scene, 'light': 'day', 'duration_s': 3.0}
        return make_drive(**settings, open_land=share).world

    # Seed 4 draws more than one in ten.
    for scene, share in (('winding', 0.1), ('yard', 1.0)):
        first, second = world(scene, 0.0), world(scene, share)
        for field in dataclasses.fields(first.static):
            one, two = (getattr(any_world.static, field.name) for any_world in (first, second))
            np.testing.assert_array_equal(one, two)
    first, second = world('winding', 0.0), world('winding', 1.0)
    assert len(first.static) != len(second.static)
    for name, value in {**vars(first.layout), **vars(first.climate)}.items():
        np.testing.assert_array_equal({**vars(second.layout), **vars(second.climate)}[name], value)
    np.testing.assert_array_equal(first.motion.pose(2.0), second.motion.pose(2.0))


def test_pieces_of_a_tree_line_follow_each_other_without_gaps():
    rng = np.random.default_rng(0)
    layout = dataclasses.replace(draw_layout('winding', 80.0, rng), amplitude=np.zeros(2))
    builder = Builder(layout, smooth_route(layout.route(80.0, rng), 5.0), rng)
    for index in range(6):
        parts = plants.tree_line(rng, 11.4)
        assert builder.add(parts, 12.0 * index, 40.0, 0.0)
    depth, label = seen_aside(builder, 1, 30.0)
    row = int(CAMERA.cy) - 1  # a little above the height of the camera
    inside = abs(np.arange(CAMERA.width) - CAMERA.cx) < 25
    assert np.mean(label[row, inside] == labels.VEGETATION) > 0.9
    assert depth[row, inside & (label[row] >= 0)].max() < 46.0


def test_an_object_of_another_one_is_turned_and_moved_as_the_world_does_it():
    rng = np.random.default_rng(2)
    car = vehicles.vehicle(rng, running=False)[0]
    moved = table(turned(car, 0.7, (3.0, -2.0, 0.1)), materials.NAMES, rng)
    original = table(car, materials.NAMES, rng)
    c, s = np.cos(0.7), np.sin(0.7)
    T = np.array([[c, -s, 0, 3.0], [s, c, 0, -2.0], [0, 0, 1, 0.1], [0, 0, 0, 1]])
    expected = casting.corners(original, T)
    np.testing.assert_allclose(casting.corners(moved, np.eye(4)), expected, atol=1e-9)
