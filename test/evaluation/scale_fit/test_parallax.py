# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Inverse depth of features of a textured street, seen from a camera that moves."""

import cv2
import numpy as np
import pytest

from thermal_depth_ros.evaluation.scale_fit.estimate import FrameSamples, fit_scale
from thermal_depth_ros.evaluation.scale_fit.parallax import Parallax, triangulate
from thermal_depth_ros.frames.frame import CameraFrame
from thermal_depth_ros.geometry import rigid
from thermal_depth_ros.geometry.camera import PinholeCamera
from thermal_depth_ros.geometry.rays import pixel_rays

HEIGHT, WIDTH = 180, 240
PLAIN = PinholeCamera(WIDTH, HEIGHT, 200.0, 205.0, 118.0, 91.0)
DISTORTED = PinholeCamera(
    WIDTH, HEIGHT, 200.0, 205.0, 118.0, 91.0, 'plumb_bob', (-0.1, 0.02, 0.001, -0.001, 0.0)
)
# (normal, distance) in the world, whose axes are those of the first camera: floor, walls.
PLANES = (((0, 1, 0), 1.5), ((-1, 0, 0), 4.0), ((1, 0, 0), 3.0), ((0, 0, 1), 25.0))
TEXTURE = cv2.GaussianBlur(np.random.default_rng(0).normal(size=(1024, 1024)), (0, 0), 1.5)
TEXTURE = (TEXTURE / TEXTURE.std() * 500 + 3000).astype(np.float32)


def see(T_world_camera: np.ndarray, camera: PinholeCamera) -> tuple[np.ndarray, np.ndarray]:
    """Return counts (H, W) uint16 and depth (H, W)."""
    rays = pixel_rays(camera).astype(np.float64)
    rays = np.stack([rays[0], rays[1], np.ones(rays.shape[1:])], -1) @ T_world_camera[:3, :3].T
    start = T_world_camera[:3, 3]
    depth, image = np.full(rays.shape[:2], np.inf), np.zeros(rays.shape[:2], np.float32)
    for number, (normal, distance) in enumerate(PLANES):
        with np.errstate(divide='ignore', invalid='ignore'):
            along = (distance - np.dot(normal, start)) / (rays @ np.array(normal, float))
        hit = (along > 0) & (along < depth)
        point = start + np.where(hit, along, 0.0)[..., None] * rays
        axes = [axis for axis in range(3) if not normal[axis]]
        u, v = ((point[..., axis] * 25.0 + 300 * number).astype(np.float32) % 1020 for axis in axes)
        seen = cv2.remap(TEXTURE, u, v, cv2.INTER_LINEAR)
        image, depth = np.where(hit, seen, image), np.where(hit, along, depth)
    return image.astype(np.uint16), depth


def forward(number: int) -> np.ndarray:
    """Return T_world_camera of a drive that turns a little."""
    return rigid.exponential(np.array([0.02, 0.0, 0.2, 0.0, 0.008, 0.0]) * number)


@pytest.mark.parametrize('camera', [PLAIN, DISTORTED], ids=['plain', 'distorted'])
def test_scale_and_shift_from_features(camera):
    scale, shift = 0.05, 0.01
    knowledge = Parallax(lambda stamp_ns: forward(stamp_ns))
    samples = []
    for number in range(16):
        image, depth_m = see(forward(number), camera)
        frame = CameraFrame(number, 'camera', image, camera)
        output = np.maximum((1.0 / depth_m - shift) / scale, 0.0)
        if number % 2:
            knowledge.watch(frame)
            continue
        known = knowledge.inverse_depth(frame, output)
        if known is not None:
            place = np.isfinite(known)
            samples.append(FrameSamples(output[place], known[place]))
            assert np.median(np.abs(known[place] * depth_m[place] - 1)) < 0.04
    found = fit_scale(samples, with_shift=True)
    assert found.scale == pytest.approx(scale, abs=4 * found.scale_error, rel=0.02)
    assert found.shift == pytest.approx(shift, abs=4 * found.shift_error + 0.001)
    assert found.scale_error < 0.06 * scale and found.pixels > 500


def test_a_standing_camera_knows_nothing():
    knowledge = Parallax(lambda stamp_ns: np.eye(4))
    image, depth_m = see(np.eye(4), PLAIN)
    frame = CameraFrame(1, 'camera', image, PLAIN)
    assert knowledge.inverse_depth(frame, depth_m) is None
    assert knowledge.inverse_depth(frame, depth_m) is None


def test_without_pose_or_calibration_nothing_is_known():
    image, depth_m = see(np.eye(4), PLAIN)
    posed = Parallax(forward)
    lost = Parallax(lambda stamp_ns: None)
    assert not lost.about(3) and posed.about(3)
    assert lost.inverse_depth(CameraFrame(1, 'camera', image, PLAIN), depth_m) is None
    assert posed.inverse_depth(CameraFrame(1, 'camera', image, None), depth_m) is None


def test_triangulation_of_exact_rays():
    rng = np.random.default_rng(2)
    points = np.column_stack([rng.uniform(-2, 2, (50, 2)), rng.uniform(2, 30, 50)])
    T = rigid.exponential(np.array([0.4, -0.1, 0.3, 0.05, -0.1, 0.02]))
    moved = points @ T[:3, :3].T + T[:3, 3]
    first, second = points / points[:, 2:], moved / moved[:, 2:]
    q, sensitivity, miss = triangulate(first, second, T)
    np.testing.assert_allclose(q, 1 / points[:, 2], rtol=1e-9)
    assert miss.max() < 1e-12
    # A ray that moves by the sensitivity changes the inverse depth by about one per unit.
    nudged = triangulate(first, second, T @ rigid.exponential(np.array([0, 0, 0, 0, 1e-6, 0])))[0]
    assert (np.abs(nudged - q) * sensitivity < 3e-6).all()
