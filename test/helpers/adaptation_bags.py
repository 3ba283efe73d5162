# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Recordings of two walls, one above the other, that a camera passes, turns at or stands before."""

import dataclasses
from pathlib import Path

import cv2
import numpy as np

from helpers.thermal_bags import DEPTH, Contents, Messages, view
from helpers.tiny_bundles import THERMAL
from thermal_depth_ros.bundles import save_bundle
from thermal_depth_ros.networks.build import build_networks
from thermal_depth_ros.training.thermal.start import set_start_depth

HEIGHT, WIDTH, FOCAL_PX = 64, 80, 60.0
CAMERA_K = (FOCAL_PX, 0.0, 39.5, 0.0, FOCAL_PX, 31.5, 0.0, 0.0, 1.0)
NEAR_M, FAR_M = 2.0, 6.0
STEP_M = 0.1  # to the right, from image to image
PERIOD_S = 0.1
LIDAR, DELAY_S = '/lidar/points', 0.02


def walls(place_m: float) -> np.ndarray:
    """Return counts (H, W) of the far wall above the near one, seen from a place."""
    rows = HEIGHT // 2
    shifts_px = [FOCAL_PX * place_m / depth_m for depth_m in (FAR_M, NEAR_M)]
    parts = [view(px, rows, WIDTH, seed) for seed, px in enumerate(shifts_px)]
    return np.concatenate(parts)


def passing_walls(count: int = 30, poses: bool = True) -> Contents:
    """Return a drive along the walls with true depth, and with poses of the camera itself."""
    times = [i * PERIOD_S for i in range(count)]
    depth_m = np.repeat(np.float32([FAR_M, NEAR_M]), HEIGHT // 2)[:, None]
    depth_m = np.ascontiguousarray(np.broadcast_to(depth_m, (HEIGHT, WIDTH)))
    poses_m = [(t, pose(i * STEP_M), STEP_M / PERIOD_S) for i, t in enumerate(times)]
    return _contents(
        [(t, walls(i * STEP_M), 'mono16') for i, t in enumerate(times)],
        odometry=poses_m if poses else [],
        depth=[(t, depth_m) for t in times],
    )


def pose(x_m: float) -> np.ndarray:
    """Return T_odom_camera (4, 4) of a camera moved to the right."""
    T = np.eye(4)
    T[0, 3] = x_m
    return T


def standing(count: int = 20) -> Contents:
    """Return images of a camera that stands still: they differ by noise."""
    rng = np.random.default_rng(3)
    noise = rng.normal(0, 2, (count, HEIGHT, WIDTH))
    images = [np.rint(walls(0.0) + one).astype(np.uint16) for one in noise]
    return _contents([(i * PERIOD_S, image, 'mono16') for i, image in enumerate(images)])


def turning(count: int = 20, step_rad: float = 0.02) -> Contents:
    """Return images of a camera that only turns: homographies K R K^-1 of one view."""
    images = [turned(i * step_rad) for i in range(count)]
    return _contents([(i * PERIOD_S, image, 'mono16') for i, image in enumerate(images)])


def turned(angle_rad: float) -> np.ndarray:
    """Return counts (H, W) of a distant panorama, seen at a heading."""
    big = np.array([[FOCAL_PX, 0, 400.0], [0, FOCAL_PX, 31.5 + 40], [0, 0, 1]])
    scene = view(0.0, HEIGHT + 80, 800).astype(np.float32)
    sine, cosine = np.sin(angle_rad), np.cos(angle_rad)
    R = np.array([[cosine, 0, sine], [0, 1, 0], [-sine, 0, cosine]])
    H = big @ R @ np.linalg.inv(np.array(CAMERA_K).reshape(3, 3))
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return np.rint(cv2.warpPerspective(scene, H, (WIDTH, HEIGHT), flags=flags)).astype(np.uint16)


def frozen(count: int = 20) -> Contents:
    """Return a camera that repeats its first two images."""
    images = [walls(min(i, 1) * STEP_M) for i in range(count)]
    return _contents([(i * PERIOD_S, image, 'mono16') for i, image in enumerate(images)])


def overexposed(count: int = 20) -> Contents:
    """Return a drive in which more than half of the pixels are at the end of their range."""
    shots = []
    for i in range(count):
        levels = (walls(i * STEP_M).astype(np.float32) - 3000) / 2 + 260
        shots.append((i * PERIOD_S, np.clip(levels, 0, 255).astype(np.uint8), 'mono8'))
    return _contents(shots)


def coloured(contents: Contents) -> Contents:
    """Return the same drive of a colour camera, without true depth."""
    images = []
    for time_s, counts, _ in contents.images:
        grey = np.clip((counts.astype(np.float32) - 3000) / 6 + 128, 0, 255).astype(np.uint8)
        images.append((time_s, np.stack([grey, grey // 2, 255 - grey], axis=-1), 'rgb8'))
    return dataclasses.replace(contents, images=images, depth=[], image_topic='/rgb/image_raw')


def foreign_depth(contents: Contents) -> Contents:
    """Return a recording whose true depth is that of an RGB camera."""
    messages = Messages(ros1=False)
    topic = DEPTH.replace('thermal', 'rgb')
    extra = [
        (t, topic, 'sensor_msgs/msg/Image', messages.image(t, depth_m, '32FC1', 'rgb_optical'))
        for t, depth_m in contents.depth
    ]
    return dataclasses.replace(contents, depth=[], extra=extra)


def with_lidar(contents: Contents, mounted: bool = True) -> Contents:
    """Return the same drive with the points of a LiDAR in place of depth images.

    The LiDAR is 0.2 m above the camera and looks to the right; it measures every third pixel, 20 ms
    after every second image.
    """
    messages = Messages(ros1=False)
    T_camera_lidar = np.eye(4)
    T_camera_lidar[:3, :3] = [[0.0, 0.0, 1.0], [0.0, 1.0, 0.0], [-1.0, 0.0, 0.0]]
    T_camera_lidar[1, 3] = -0.2
    v, u = np.mgrid[1:HEIGHT:3, 1:WIDTH:3].reshape(2, -1)
    extra = []
    for time_s, depth_m in contents.depth[::2]:
        z = depth_m[v, u]
        xyz = np.stack([(u - CAMERA_K[2]) * z, (v - CAMERA_K[5]) * z, FOCAL_PX * z], 1) / FOCAL_PX
        xyz[:, 0] -= STEP_M * DELAY_S / PERIOD_S  # the camera has moved on
        points = (xyz - T_camera_lidar[:3, 3]) @ T_camera_lidar[:3, :3]
        made = messages.points(time_s + DELAY_S, points.astype(np.float32), 'lidar')
        extra.append((time_s + DELAY_S, LIDAR, 'sensor_msgs/msg/PointCloud2', made))
    mounts = [('thermal_optical', 'lidar', T_camera_lidar)] if mounted else []
    return dataclasses.replace(contents, depth=[], extra=extra, mounts=mounts)


def _contents(images: list, **values: list) -> Contents:
    return Contents(images=images, k=CAMERA_K, size=(HEIGHT, WIDTH), **values)


def constant_bundle(path: Path, depth: float) -> Path:
    """Save a thermal bundle that sees everything at about the same depth."""
    networks = build_networks('thermal', THERMAL.architecture, 7)
    set_start_depth(networks['depth'], depth)
    spec = dataclasses.replace(THERMAL, licence='CC-BY-4.0')
    save_bundle(path, spec, networks, untrained_parts=())
    return path
