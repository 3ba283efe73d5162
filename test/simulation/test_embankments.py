# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Slopes beside the road: rays against dense samples and closed forms; what stands there."""

import dataclasses

import numpy as np
import pytest

from thermal_depth_ros.base.contract import RGB
from thermal_depth_ros.geometry.camera import PinholeCamera
from thermal_depth_ros.simulation import (
    buildings,
    casting,
    labels,
    materials,
    plants,
    street_things,
)
from thermal_depth_ros.simulation.arrays import Arrays
from thermal_depth_ros.simulation.embankments import Embankments, draw_embankments
from thermal_depth_ros.simulation.ground import KERB as KERBSTONE
from thermal_depth_ros.simulation.ground import (
    ROAD,
    SIDEWALK,
    TERRAIN,
    LightMap,
    ground_classes,
)
from thermal_depth_ros.simulation.layouts import draw_layout, with_embankments
from thermal_depth_ros.simulation.parts import table
from thermal_depth_ros.simulation.placing import Builder
from thermal_depth_ros.simulation.route import smooth_route
from thermal_depth_ros.simulation.surfaces import ground_points

CAMERA = PinholeCamera(65, 49, 40.0, 40.0, 32.0, 24.0)
LEVEL = np.array([[0.0, 0, 1], [-1, 0, 0], [0, -1, 0]])  # looks along x
KERB, EDGE, START, RUN, HIGH = 0.15, 6.0, 2.0, 9.0, 3.0
NOTHING = table([], materials.NAMES, np.random.default_rng(0))


def slopes(high: float = HIGH, **changes) -> Embankments:
    even = Embankments(
        start_m=START,
        run_m=RUN,
        low_m=high,
        high_m=high,
        rise=0.0,
        waves=np.zeros((3, 2)),
        phases=np.zeros(3),
        ditch_m=0.0,
        ditch_width_m=0.0,
        grassy=False,
        open_share=0.0,
    )
    return dataclasses.replace(even, **changes)


class Ahead:
    """A road that ends at a kerb and a slope across the way."""

    half_m, sidewalk_m, verge_m, kerb_m = 3.0, START, 0.0, KERB

    def __init__(self, embankments=None):
        self.embankments = embankments

    def edge(self, x, y, xp):
        return x - EDGE + 0.0 * y

    def paint(self, x, y, size, xp):
        return 0.0 * x, 0.0 * x


def pose(height: float, yaw: float = 0.0, x: float = 0.0, y: float = 0.0) -> np.ndarray:
    c, s = np.cos(yaw), np.sin(yaw)
    T = np.eye(4)
    T[:3, :3] = np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]]) @ LEVEL
    T[:3, 3] = x, y, height
    return T


def seen_in(layout, T, use_torch=False) -> tuple[casting.Visible, casting.Rays, Arrays]:
    arrays = Arrays('cpu', use_torch=use_torch)
    rays = casting.camera_rays(CAMERA, arrays)
    return casting.cast(NOTHING, rays, T, arrays, layout), rays, arrays


def meeting(slope: float, height: float, high: float) -> float:
    """Return where a line from (0, height) first meets the ground of Ahead, or Inf."""
    places = [-height / slope] if slope < 0 and -height / slope <= EDGE else []
    if slope < 0 and EDGE < (KERB - height) / slope <= EDGE + START:
        places.append((KERB - height) / slope)
    # high (3 u^2 - 2 u^3) + KERB = height + slope (EDGE + START + RUN u)
    begin = height + slope * (EDGE + START)
    for u in np.roots([-2 * high, 3 * high, -slope * RUN, KERB - begin]):
        if abs(u.imag) < 1e-9 and 0 <= u.real <= 1:
            places.append(EDGE + START + RUN * u.real)
    if slope != 0 and (KERB + high - height) / slope > EDGE + START + RUN:
        places.append((KERB + high - height) / slope)
    return min(places, default=np.inf)


