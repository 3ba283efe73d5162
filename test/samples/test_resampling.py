# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Undistortion and resizing, against a scene that is known for every direction."""

import numpy as np
import pytest

from thermal_depth_ros.geometry.camera import PinholeCamera
from thermal_depth_ros.samples.resampling import Resampler

LENSES = {
    'plumb_bob': (-0.28, 0.07, 0.001, -0.002, 0.0),
    'rational_polynomial': (-0.2, 0.05, 0.001, 0.0005, 0.0, 0.05, 0.01, 0.0),
    'equidistant': (0.03, -0.01, 0.004, -0.001),
}


def bend(x: np.ndarray, y: np.ndarray, model: str, d: tuple) -> tuple[np.ndarray, np.ndarray]:
    """Where a lens puts directions (x, y, 1), by the published formulas."""
    r2 = x * x + y * y
    if model == 'equidistant':
        r = np.sqrt(r2)
        theta = np.arctan(r)
        bent = theta * (1 + sum(k * theta ** (2 * i + 2) for i, k in enumerate(d)))
        factor = np.where(r > 1e-12, bent / np.maximum(r, 1e-12), 1.0)
        return x * factor, y * factor
    k = (*d, *(0.0,) * (8 - len(d)))
    radial = (1 + r2 * (k[0] + r2 * (k[1] + r2 * k[4]))) / (
        1 + r2 * (k[5] + r2 * (k[6] + r2 * k[7]))
    )
    return (
        x * radial + 2 * k[2] * x * y + k[3] * (r2 + 2 * x * x),
        y * radial + k[2] * (r2 + 2 * y * y) + 2 * k[3] * x * y,
    )


def unbend(u: np.ndarray, v: np.ndarray, model: str, d: tuple) -> tuple[np.ndarray, np.ndarray]:
    x, y = u.copy(), v.copy()
    for _ in range(200):
        bx, by = bend(x, y, model, d)
        x, y = x + 0.7 * (u - bx), y + 0.7 * (v - by)
    return x, y


def scene(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Counts of a smooth scene by direction."""
    return 3000 + 800 * np.sin(4 * x + 1) * np.cos(3 * y) + 300 * x - 200 * y


def grid(height: int, width: int) -> tuple[np.ndarray, np.ndarray]:
    v, u = np.mgrid[:height, :width].astype(float)
    return u, v


@pytest.mark.parametrize('model', LENSES)
@pytest.mark.parametrize('size', [(120, 160), (60, 80), (90, 200)])
def test_the_undistorted_view_shows_every_direction_where_it_belongs(
    model: str, size: tuple[int, int]
) -> None:
    d = LENSES[model]
    camera = PinholeCamera(160, 120, 110.0, 112.0, 82.0, 58.0, model, d)
    u, v = grid(120, 160)
    x, y = unbend((u - camera.cx) / camera.fx, (v - camera.cy) / camera.fy, model, d)
    native = np.rint(scene(x, y)).astype(np.uint16)
    resampler = Resampler(camera, *size, undistort=True)
    found = resampler.image(native)
    assert found.shape == size and found.dtype == np.uint16
    # The centre of sample pixel u' lies at (u' + 0.5) s - 0.5 of the undistorted full image.
    u, v = grid(*size)
    u = (u + 0.5) * 160 / size[1] - 0.5
    v = (v + 0.5) * 120 / size[0] - 0.5
    wanted = scene((u - camera.cx) / camera.fx, (v - camera.cy) / camera.fy)
    inner = np.s_[6:-6, 6:-6]
    assert np.abs(found.astype(float) - wanted)[inner].max() < 6
    assert np.abs(native.astype(float) - scene(*directions(camera)))[inner].max() > 40
    assert resampler.camera.distortion == () and resampler.camera.distortion_model == ''
    assert resampler.camera.fx == pytest.approx(110.0 * size[1] / 160)
    assert resampler.camera.cy == pytest.approx(58.0 * size[0] / 120)


def directions(camera: PinholeCamera) -> tuple[np.ndarray, np.ndarray]:
    u, v = grid(camera.height, camera.width)
    return (u - camera.cx) / camera.fx, (v - camera.cy) / camera.fy


def test_without_distortion_shrinking_averages() -> None:
    camera = PinholeCamera(8, 6, 10.0, 10.0, 3.5, 2.5)
    image = np.random.default_rng(0).integers(0, 60000, (6, 8)).astype(np.uint16)
    found = Resampler(camera, 3, 4, undistort=True).image(image)
    np.testing.assert_allclose(found, image.reshape(3, 2, 4, 2).mean((1, 3)), atol=0.51)
    same = Resampler(camera, 6, 8, undistort=True)
    assert same.image(image) is image
    assert same.key['camera'] is None


def test_true_depth_moves_to_the_nearest_pixel_and_keeps_its_holes() -> None:
    d = LENSES['plumb_bob']
    camera = PinholeCamera(160, 120, 110.0, 112.0, 82.0, 58.0, 'plumb_bob', d)
    u, v = grid(60, 80)
    u, v = (u + 0.5) * 2 - 0.5, (v + 0.5) * 2 - 0.5
    x, y = unbend((u - camera.cx) / camera.fx, (v - camera.cy) / camera.fy, 'plumb_bob', d)
    depth = (5 + x + 2 * y).astype(np.float32)
    depth[30:34, 40:44] = 0
    found = Resampler(camera, 60, 80, undistort=True).depth(depth)
    u, v = grid(60, 80)
    u, v = (u + 0.5) * 2 - 0.5, (v + 0.5) * 2 - 0.5
    wanted = 5 + (u - camera.cx) / camera.fx + 2 * (v - camera.cy) / camera.fy
    hole = found == 0
    assert 12 <= hole[20:45, 30:55].sum() <= 20
    inner = np.s_[4:-4, 4:-4]
    assert np.abs(found - wanted)[inner][~hole[inner]].max() < 0.04
    assert set(np.unique(found)) <= set(np.unique(depth)) | {0}  # nothing is interpolated


def test_colour_images_are_undistorted_too() -> None:
    camera = PinholeCamera(64, 48, 50.0, 50.0, 31.5, 23.5, 'plumb_bob', LENSES['plumb_bob'])
    grey = np.random.default_rng(0).integers(0, 255, (48, 64)).astype(np.uint8)
    resampler = Resampler(camera, 48, 64, undistort=True)
    colour = resampler.image(np.stack([grey, grey, 255 - grey], 2))
    np.testing.assert_array_equal(colour[..., 0], resampler.image(grey))
