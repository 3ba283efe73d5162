# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Cameras and weather that differ from drive to drive."""

import dataclasses

import cv2
import numpy as np
import pytest

from thermal_depth_ros.base.contract import RGB, THERMAL
from thermal_depth_ros.simulation import labels, lens_effects, materials, photographs
from thermal_depth_ros.simulation.climate import draw_climate
from thermal_depth_ros.simulation.config import SimulationConfig
from thermal_depth_ros.simulation.drive import Drive
from thermal_depth_ros.simulation.rgb_camera import make_rgb_sensor
from thermal_depth_ros.simulation.textures import shared_tiles
from thermal_depth_ros.simulation.thermal_camera import make_sensor
from thermal_depth_ros.simulation.variation import ASPECT, FOV_DEG, varied

SMALL = {'thermal_width': 80, 'thermal_height': 64, 'rgb_width': 160, 'rgb_height': 100}


def config(**settings) -> SimulationConfig:
    given = {'shutter': 'none', 'duration_s': 6.0, 'light': 'day', **SMALL}
    return SimulationConfig(**{**given, **settings})


def test_without_it_sizes_and_fields_of_view_are_as_set():
    assert varied(config(seed=3)) == config(seed=3)


def test_formats_cover_their_ranges_and_keep_the_number_of_pixels():
    drawn = [varied(config(seed=seed, randomise=1.0)) for seed in range(60)]
    for kind in (THERMAL, RGB):
        width = np.array([getattr(one, f'{kind}_width') for one in drawn])
        height = np.array([getattr(one, f'{kind}_height') for one in drawn])
        fov = np.array([getattr(one, f'{kind}_fov_deg') for one in drawn])
        area = SMALL[f'{kind}_width'] * SMALL[f'{kind}_height']
        assert (abs(width * height / area - 1) < 0.12).all()
        for values, (low, high) in ((fov, FOV_DEG[kind]), (width / height, ASPECT[kind])):
            assert (values > 0.94 * low).all()
            assert (values < 1.06 * high).all()
            assert np.ptp(values) > 0.6 * (high - low)


@pytest.mark.parametrize('kind', [THERMAL, RGB])
def test_height_and_gain_are_those_that_are_set(kind):
    usual, other = (
        Drive(config(seed=12, weather='dry', **own))
        for own in ({}, {'camera_height_m': 0.4, 'camera_gain': 0.5})
    )
    assert other.camera(kind).T_base_optical[2, 3] == 0.4 != usual.camera(kind).T_base_optical[2, 3]
    # The same heights, to compare the same view.
    plain = Drive(config(seed=12, weather='dry', camera_height_m=0.4)).frame(kind, 0, 1.0).image
    dim = other.frame(kind, 0, 1.0).image
    if kind == THERMAL:
        ratio = np.ptp(np.percentile(dim, (10, 90))) / np.ptp(np.percentile(plain, (10, 90)))
        assert 0.4 < ratio < 0.6
    else:
        assert dim.mean() < 0.9 * plain.mean()


@pytest.mark.parametrize('kind', [THERMAL, RGB])
def test_camera_info_of_varied_cameras_matches_their_images(kind):
    """The road, put into the world by the lens of the messages, is flat and where the plan is."""
    drive = Drive(config(seed=12, scene='winding', randomise=1.0, weather='dry'))
    frame = drive.frame(kind, 0, 2.0)
    camera = drive.camera(kind).camera
    assert frame.image.shape[:2] == frame.depth_m.shape == (camera.height, camera.width)
    T = drive.world.motion.pose(2.0) @ drive.camera(kind).T_base_optical
    v, u = np.nonzero((frame.labels == labels.ROAD) & (frame.depth_m < 60))
    assert len(v) > 200
    rays = np.stack([(u - camera.cx) / camera.fx, (v - camera.cy) / camera.fy, np.ones(len(u))])
    world = T[:3, :3] @ (rays * frame.depth_m[v, u]) + T[:3, 3:]
    np.testing.assert_allclose(world[2], 0.0, atol=0.01)
    assert (drive.world.layout.edge(world[0], world[1], np) < 0.02).all()
    assert camera.fx != pytest.approx(camera.fy, rel=1e-6)


def test_the_same_seed_gives_the_same_frames_whatever_varies(kind):
    settings = config(seed=21, randomise=1.0, weather='rain', scene='winding')
    frames = [Drive(settings).frame(kind, 3, 0.3) for _ in range(2)]
    for field in dataclasses.fields(frames[0]):
        np.testing.assert_array_equal(*(getattr(frame, field.name) for frame in frames))


def test_seeds_differ_in_exposure_colour_and_faults():
    sensors = []
    for seed in range(30):
        one = config(seed=seed, randomise=1.0, weather='dry')
        sensors.append(make_rgb_sensor(one, draw_climate(one)))
    gains = np.array([sensor.gain for sensor in sensors])
    assert gains.mean(axis=1).max() > 2.0 * gains.mean(axis=1).min()
    assert np.ptp(np.log(gains[:, 0] / gains[:, 2])) > 0.3
    assert 5 < sum(sensor.jpeg_quality > 0 for sensor in sensors) < 28
    assert 5 < sum(sensor.dirt is not None for sensor in sensors) < 25
    assert len({sensor.tone.tobytes() for sensor in sensors}) == 30
    thermal = [make_sensor(config(seed=seed, randomise=1.0)) for seed in range(30)]
    assert 2 < sum(len(sensor.dead_rows) > 0 for sensor in thermal) < 20
    assert np.ptp([sensor.fixed.std() for sensor in thermal]) > 2.0
    assert any(len(sensor.jumps) for sensor in thermal)