@pytest.mark.parametrize('use_torch', [False, True])
@pytest.mark.parametrize('high', [HIGH, -1.4])
@pytest.mark.parametrize('height', [1.5, 4.0])
def test_rays_end_where_a_cubic_meets_them(use_torch, high, height):
    seen, _, arrays = seen_in(Ahead(slopes(high)), pose(height), use_torch)
    depth = arrays.numpy(seen.depth)
    slope = (CAMERA.cy - np.arange(CAMERA.height)) / CAMERA.fy
    expected = np.array([meeting(k, height, high) for k in slope])
    near = (expected < 100) & (abs(expected - EDGE) > 0.5)
    assert near.sum() > 15
    np.testing.assert_allclose(depth[near], expected[near, None] + 0 * depth[near], atol=0.01)
    # Of what rises above the camera, rays above the horizon see the slope.
    above = near & (slope > 0)
    assert above.any() == (height - KERB < high)
    assert np.isinf(depth[slope > 0.3]).all()


def drawn_plans():
    for seed, scene in enumerate(('winding', 'street', 'winding', 'street')):
        rng = np.random.default_rng(seed)
        layout = draw_layout(scene, 100.0, rng)
        yield with_embankments(layout, 1.0, rng), rng


@pytest.mark.parametrize('use_torch', [False, True])
def test_no_ray_ends_above_or_below_the_ground(use_torch):
    for layout, rng in drawn_plans():
        line = smooth_route(layout.route(100.0, rng), 5.0)
        x, y, yaw = (float(value) for value in line.pose(60.0))
        T = pose(1.6, yaw + float(rng.uniform(-1.2, 1.2)), x, y)
        seen, rays, arrays = seen_in(layout, T, use_torch)
        depth = arrays.numpy(seen.depth).astype(float)
        u, v = (arrays.numpy(values).astype(float) for values in (rays.x, rays.y))
        d = np.stack(np.broadcast_arrays(u, v, 1.0), axis=-1) @ T[:3, :3].T

        def clearance(t, d=d, T=T, layout=layout):
            place = T[:3, 3] + t[..., None] * d
            edge = layout.edge(place[..., 0], place[..., 1], np)
            height = layout.embankments.height(edge, place[..., 0], place[..., 1], np)
            return place[..., 2] - height - layout.kerb_m, edge - layout.embankments.start_m

        gap, beyond = clearance(np.where(depth < 100, depth, 0.0))
        on_slope = (beyond > 0) & (depth < 100)
        assert on_slope.sum() > 30
        assert np.abs(gap[on_slope]).max() < 0.01
        end = np.minimum(depth, 60.0)
        for share in np.linspace(0.0, 0.999, 400):
            gap, beyond = clearance(share * end)
            assert gap[beyond > 0].min(initial=1.0) > -0.01


def test_slopes_are_no_steeper_than_they_say_and_leave_the_strip_level():
    for layout, rng in drawn_plans():
        x, y = rng.uniform(-120.0, 120.0, (2, 20_000))
        edge = layout.edge(x, y, np)
        height = layout.embankments.height(edge, x, y, np)
        assert (height[edge <= layout.embankments.start_m] == 0).all()
        assert np.ptp(height) > 0.5
        assert height.max() <= layout.embankments.highest_m
        assert height.min() >= layout.embankments.lowest_m
        turn, small = rng.uniform(0, 2 * np.pi, len(x)), 1e-4
        there = x + small * np.cos(turn), y + small * np.sin(turn)
        edge = layout.edge(*there, np)
        slope = np.abs(layout.embankments.height(edge, *there, np) - height) / small
        near = edge < 40.0
        assert slope[near].max() < 1.5 * layout.embankments.steepest
        assert np.quantile(slope[near], 0.99) < np.tan(np.radians(40.0))


def test_share_decides_how_many_plans_have_slopes_and_a_yard_has_none():
    def sloped(share, scene='winding'):
        plans = (draw_layout(scene, 50.0, np.random.default_rng(0)) for _ in range(60))
        drawn = [
            with_embankments(plan, share, np.random.default_rng(seed)).embankments
            for seed, plan in enumerate(plans)
        ]
        return sum(one is not None for one in drawn)

    assert (sloped(0.0), sloped(1.0), sloped(1.0, 'yard')) == (0, 60, 0)
    assert 15 < sloped(0.5) < 45


