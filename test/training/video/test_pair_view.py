# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Pairs as other cameras would have seen them, with the motion of those."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from thermal_depth_ros.training.video.augmentation import View, apply_to_motions
from thermal_depth_ros.training.video.pair_view import PairViews

HEIGHT, WIDTH = 96, 120
K = np.array([[110.0, 0, 61.0], [0, 112.0, 45.0], [0, 0, 1]])
T_FIRST_SECOND = np.eye(4)
T_FIRST_SECOND[:3, 3] = (0.1, -0.05, -0.6)  # the second camera is ahead of the first


def spot(place) -> np.ndarray:
    """Return an image with a spot (u, v)."""
    rows, columns = np.mgrid[:HEIGHT, :WIDTH]
    squared = (columns - place[0]) ** 2 + (rows - place[1]) ** 2
    return np.exp(-squared / (2 * 2.5**2)).astype(np.float32)


def projected(K: np.ndarray, point: np.ndarray) -> np.ndarray:
    return (K @ (point / point[2]))[:2]


def centre(image: np.ndarray) -> np.ndarray:
    rows, columns = np.mgrid[: image.shape[0], : image.shape[1]]
    weight = np.where(image > 0.2 * image.max(), image, 0.0)
    return np.array([(columns * weight).sum(), (rows * weight).sum()]) / weight.sum()


@pytest.mark.parametrize('mirrored', [False, True])
def test_a_point_of_the_world_is_seen_where_the_motion_says(mirrored):
    views, rng = PairViews(1.3, 0.05, 0.06), np.random.default_rng(0)
    point = np.array([0.2, 0.1, 5.0])
    there = (T_FIRST_SECOND @ [*point, 1.0])[:3]
    images = np.stack([spot(projected(K, point)), spot(projected(K, there))])
    seen_at_all = 0
    for _ in range(20):
        view = views.draw(rng, K, WIDTH)
        shown = view.images(images, K, mirrored)
        T = apply_to_motions(View(WIDTH, HEIGHT, 0, 0, mirrored), view.motion(T_FIRST_SECOND))
        longer = K.copy()
        longer[[0, 1], [0, 1]] *= view.zoom
        if mirrored:
            longer[0, 2] = WIDTH - 1 - longer[0, 2]
        first = view.R_first @ point * ([-1, 1, 1] if mirrored else [1, 1, 1])
        second = (T @ [*first, 1.0])[:3]
        for image, seen in zip(shown, (first, second), strict=True):
            place = projected(longer, seen)
            if (place > 12).all() and (place < (WIDTH - 12, HEIGHT - 12)).all():
                np.testing.assert_allclose(centre(image), place, atol=0.4)
                seen_at_all += 1
    assert seen_at_all > 20


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 10**6), st.floats(1.0, 2.0), st.floats(0, 0.1), st.floats(0, 0.1))
def test_motions_stay_rigid_and_distances_the_same(seed, zoom, tilt, turn):
    view = PairViews(zoom, tilt, turn).draw(np.random.default_rng(seed), K, WIDTH)
    T = view.motion(T_FIRST_SECOND)
    np.testing.assert_allclose(T[:3, :3] @ T[:3, :3].T, np.eye(3), atol=1e-12)
    assert np.linalg.det(T[:3, :3]) == pytest.approx(1)
    assert np.linalg.norm(T[:3, 3]) == pytest.approx(np.linalg.norm(T_FIRST_SECOND[:3, 3]))
    assert 1 <= view.zoom <= zoom


def test_a_tilt_alone_turns_both_images_alike():
    view = PairViews(tilt=0.1).draw(np.random.default_rng(1), K, WIDTH)
    np.testing.assert_array_equal(view.R_first, view.R_second)
    assert not np.allclose(view.R_first, np.eye(3))
    np.testing.assert_allclose(view.motion(np.eye(4)), np.eye(4), atol=1e-12)


def test_turns_are_mostly_about_the_vertical_axis():
    rng, views = np.random.default_rng(2), PairViews(turn=0.1)
    drawn = [views.draw(rng, K, WIDTH).R_second for _ in range(400)]
    yaw = np.array([R[0, 2] for R in drawn])
    pitch = np.array([R[2, 1] for R in drawn])
    assert 2 < yaw.std() / pitch.std() < 4
    assert abs(np.median(yaw)) < 0.2 * yaw.std()


def test_nothing_drawn_changes_nothing():
    assert not PairViews().change
    images = np.random.default_rng(3).integers(0, 9000, (2, HEIGHT, WIDTH)).astype(np.uint16)
    view = PairViews().draw(np.random.default_rng(0), K, WIDTH)
    np.testing.assert_allclose(view.images(images, K, False), images, atol=1e-2)
    np.testing.assert_allclose(view.motion(T_FIRST_SECOND), T_FIRST_SECOND)
