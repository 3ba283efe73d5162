# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest

from thermal_depth_ros.evaluation.reports.cloud_view import Viewpoint, render_cloud

AHEAD = Viewpoint(yaw=0.0, pitch=0.0)
RED, GREEN = (255, 0, 0), (0, 255, 0)


def centre_of(picture: np.ndarray, colour: tuple[int, int, int]) -> np.ndarray:
    rows, columns = np.nonzero((picture[..., :3] == colour).all(axis=2) & (picture[..., 3] > 0))
    return np.array([rows.mean(), columns.mean()])


def box(*points: tuple[float, float, float]) -> np.ndarray:
    return np.array(points, np.float64)


def test_straight_ahead_right_is_right_and_down_is_down():
    xyz = box((-1, -1, 5), (1, 1, 5))
    picture = render_cloud(xyz, np.array([RED, GREEN], np.uint8), AHEAD)
    assert (centre_of(picture, RED) < centre_of(picture, GREEN)).all()


def test_the_nearest_point_hides_those_behind():
    xyz = box((0, 0, 4), (0, 0, 6))
    for colours in ([RED, GREEN], [GREEN, RED]):
        picture = render_cloud(xyz, np.array(colours, np.uint8), AHEAD)
        shown = picture[picture[..., 3] > 0][:, :3]
        assert (shown == colours[0]).all()


def test_from_above_far_is_up():
    xyz = box((0, 0, 4), (0, 0, 6))
    picture = render_cloud(xyz, np.array([RED, GREEN], np.uint8), Viewpoint(0.0, 80.0))
    assert centre_of(picture, GREEN)[0] < centre_of(picture, RED)[0]


@pytest.mark.parametrize('scale', [1e-3, 1.0, 1e3])
def test_the_picture_does_not_depend_on_the_unit(scale):
    rng = np.random.default_rng(1)
    xyz = rng.uniform(-1, 1, (500, 3)) + (0, 0, 5)
    colours = rng.integers(0, 255, (500, 3)).astype(np.uint8)
    first = render_cloud(xyz, colours)
    second = render_cloud(xyz * scale, colours)
    assert (first[..., 3] > 0).sum() > 400
    assert np.mean(first != second) < 0.002


def test_no_points_give_an_empty_picture():
    picture = render_cloud(np.empty((0, 3)), np.empty((0, 3), np.uint8), size=(20, 10))
    assert picture.shape == (10, 20, 4)
    assert not picture.any()
