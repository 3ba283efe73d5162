# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Whole drives: truth agrees with itself and with the images; seeds and lights do what they say."""

import dataclasses

import cv2
import numpy as np
import pytest
import torch

from thermal_depth_ros.base.contract import RGB, THERMAL
from thermal_depth_ros.geometry import rigid, warp
from thermal_depth_ros.simulation import drive as drive_module
from thermal_depth_ros.simulation import labels
from thermal_depth_ros.simulation.arrays import Arrays
from thermal_depth_ros.simulation.drive import Drive, rounded_depth
from thermal_depth_ros.simulation.relief import KERB_TOP_M

STEP_S = 0.1
MOVING = list(range(labels.PERSON, labels.BICYCLE + 1))


def as_float(frame) -> np.ndarray:
    image = frame.image.astype(np.float32)
    return image if image.ndim == 3 else image[..., None]


def warped(drive: Drive, kind: str, first, second, T_first_second) -> tuple:
    """Look at the second frame through the first one's depth; return image and what is valid."""
    K = torch.from_numpy(drive.camera(kind).camera.K).float()[None]
    finite = np.where(np.isfinite(first.depth_m), first.depth_m, 1e4)
    depth = torch.from_numpy(finite)[None, None]
    found = warp.project_grid(depth, torch.from_numpy(T_first_second).float()[None], K)
    source = torch.from_numpy(as_float(second)).permute(2, 0, 1)[None]
    seen = torch.from_numpy(np.where(np.isfinite(second.depth_m), second.depth_m, 1e4))
    there = warp.sample(seen[None, None], found, 'border')
    # What the second view does not see is hidden by something nearer there.
    visible = (there - found.computed_depth).abs() < 0.05 * found.computed_depth
    valid = (found.valid & visible)[0, 0].numpy() & np.isfinite(first.depth_m)
    return warp.sample(source, found, 'border')[0].permute(1, 2, 0).numpy(), valid


@pytest.mark.parametrize('scene', ['street', 'winding', 'yard'])
def test_true_depth_and_pose_explain_the_next_image(make_drive, camera_pose, kind, scene):
    drive = make_drive(seed=31, scene=scene, light='day')
    t = next(t for t in np.arange(0.0, 10.0, 0.5) if drive.world.motion.speed(t) > 0.9)
    step = 0.5 if drive.world.cart else STEP_S
    first, second = (drive.frame(kind, index, t + index * step) for index in (0, 1))
    T = rigid.invert(camera_pose(drive, kind, t + step)) @ camera_pose(drive, kind, t)
    image, valid = warped(drive, kind, first, second, T)
    # Leaves and bars smaller than a pixel cannot match.
    static = ~np.isin(first.labels, [*MOVING, labels.VEGETATION, labels.FENCE])
    mask = valid & static
    assert mask.mean() > 0.25
    error = np.abs(image - as_float(first))[mask].mean()
    unwarped = np.abs(as_float(second) - as_float(first))[mask].mean()
    assert error < 0.4 * unwarped
    wrong = T.copy()
    wrong[:3, 3] *= -1
    image, valid = warped(drive, kind, first, second, wrong)
    assert error < 0.5 * np.abs(image - as_float(first))[valid & static].mean()


def test_labels_and_depth_agree(make_drive, camera_pose, kind):
    drive = make_drive(seed=8, scene='street', light='day')
    frame = drive.frame(kind, 0, 3.0)
    np.testing.assert_array_equal(frame.labels == labels.SKY, np.isinf(frame.depth_m))
    assert (frame.depth_m > 0).all()
    assert {labels.ROAD, labels.SKY, labels.BUILDING} <= set(np.unique(frame.labels).tolist())
    camera, T = drive.camera(kind).camera, camera_pose(drive, kind, 3.0)
    v, u = np.mgrid[: camera.height, : camera.width]
    rays = np.stack([(u - camera.cx) / camera.fx, (v - camera.cy) / camera.fy, np.ones(u.shape)])
    depth = np.where(np.isfinite(frame.depth_m), frame.depth_m, 0.0)
    world = np.einsum('ij,jhw->ihw', T[:3, :3], rays * depth) + T[:3, 3, None, None]
    layout = drive.world.layout
    assert layout.kerb_m > 0.05
    for label in (labels.ROAD, labels.SIDEWALK, labels.TERRAIN):
        there = (frame.labels == label) & (depth < 60)
        height = world[2][there]
        edge = layout.edge(world[0][there], world[1][there], np)
        raised = edge > 0.03
        np.testing.assert_allclose(height[raised], layout.kerb_m, atol=0.01)
        np.testing.assert_allclose(height[edge < -0.03], 0.0, atol=0.01)
        # In between is the face of the kerb.
        assert ((height > -0.01) & (height < layout.kerb_m + 0.01)).all()
        bounds = {labels.ROAD: (-np.inf, 0), labels.SIDEWALK: (0, layout.sidewalk_m)}
        low, high = bounds.get(label, (layout.verge_m and KERB_TOP_M, np.inf))
        assert ((edge > low - 0.02) & (edge < high + 0.02)).all()


def test_depth_is_rounded_by_less_than_it_says():
    depth = np.random.default_rng(0).uniform(0.1, 300.0, 10_000).astype(np.float32)
    assert np.abs(rounded_depth(depth) / depth - 1).max() <= 2.0**-14
    assert np.isinf(rounded_depth(np.array([np.inf], np.float32)))[0]


def test_counts_are_those_of_a_14_bit_camera_in_this_weather(make_drive):
    drive = make_drive(seed=8, scene='street', light='day')
    frame = drive.frame(THERMAL, 0, 3.0)
    assert frame.image.dtype == np.uint16
    assert frame.image.max() < 2**14
    sky, road = (np.median(frame.image[frame.labels == label]) for label in (10, 0))
    assert sky < road