def test_slopes_without_height_look_like_level_ground():
    level, _, _ = seen_in(Ahead(), pose(1.5))
    sloped, _, _ = seen_in(Ahead(slopes(0.0)), pose(1.5))
    np.testing.assert_array_equal(level.part, sloped.part)
    np.testing.assert_allclose(level.depth, sloped.depth, rtol=1e-3)


@pytest.mark.parametrize('use_torch', [False, True])
def test_normals_lean_with_the_slope(use_torch):
    layout, T = Ahead(slopes()), pose(1.5)
    seen, rays, arrays = seen_in(layout, T, use_torch)
    full = np.full((4, 4), 255, np.uint8)
    light = LightMap(full, full, (0.0, 0.0), 1.0)
    points = ground_points(seen, rays, T, layout, light, arrays)
    x, z, *normal = (arrays.numpy(v).astype(float) for v in (*points.place[::2], *points.normal))
    u = (x - EDGE - START) / RUN
    run = (u > 0.05) & (u < 0.95)
    tangent = HIGH * 6 * u * (1 - u) / RUN
    assert run.sum() > 100
    np.testing.assert_allclose(normal[0][run], -np.sin(np.arctan(tangent[run])), atol=0.01)
    np.testing.assert_allclose(normal[2][run], np.cos(np.arctan(tangent[run])), atol=0.01)
    np.testing.assert_allclose(normal[1][run], 0.0, atol=0.01)
    # A slope that rises through the height of a kerb is no kerb.
    assert (normal[2][(u > 0) & (z < KERB + 0.1)] > 0.9).all()


def test_slopes_are_grass_and_change_nothing_of_the_drive_itself(make_drive):
    settings = {'seed': 4, 'scene': 'winding', 'light': 'day'}
    level, sloped = make_drive(**settings), make_drive(**settings, embankments=1.0)
    first, second = level.world, sloped.world
    assert first.layout.embankments is None
    same = {**vars(second.layout), **vars(second.climate), 'embankments': None}
    for name, value in {**vars(first.layout), **vars(first.climate)}.items():
        np.testing.assert_array_equal(same[name], value)
    np.testing.assert_array_equal(first.motion.pose(5.0), second.motion.pose(5.0))
    camera = sloped.camera(RGB)
    np.testing.assert_array_equal(level.camera(RGB).T_base_optical, camera.T_base_optical)
    frame = sloped.frame(RGB, 0, 3.0)
    np.testing.assert_array_equal(frame.labels == labels.SKY, np.isinf(frame.depth_m))
    T = second.motion.pose(3.0) @ camera.T_base_optical
    v, u = np.mgrid[: camera.camera.height, : camera.camera.width]
    K = camera.camera
    rays = np.stack([(u - K.cx) / K.fx, (v - K.cy) / K.fy, np.ones(u.shape)])
    depth = np.where(frame.depth_m < 60, frame.depth_m, 0.0)
    x, y, z = np.einsum('ij,jhw->ihw', T[:3, :3], rays * depth) + T[:3, 3, None, None]
    edge = second.layout.edge(x, y, np)
    ground = second.layout.kerb_m + second.layout.embankments.height(edge, x, y, np)
    beyond = max(second.layout.embankments.start_m, second.layout.sidewalk_m)
    slope = (frame.depth_m < 60) & (edge > beyond + 0.1)
    terrain = slope & (frame.labels == labels.TERRAIN)
    assert terrain.sum() > 100
    np.testing.assert_allclose(z[terrain], ground[terrain], atol=0.02)
    assert np.ptp(z[terrain]) > 0.3
    assert not (slope & np.isin(frame.labels, [labels.ROAD, labels.SIDEWALK])).any()


def low_house():
    """Draw a house of one floor, whose roof would reach into the ground if it had no walls."""
    for seed in range(100):
        parts = buildings.house(np.random.default_rng(seed), 10.0, 12.0)
        tilted = [part for part in parts if part.rotation is not None]
        if any(part.centre[2] - np.sqrt(2) * part.half[2] < -0.35 for part in tilted):
            return parts
    raise AssertionError('there is no such house')


