# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Worlds hold every class of Cityscapes, in the sizes that such things have in the street."""

import numpy as np
import pytest

from thermal_depth_ros.base.contract import RGB
from thermal_depth_ros.simulation import (
    buildings,
    labels,
    people,
    plants,
    street_things,
    vehicles,
)
from thermal_depth_ros.simulation.config import SimulationConfig
from thermal_depth_ros.simulation.drive import Drive
from thermal_depth_ros.simulation.parts import Part

NAMES = {
    name.lower(): getattr(labels, name)
    for name in dir(labels)
    if name.isupper() and name != 'UNLABELLED'
}
SEEDS = (1, 13)  # a tram comes along in one drive of five


def corners(part: Part) -> np.ndarray:
    signs = np.array(np.meshgrid([-1, 1], [-1, 1], [-1, 1])).reshape(3, -1).T
    R = np.eye(3) if part.rotation is None else part.rotation
    return np.asarray(part.centre) + (signs * np.asarray(part.half)) @ R.T


def size(parts, label=None) -> np.ndarray:
    """Return length, width and height of the box around an object, or around one class of it."""
    chosen = [corners(part) for part in parts if label is None or part.label == label]
    points = np.concatenate(chosen)
    return points.max(axis=0) - points.min(axis=0)


@pytest.mark.parametrize(
    ('make', 'low', 'high'),
    [
        (lambda rng: vehicles.car(rng, True), (3.6, 1.6, 1.3), (6.2, 2.1, 2.8)),
        (lambda rng: vehicles.truck(rng, False), (5.7, 2.2, 2.5), (8.8, 2.7, 3.8)),
        (lambda rng: vehicles.bus(rng, True), (8.8, 2.3, 2.8), (12.0, 2.8, 3.3)),
        (lambda rng: vehicles.tram(rng, True), (14.8, 2.2, 3.3), (20.4, 2.6, 3.8)),
        (people.bicycle, (1.6, 0.4, 0.9), (2.0, 0.7, 1.1)),
        (lambda rng: people.motorcycle(rng, False), (1.6, 0.6, 0.9), (2.3, 0.9, 1.2)),
        (people.cyclist, (1.6, 0.4, 1.5), (2.0, 0.8, 2.1)),
        (lambda rng: people.person(rng, True), (0.15, 0.35, 0.9), (0.9, 0.9, 2.1)),
        (plants.leafy_tree, (1.5, 1.5, 4.0), (14.0, 14.0, 19.0)),
        (plants.bare_tree, (1.5, 1.5, 4.0), (20.0, 20.0, 19.0)),
        (lambda rng: plants.hedge(rng, 5.0), (4.9, 0.4, 0.5), (5.1, 1.3, 2.3)),
        (street_things.sign, (0.03, 0.3, 2.1), (0.2, 1.1, 3.2)),
        (street_things.utility_pole, (0.2, 2.1, 7.9), (0.5, 2.3, 11.1)),
    ],
)
def test_things_have_the_sizes_of_real_ones(make, low, high):
    found = np.array([size(make(np.random.default_rng(seed))) for seed in range(25)])
    assert (found >= low).all(), found.min(axis=0)
    assert (found <= high).all(), found.max(axis=0)


def test_plates_of_signs_and_lights_have_the_sizes_of_real_ones():
    for seed in range(25):
        rng = np.random.default_rng(seed)
        plates = [p for p in street_things.sign(rng) if p.label == labels.TRAFFIC_SIGN]
        assert 0.35 <= max(2 * max(plate.half) for plate in plates) <= 0.95
        boxes = [
            part for part in street_things.traffic_light(rng)
            if part.label == labels.TRAFFIC_LIGHT and part.material == 'metal'
        ]  # fmt: skip
        assert boxes
        for part in boxes:
            np.testing.assert_allclose(2 * np.asarray(part.half), (0.25, 0.32, 0.9), atol=0.01)


def test_riders_are_told_from_what_they_ride():
    rng = np.random.default_rng(1)
    for make, ridden in (
        (people.cyclist, labels.BICYCLE),
        (people.motorcyclist, labels.MOTORCYCLE),
    ):
        assert {part.label for part in make(rng)} == {labels.RIDER, ridden}
    parts = [*vehicles.tram(rng, True), *buildings.house(rng, 12.0, 9.0, shops=1.0)]
    assert {part.label for part in parts} == {labels.TRAIN, labels.BUILDING}


def test_every_class_is_seen_in_a_handful_of_drives():
    seen = np.zeros(256, int)
    for seed in SEEDS:
        config = SimulationConfig(
            seed=seed,
            scene='street',
            light='day',
            duration_s=8.0,
            rgb_width=256,
            rgb_height=160,
            thermal_width=16,
            thermal_height=16,
            shutter='none',
        )
        drive = Drive(config)
        for index in range(5):
            frame = drive.frame(RGB, index, 2.0 * index)
            seen += np.bincount(frame.labels.ravel(), minlength=256)
    assert sorted(NAMES.values()) == list(range(19))
    missing = [name for name, label in NAMES.items() if seen[label] < 12]
    assert not missing
    share = seen / seen.sum()
    assert share[labels.UNLABELLED] < 0.02
    for label, most in ((labels.ROAD, 0.6), (labels.SKY, 0.4), (labels.BICYCLE, 0.05)):
        assert share[label] < most