def test_gain_jumps_change_level_and_contrast_from_then_on():
    sensor = make_sensor(config(seed=1))
    jump = np.array([[2.0, 40.0, 1.05]])
    jumped = dataclasses.replace(sensor, noise=0.0, drift=np.zeros(2), jumps=jump)
    celsius = np.tile(np.linspace(0.0, 30.0, 80, dtype=np.float32), (64, 1))
    before, after = (jumped.read(celsius, t, 0).astype(float) for t in (1.9, 2.1))
    slope = np.polyfit(before.ravel(), after.ravel(), 1)[0]
    assert slope == pytest.approx(1.05, abs=0.01)
    np.testing.assert_array_equal(before, jumped.read(celsius, 0.5, 0))


def test_weather_does_what_it_says():
    dry, wet, rain, fog = (
        draw_climate(config(seed=4, weather=weather)) for weather in ('dry', 'wet', 'rain', 'fog')
    )
    assert dry.wet == dry.rain == fog.rain == 0
    assert wet.wet > 0
    assert rain.sun_power == fog.sun_power == 0
    assert rain.rain > 0
    assert fog.visibility_m < 0.5 * dry.visibility_m
    drawn = [draw_climate(config(seed=seed)) for seed in range(200)]
    assert 0.6 < np.mean([climate.wet == 0 for climate in drawn]) < 0.95


def test_a_wet_road_mirrors_and_truth_stays():
    dry, wet = (
        Drive(config(seed=12, scene='winding', weather=weather)).frame(RGB, 0, 1.0)
        for weather in ('dry', 'rain')
    )
    np.testing.assert_array_equal(dry.depth_m, wet.depth_m)
    np.testing.assert_array_equal(dry.labels, wet.labels)
    road = (dry.labels == labels.ROAD) & (dry.depth_m < 12)
    assert wet.image[road].std() > 0
    assert wet.image[road].mean() < 1.3 * dry.image[road].mean()


def test_flare_is_brightest_at_the_sun_and_dirt_takes_contrast():
    rng = np.random.default_rng(2)
    light = lens_effects.draw_flare(rng).of((30.0, 10.0), (60, 90))
    assert np.unravel_index(light[..., 0].argmax(), light.shape[:2]) == (10, 30)
    checks = np.kron(np.indices((12, 18)).sum(axis=0) % 2, np.ones((5, 5)))
    image = np.repeat(checks[..., None], 3, axis=2).astype(np.float32)
    dirty = lens_effects.draw_dirt(rng, (60, 90)).over(image)
    assert dirty.std() < image.std()
    assert dirty.min() >= 0


@pytest.fixture
def pictures(tmp_path):
    rng = np.random.default_rng(0)
    for name, _ in photographs.SOURCES.values():
        noise = cv2.GaussianBlur(rng.uniform(0, 255, (512, 512)), (0, 0), 2)
        stretched = cv2.normalize(noise, None, 0, 255, cv2.NORM_MINMAX)
        cv2.imwrite(str(tmp_path / name), stretched.astype(np.uint8))
    return tmp_path


def test_photographs_repeat_without_a_seam(pictures):
    found = photographs.tile(pictures / 'brick.png', 1.0)
    assert found.shape == (256, 256)
    assert found.mean() == pytest.approx(0.0, abs=0.1)
    inner = np.abs(np.diff(found, axis=0)).mean()
    for axis in (0, 1):
        seam = np.abs(found.take(0, axis) - found.take(-1, axis)).mean()
        assert seam < 1.6 * inner


def test_photographs_mix_into_some_patterns(pictures, monkeypatch):
    monkeypatch.setattr(photographs, 'folder', lambda: pictures)
    plain, mixed = (
        shared_tiles(np.random.default_rng(3), textures)
        for textures in ('procedural', 'photographs')
    )
    changed = [i for i in range(len(plain)) if not np.array_equal(plain[i], mixed[i])]
    assert 1 <= len(changed) <= len(photographs.SOURCES)


def test_missing_photographs_are_named(monkeypatch):
    monkeypatch.setattr(photographs.importlib.util, 'find_spec', lambda name: None)
    with pytest.raises(photographs.PhotographsError, match='pip install scikit-image'):
        Drive(config(textures='photographs'))


def test_under_low_clouds_some_skies_are_nearly_as_warm_as_the_air():
    """Else a network learns that what is coldest is sky, and takes cold trees for it."""
    skies = [draw_climate(config(seed=seed, weather='rain')) for seed in range(60)]
    colder_k = np.array([one.air_c - one.sky_zenith_c for one in skies])
    horizon_k = np.array([one.air_c - one.sky_horizon_c for one in skies])
    assert (colder_k > 0).all()
    assert (horizon_k < colder_k).all()
    assert 0 < (colder_k < 2).mean() < 0.5
    assert (horizon_k < 0).any()


def test_surfaces_mirror_the_cold_sky_as_far_as_their_material_does(monkeypatch):
    """A car in the shade: metal and glass differ from the air more, and only downwards."""

    def counts(share: float) -> np.ndarray:
        shiny = {
            name: dataclasses.replace(kind, mirror=share)
            for name, kind in materials.MATERIALS.items()
        }
        monkeypatch.setattr(materials, 'MATERIALS', shiny)
        drive = Drive(config(seed=5, scene='street', weather='dry', light='night'))
        return drive.frame(THERMAL, 0, 1.0).image.astype(int)

    dull, shiny = counts(0.0), counts(0.1)
    assert (shiny <= dull).all()
    assert (shiny < dull - 5).mean() > 0.2