def test_things_stand_on_slopes_and_foundations_reach_down():
    layout, rng = next(drawn_plans())
    route = smooth_route(layout.route(100.0, rng), 5.0)
    layout = dataclasses.replace(layout, embankments=slopes())
    things = {
        'tree': plants.leafy_tree(rng),
        'house': low_house(),
        'bollard': street_things.bollard(rng),
    }
    x = np.linspace(0.0, 60.0, 40)
    for name, parts in things.items():
        builder = Builder(layout, route, rng)
        founded, placed = name == 'house', 0
        for at in x:
            y = route.xy[np.argmin(abs(route.xy[:, 0] - at)), 1] + rng.uniform(11.0, 22.0)
            placed += builder.add(parts, float(at), float(y), 0.0, founded=founded)
        assert placed >= 2
        for rows in builder.tables:
            # A gable is a tilted bar, whose edge may lie below the ground.
            upright = np.abs(rows.rotation[:, 2, 2]) > 0.9
            points = casting.corners(rows, np.eye(4))[upright].reshape(-1, 3)
            foot = points[points[:, 2] < points[:, 2].min() + 0.02]
            edge = layout.edge(foot[:, 0], foot[:, 1], np)
            ground = layout.kerb_m + layout.embankments.height(edge, foot[:, 0], foot[:, 1], np)
            # Nothing floats; what has no foundation is not deeper than the slope under it.
            assert (foot[:, 2] < ground + 0.1).all()
            assert foot[:, 2].min() > ground.min() - 0.7
            assert founded or foot[:, 2].max() > ground.min() - 0.4


def test_a_low_wall_is_not_buried_in_a_slope():
    layout, rng = next(drawn_plans())
    layout = dataclasses.replace(layout, embankments=slopes())
    route = smooth_route(layout.route(100.0, rng), 5.0)
    middle = route.xy[len(route.xy) // 2]
    parts = street_things.barrier(rng, 8.0)
    across = route.heading[len(route.xy) // 2] + np.pi / 2
    away = 1.0 * layout.half_m + START + RUN / 2
    place = middle + away * np.array([np.cos(across), np.sin(across)])
    for yaw, fits in ((across - np.pi / 2, True), (across, False)):
        assert Builder(layout, route, rng).add(parts, *map(float, place), float(yaw)) == fits


def test_drawn_slopes_rise_and_fall():
    drawn = [draw_embankments(3.0, np.random.default_rng(seed)) for seed in range(200)]
    high = np.array([one.high_m for one in drawn])
    assert 0.8 <= high.min() < high.max() <= 4.0
    falling = np.mean([one.low_m < 0 for one in drawn])
    assert 0.2 < falling < 0.6
    assert all(one.grassy or one.start_m >= 3.0 for one in drawn)
    assert 40 < sum(one.grassy for one in drawn) < 100
    assert all(2.0 <= one.run_m < 12.0 for one in drawn)


def test_ditches_are_as_deep_as_they_say_and_ground_goes_on_behind_them():
    ditch = slopes(ditch_m=0.6, ditch_width_m=3.0)
    edge = np.linspace(0.0, START + 3.0 + RUN, 4001)
    height = ditch.height(edge, 0.0 * edge, 0.0 * edge, np)
    assert height.min() == pytest.approx(-0.6, abs=1e-3)
    assert edge[np.argmin(height)] == pytest.approx(START + 1.5, abs=0.01)
    assert height.min() >= ditch.lowest_m
    assert height[-1] == pytest.approx(HIGH)
    slope = np.diff(height) / np.diff(edge)
    assert slope.min() == pytest.approx(-0.6 / 3.0 * 16 / (3 * np.sqrt(3)), rel=1e-3)


@pytest.mark.parametrize('grassy', [False, True])
def test_a_strip_of_grass_has_no_sidewalk(grassy):
    arrays = Arrays()
    edge = np.array([-1.0, 0.1, 0.5, START - 0.1, START + 0.1, 12.0])
    row = ground_classes(Ahead(slopes(grassy=grassy)), edge + EDGE, 0.0 * edge, 0.0 * edge, arrays)
    strip = TERRAIN if grassy else SIDEWALK
    assert row.tolist() == [ROAD, KERBSTONE, strip, strip, TERRAIN, TERRAIN]
