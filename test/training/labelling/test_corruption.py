# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Errors over true classes: as large as asked for, of the kind asked for, and drawn from a seed."""

import cv2
import numpy as np
import pytest

from thermal_depth_ros.bundles import CITYSCAPES_19
from thermal_depth_ros.training.labelling.config import CorruptionConfig
from thermal_depth_ros.training.labelling.corruption import (
    LOOK_ALIKES,
    confused_regions,
    corrupted,
    moved_borders,
)

NAMES = CITYSCAPES_19.names
ROAD, SIDEWALK, CAR, SKY = (NAMES.index(n) for n in ('road', 'sidewalk', 'car', 'sky'))


@pytest.fixture
def street():
    labels = np.full((64, 96), SKY, np.uint8)
    labels[32:] = ROAD
    labels[40:52, 30:60] = CAR
    labels[:, :4] = 255
    return labels


def rng(seed=0):
    return np.random.default_rng(seed)


def test_without_errors_only_the_confidence_is_less_than_sure(street):
    none = CorruptionConfig(boundary_px=0, confusion=0.0, confidence_noise=0.0)
    made, sure = corrupted(street, NAMES, none, rng())
    np.testing.assert_array_equal(made, street)
    assert not sure[street == 255].any()
    assert sure[10, 50] == pytest.approx(0.95) and sure[31, 50] < 0.6
    everywhere, sure = corrupted(np.full((32, 32), SKY, np.uint8), NAMES, none, rng())
    assert (everywhere == SKY).all() and np.allclose(sure, 0.95)


def test_borders_move_by_no_more_than_asked(street):
    near = np.zeros(street.shape, np.uint8)
    for class_id in np.unique(street):
        own = (street == class_id).astype(np.uint8)
        near |= cv2.dilate(own, np.ones((13, 13), np.uint8)) & (1 - own)  # each side moves once
    moved = 0
    for seed in range(8):
        made = moved_borders(street, 3, rng(seed))
        changed = made != street
        assert not (changed & (near == 0)).any()
        np.testing.assert_array_equal(made == 255, street == 255)
        moved += changed.any()
    assert moved > 4


def test_a_class_that_shrinks_shows_what_is_behind_it(street):
    shrunk = [moved_borders(street, 3, rng(seed)) for seed in range(20)]
    smaller = [made for made in shrunk if (made == CAR).sum() < (street == CAR).sum()]
    assert smaller
    for made in smaller:
        assert set(np.unique(made[street == CAR])) <= {CAR, ROAD, SKY}


def test_regions_are_taken_for_what_looks_alike(street):
    street[5:9, 70:80] = CAR
    made = confused_regions(street, NAMES, 1.0, rng())
    for class_id in (ROAD, CAR, SKY):
        others = {NAMES[i] for i in np.unique(made[street == class_id])}
        assert others <= set(LOOK_ALIKES[NAMES[class_id]])
    np.testing.assert_array_equal(confused_regions(street, NAMES, 0.0, rng()), street)
    assert (made == 255).sum() == (street == 255).sum()


def test_classes_of_another_set_are_left_alone():
    labels = np.zeros((16, 16), np.uint8)
    assert not confused_regions(labels, ('ground', 'sky'), 1.0, rng()).any()


def test_a_part_of_a_pixel_moves_a_share_of_the_borders(street):
    street[street == CAR] = ROAD
    moved = sum((moved_borders(street, 0.6, rng(seed)) != street).any() for seed in range(300))
    # Each of two classes moves in one image of six: 1 - (5/6)^2 of the images.
    assert 0.2 < moved / 300 < 0.42
    assert not any((moved_borders(street, 0.49, rng(seed)) != street).any() for seed in range(50))


def test_the_same_seed_gives_the_same_and_another_does_not(street):
    config = CorruptionConfig(boundary_px=2, confusion=0.3, confidence_noise=0.2)
    first, again, other = (corrupted(street, NAMES, config, rng(s)) for s in (1, 1, 2))
    np.testing.assert_array_equal(first[0], again[0])
    np.testing.assert_array_equal(first[1], again[1])
    assert (first[1] != other[1]).any()
    assert first[1].min() >= 0 and first[1].max() <= 1 and first[1][street != 255].min() > 0
