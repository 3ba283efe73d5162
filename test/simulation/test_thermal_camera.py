# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Faults of the thermal sensor, each by itself."""

import dataclasses

import numpy as np
import pytest

from helpers.drives import drive_config
from thermal_depth_ros.simulation.config import SimulationConfig
from thermal_depth_ros.simulation.drive import Drive
from thermal_depth_ros.simulation.thermal_camera import SHUTTER_S, make_sensor
from thermal_depth_ros.thermal.radiometry import PlanckConstants, celsius_to_counts

CONFIG = SimulationConfig(seed=3, thermal_width=64, thermal_height=48, shutter='none')
FLAT = np.full((48, 64), 20.0, np.float32)


def clean(sensor):
    """Return the sensor without any fault but its temporal noise."""
    zero = np.zeros_like(sensor.fixed)
    return dataclasses.replace(sensor, fixed=zero, vignette=zero, drift=np.zeros(2))


def test_counts_tell_the_temperature():
    counts = clean(make_sensor(CONFIG)).read(FLAT, 0.0, 0)
    nineteen, twenty = celsius_to_counts(np.array([19.0, 20.0]), PlanckConstants())
    celsius = 20.0 + (counts - twenty) / (twenty - nineteen)
    assert celsius.mean() == pytest.approx(20.0, abs=0.05)
    assert 0.01 < celsius.std() < 0.2  # temporal noise of an uncooled camera


def test_noise_differs_between_frames_and_fixed_pattern_does_not():
    sensor = make_sensor(CONFIG)
    frames = np.array([sensor.read(FLAT, 0.0, index) for index in range(40)], float)
    temporal = frames.std(axis=0).mean()
    pattern = frames.mean(axis=0) - sensor.vignette
    assert temporal == pytest.approx(sensor.noise, rel=0.3)
    assert np.corrcoef(pattern.ravel(), sensor.fixed.ravel())[0, 1] > 0.9


def test_level_drifts_and_the_shutter_sets_it_right():
    sensor = make_sensor(dataclasses.replace(CONFIG, shutter='flat', shutter_period_s=20.0))
    sensor = dataclasses.replace(sensor, noise=0.0, closes_s=np.array([20.0]))
    fresh = sensor.read(FLAT, 20.0 + SHUTTER_S, 0).mean()
    before = sensor.read(FLAT, 19.9, 0).mean()
    nearly = sensor.read(FLAT, 20.0 + SHUTTER_S + 0.01, 0).mean()
    assert abs(nearly - fresh) < 3.0
    assert abs(before - fresh) > 3 * abs(nearly - fresh)


def shuttered(style: str) -> tuple[Drive, list]:
    drive = Drive(
        drive_config(
            thermal=(48, 64),
            seed=11,
            scene='winding',
            duration_s=4.0,
            shutter=style,
            shutter_period_s=3.0,
        )
    )
    return drive, [frame for frame in drive.frames() if frame.kind == 'thermal']


def test_frozen_frames_repeat_the_last_one_while_the_truth_continues():
    _, frames = shuttered('frozen')
    shut = [frame.index for frame in frames if frame.shutter]
    assert 5 <= len(shut) <= 11
    for index in shut:
        if index:
            np.testing.assert_array_equal(frames[index].image, frames[index - 1].image)
            assert not np.array_equal(frames[index].depth_m, frames[index - 1].depth_m)
    for before, after in zip(frames, frames[1:], strict=False):
        if not after.shutter:
            assert not np.array_equal(before.image, after.image)


def test_flat_frames_show_the_shutter():
    _, frames = shuttered('flat')
    shut = [frame for frame in frames if frame.shutter]
    assert shut
    open_std = np.mean([frame.image.std() for frame in frames if not frame.shutter])
    assert max(frame.image.std() for frame in shut) < 0.2 * open_std


def test_shutter_closes_about_as_often_as_asked():
    config = dataclasses.replace(CONFIG, shutter='frozen', shutter_period_s=10.0, duration_s=600.0)
    gaps = np.diff(make_sensor(config).closes_s)
    assert gaps.mean() == pytest.approx(10.0, rel=0.1)
    assert (gaps >= 6.0).all()
    assert (gaps <= 14.0).all()