def test_people_are_warmer_than_the_street_on_a_cold_night(make_drive):
    drive = make_drive(seed=3, scene='street', light='night')
    assert drive.world.climate.air_c < 20
    warm, cold = [], []
    for index in range(0, 12, 3):
        frame = drive.frame(THERMAL, index, 1.0 * index)
        warm.append(frame.image[frame.labels == labels.PERSON])
        cold.append(frame.image[np.isin(frame.labels, [labels.TERRAIN, labels.SIDEWALK])])
    assert np.concatenate(warm).size > 20
    assert np.median(np.concatenate(warm)) > np.median(np.concatenate(cold))


def test_night_is_darker_than_day_and_lit_ahead(make_drive):
    settings = {'seed': 12, 'scene': 'winding'}
    day = make_drive(light='day', **settings).frame(RGB, 0, 0.5)
    drive = make_drive(light='night', **settings)
    night = drive.frame(RGB, 0, 0.5)
    assert night.image.mean() < 0.5 * day.image.mean()
    sky, road = night.image[night.labels == labels.SKY], night.image[night.labels == labels.ROAD]
    assert road.mean() > 1.5 * sky.mean()
    np.testing.assert_array_equal(night.depth_m, day.depth_m)


def test_the_same_seed_gives_the_same_frames(make_drive, kind):
    drive = make_drive(seed=4)
    again = Drive(drive.config)
    first, second = drive.frame(kind, 7, 0.7), again.frame(kind, 7, 0.7)
    for field in dataclasses.fields(first):
        np.testing.assert_array_equal(getattr(first, field.name), getattr(second, field.name))


def test_seeds_differ_in_all_that_matters(make_drive):
    drives = [make_drive(seed=seed) for seed in range(6)]
    climates = [drive.world.climate for drive in drives]
    assert {climate.night for climate in climates} == {True, False}
    assert len({type(drive.world.layout) for drive in drives}) >= 2
    assert np.std([climate.air_c for climate in climates]) > 2.0
    speeds = [drive.world.motion.speed(7.0) for drive in drives]
    assert np.std(speeds) > 0.3
    images = [drive.frame(RGB, 0, 0.0).image.astype(float) for drive in drives[:3]]
    assert np.abs(images[0] - images[1]).mean() > 5
    assert np.abs(images[1] - images[2]).mean() > 5


def test_standing_still_changes_nothing_but_noise_and_traffic(make_drive):
    drive = make_drive(seed=6, scene='street', light='day', stationary=True)
    first, second = (drive.frame(RGB, index, index * 1.0) for index in (0, 1))
    np.testing.assert_array_equal(drive.T_odom_base(0.0), drive.T_odom_base(1.0))
    ground = (first.labels < 2) & (second.labels < 2)
    np.testing.assert_array_equal(first.depth_m[ground], second.depth_m[ground])
    change = np.abs(as_float(first) - as_float(second))[ground].mean()
    assert 0 < change < 8


def test_vehicles_and_people_move(make_drive):
    drive = make_drive(seed=6, scene='street', light='day', stationary=True)
    places = [
        np.array([mover.at(t).centre.mean(axis=0) for mover in drive.world.movers])
        for t in (0.0, 2.0)
    ]
    moved = np.hypot(*(places[1] - places[0])[:, :2].T)
    assert (moved > 1.0).sum() >= 5


def test_texture_is_anchored_to_the_world(make_drive):
    """From the same place the same picture is seen, whatever was seen in between."""
    drive = make_drive(seed=6, scene='street', light='day', stationary=True)
    first = drive._renderers[RGB].draw(drive._at(0.0))
    drive._renderers[RGB].draw(drive._at(5.0))
    again = drive._renderers[RGB].draw(drive._at(0.0))
    np.testing.assert_array_equal(first.channels[0], again.channels[0])
    # Near ground is not flat colour: a loss has something to hold on to.
    near = (first.labels == labels.ROAD) & (first.depth_m < 8)
    detail = first.channels[1] - cv2.GaussianBlur(first.channels[1], (0, 0), 3)
    assert detail[near].std() > 0.02 * first.channels[1][near].mean()


def test_distortion_shows_in_camera_and_images(make_drive):
    straight = make_drive(seed=5, scene='yard', light='day')
    bent = make_drive(seed=5, scene='yard', light='day', distortion=-0.25)
    camera = bent.camera(RGB).camera
    assert camera.distortion_model == 'plumb_bob'
    frames = [drive.frame(RGB, 0, 0.0) for drive in (straight, bent)]
    middle = (slice(60, 68), slice(76, 84))
    np.testing.assert_allclose(*(f.depth_m[middle] for f in frames), rtol=0.05)
    # A barrel lens sees farther to the side: the lower corner sees ground that is nearer.
    assert frames[1].depth_m[-1, 0] < frames[0].depth_m[-1, 0]


def test_torch_makes_the_pictures_that_numpy_makes(make_drive, monkeypatch, kind):
    """Run what a GPU runs, on the CPU."""
    first = make_drive(seed=12, scene='winding', light='night')
    monkeypatch.setattr(drive_module, 'Arrays', lambda device: Arrays(device, use_torch=True))
    frames = [drive.frame(kind, 0, 0.0) for drive in (first, Drive(first.config))]
    assert (frames[0].labels == frames[1].labels).mean() > 0.999
    difference = np.abs(as_float(frames[0]) - as_float(frames[1]))
    assert difference.mean() < 0.05
