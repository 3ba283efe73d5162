# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Views of a scene whose depth and motion are known exactly, and networks that know them.

A wall behind a floor, and before them, where wanted, a pillar that hides a part of the wall.
Temperatures are smooth functions of the place, so that interpolated views are almost exact.
"""

import dataclasses
import math
from typing import Any

import numpy as np
import torch
from torch import nn

from thermal_depth_ros.thermal.temporal_mapping import group_window, standardise
from thermal_depth_ros.training.thermal.batch import PairBatch, ThermalBatch

HEIGHT, WIDTH = 64, 80
K = np.array([[70.0, 0.0, 41.0], [0.0, 68.0, 30.0], [0.0, 0.0, 1.0]])
# Of the previous and the next view: translation in m, then rotation in rad.
MOTIONS = ((0.25, 0.02, 0.35, 0.01, -0.02, 0.005), (-0.2, 0.03, -0.3, -0.005, 0.03, 0.01))
# (normal, distance): points X of the target camera with normal . X = distance.
WALL = (np.array([0.3, 0.0, 1.0]), 6.0)
FLOOR = (np.array([0.0, 1.0, 0.05]), 1.3)
PILLAR = (np.array([0.0, 0.0, 1.0]), 2.5)
PILLAR_X = (-0.4, 0.3)  # from left to right, m


@dataclasses.dataclass(frozen=True)
class Scene:
    """Three views: target, previous, next."""

    counts: np.ndarray  # (3, H, W) float32
    depth_m: np.ndarray  # (3, H, W)
    T_target_source: np.ndarray  # (2, 4, 4)
    vectors: np.ndarray  # (4, 6) target to sources, then back, as the pose network gives them
    K: np.ndarray = dataclasses.field(default_factory=K.copy)

    def batch(self, copies: int = 1, **changes: Any) -> ThermalBatch:
        """Return the scene as a batch of training."""
        counts = torch.from_numpy(self.counts)[:, None]
        travelled_m = np.linalg.norm(self.T_target_source[:, :3, 3], axis=1)
        one = ThermalBatch(
            image=(counts - counts.min()) / (counts.max() - counts.min()),
            loss_image=standardise(group_window(counts)),
            K=torch.from_numpy(self.K),
            T=torch.from_numpy(self.T_target_source),
            travelled_m=torch.from_numpy(travelled_m),
            zoom=torch.ones(()),
            focal_ratio=torch.ones(()),
            pairs=PairBatch(counts[:2], torch.from_numpy(self.T_target_source[0]), torch.ones(())),
        )
        one = dataclasses.replace(one, **changes)
        return one.map(lambda value: value.float().repeat(copies, *[1] * value.ndim))


def matrix(vector) -> np.ndarray:
    """Return T (4, 4) of translation and angles, R = R_x R_y R_z."""
    (sx, sy, sz), (cx, cy, cz) = np.sin(vector[3:]), np.cos(vector[3:])
    T = np.eye(4)
    T[:3, :3] = (
        np.array([[1, 0, 0], [0, cx, -sx], [0, sx, cx]])
        @ np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
        @ np.array([[cz, -sz, 0], [sz, cz, 0], [0, 0, 1]])
    )
    T[:3, 3] = vector[:3]
    return T


def vector(T: np.ndarray) -> np.ndarray:
    """Return translation and angles of T (4, 4)."""
    angles = (
        math.atan2(-T[1, 2], T[2, 2]),
        math.asin(T[0, 2]),
        math.atan2(-T[0, 1], T[0, 0]),
    )
    return np.array([*T[:3, 3], *angles])


def see(T_target_view: np.ndarray, pillar: bool, K: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return counts and depth (H, W) of a view."""
    v, u = np.mgrid[:HEIGHT, :WIDTH].astype(float)
    rays = np.stack([u, v, np.ones_like(u)], -1) @ np.linalg.inv(K).T
    T = np.linalg.inv(T_target_view)
    start, directions = T[:3, 3], rays @ T[:3, :3].T  # in the target camera
    counts, depth = np.zeros(u.shape), np.full(u.shape, np.inf)
    for number, (normal, distance) in enumerate([WALL, FLOOR, PILLAR][: 3 if pillar else 2]):
        with np.errstate(divide='ignore'):
            along = (distance - normal @ start) / (directions @ normal)
        points = start + along[..., None] * directions
        hit = (along > 0.1) & (along < depth)
        if number == 2:
            hit &= (points[..., 0] > PILLAR_X[0]) & (points[..., 0] < PILLAR_X[1])
        depth = np.where(hit, along, depth)
        counts = np.where(hit, warmth(points, number), counts)
    return counts.astype(np.float32), depth


def warmth(points: np.ndarray, number: int) -> np.ndarray:
    """Return counts at points (..., 3) of a surface."""
    x, y, z = np.moveaxis(points, -1, 0)
    waves = np.sin(2.1 * x + 0.7 * number) + np.sin(1.7 * z + 1.3 * y) + np.sin(2.9 * y - 0.8 * x)
    return 3000 + 150 * number + 90 * waves


def make_scene(pillar: bool = False, motions=MOTIONS) -> Scene:
    """Return the views of a camera that moved so from the target to the others."""
    T = np.stack([matrix(motion) for motion in motions])
    views = [see(view, pillar, K) for view in (np.eye(4), *T)]
    vectors = np.stack([vector(motion) for motion in (*T, *np.linalg.inv(T))])
    return Scene(np.stack([v[0] for v in views]), np.stack([v[1] for v in views]), T, vectors)


class Known(nn.Module):
    """Stands for both networks: says what it was told, and counts its calls.

    Asked about fewer inputs, it says what it was told about the first of each scene.
    """

    channels_per_image = 1

    def __init__(self, answer: torch.Tensor) -> None:
        super().__init__()
        self.answer = nn.Parameter(answer.clone())
        self.asked: list[torch.Size] = []

    def forward(self, *inputs: torch.Tensor) -> torch.Tensor:
        self.asked.append(inputs[0].shape)
        return self.answer[:: len(self.answer) // len(inputs[0])]


def known_depth(scene: Scene, copies: int = 1, views: int = 3, factor: float = 1.0) -> Known:
    """Return a depth network that gives the true depth times a factor."""
    depth = torch.from_numpy(scene.depth_m[:views]) * factor
    return Known((1.0 / depth).float()[:, None].repeat(copies, 1, 1, 1))


def known_pose(scene: Scene, copies: int = 1, pairs: int = 4, offset=0.0) -> Known:
    """Return a pose network that gives the true motions plus an offset."""
    return Known(
        (torch.from_numpy(scene.vectors[:pairs]) + torch.as_tensor(offset))
        .float()
        .repeat(copies, 1)
    )
