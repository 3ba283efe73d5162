# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""True depth of RobotCar images: sweeps of a planar LiDAR, moved by the poses of the vehicle."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from thermal_depth_ros.datasets.errors import DatasetError
from thermal_depth_ros.datasets.streams import read_points
from thermal_depth_ros.geometry import rigid
from thermal_depth_ros.geometry.camera import PinholeCamera
from thermal_depth_ros.geometry.projection import scatter
from thermal_depth_ros.geometry.trajectory import Trajectory

_COLUMNS = 3  # x, y, reflectance, as float64
_MAX_GAP_S = 1.0  # between poses that are interpolated


class SweepDepth:
    """Depth maps at any time of a sequence; they must be requested in order of time."""

    def __init__(
        self,
        files: Sequence[Path],
        stamps_ns: np.ndarray,
        poses: Trajectory | None,
        T_base_lidar: np.ndarray,
        T_base_optical: np.ndarray,
        camera: PinholeCamera,
        window_s: float,
    ) -> None:
        """Set files, transforms, and how long before and after an image sweeps are taken."""
        self.stamps_ns = stamps_ns
        self._files, self._poses, self._camera = files, poses, camera
        self._T_base_lidar, self._T_optical_base = T_base_lidar, rigid.invert(T_base_optical)
        self._window_ns = round(window_s * 1e9)
        self._world: dict[int, np.ndarray] = {}  # points of the sweeps around the last image

    def sweep(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        """Return points (N, 3) in the plane of the LiDAR, and reflectances (N,).

        Raises:
            DatasetError: The file cannot be read.
        """
        rows = read_points(self._files[index], _COLUMNS, np.float64)
        xyz = np.zeros_like(rows)
        xyz[:, :2] = rows[:, :2]
        return xyz, rows[:, 2]

    def at(self, stamp_ns: int) -> np.ndarray | None:
        """Return the map (H, W) float32 of a time, 0 where there is no point.

        Returns:
            None where there is no pose or no sweep.
        """
        assert self._poses is not None, 'needed to move sweeps'
        T_world_base = self._poses.at(stamp_ns, _MAX_GAP_S)
        first, end = np.searchsorted(
            self.stamps_ns, [stamp_ns - self._window_ns, stamp_ns + self._window_ns + 1]
        ).tolist()
        if T_world_base is None or first == end:
            return None
        self._world = {k: v for k, v in self._world.items() if k >= first}
        points = np.concatenate([self._in_world(index) for index in range(first, end)])
        T = self._T_optical_base @ rigid.invert(T_world_base)
        xyz = points @ T[:3, :3].T + T[:3, 3]
        pixels, index = scatter(xyz, self._camera)
        depth = np.zeros(self._camera.height * self._camera.width, np.float32)
        depth[pixels] = xyz[index, 2]
        return depth.reshape(self._camera.height, self._camera.width)

    def _in_world(self, index: int) -> np.ndarray:
        """Return the points (N, 3) of a sweep in the world; none where it cannot be used."""
        if index not in self._world:
            self._world[index] = self._moved(index)
        return self._world[index]

    def _moved(self, index: int) -> np.ndarray:
        assert self._poses is not None, 'needed to move sweeps'
        T_world_base = self._poses.at(int(self.stamps_ns[index]), _MAX_GAP_S)
        if T_world_base is None:
            return np.empty((0, 3))
        try:
            xyz = self.sweep(index)[0]
        except DatasetError:
            return np.empty((0, 3))  # one of hundreds; sweeps that are empty are common
        xyz = xyz[np.isfinite(xyz).all(axis=1) & xyz.any(axis=1)]
        T = T_world_base @ self._T_base_lidar
        moved: np.ndarray = xyz @ T[:3, :3].T + T[:3, 3]
        return moved
