# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Depth and classes of nuScenes keyframes: the sweep of the same sample, through the ego poses.

As in the evaluations on nuScenes, coordinates are cut to integers, the last of several points in a
pixel holds, and points nearer than 1 m are left out.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from thermal_depth_ros.base.contract import UNLABELLED
from thermal_depth_ros.datasets.errors import DatasetError, inside
from thermal_depth_ros.datasets.layouts.nuscenes_tables import SensorData, Tables
from thermal_depth_ros.datasets.sequence import Build
from thermal_depth_ros.datasets.streams import read_points
from thermal_depth_ros.geometry import rigid
from thermal_depth_ros.geometry.camera import PinholeCamera
from thermal_depth_ros.geometry.projection import NUSCENES_MIN_DEPTH_M, scatter
from thermal_depth_ros.messages.bag_types import bag_types
from thermal_depth_ros.messages.image import array_to_image

_COLUMNS = 5  # x, y, z, intensity, ring


def read_lidar(source: Path, name: str) -> np.ndarray:
    """Return the points (N, 5) of a sweep: x, y, z, intensity, ring.

    Raises:
        DatasetError: It cannot be read.
    """
    return read_points(inside(source, name, 'sample_data.json'), _COLUMNS)


class KeyframeMaps:
    """Maps of the keyframes of one camera."""

    def __init__(
        self,
        source: Path,
        tables: Tables,
        camera: PinholeCamera,
        pairs: Sequence[tuple[SensorData, SensorData]],
    ) -> None:
        """Set the pairs of an image and the sweep of its sample."""
        self._source, self._tables, self._camera = source, tables, camera
        self._pairs = pairs

    def depth(self, frame_id: str) -> Build:
        """Return what builds the message of depth, 0 where there is no point."""

        def build(index: int, stamp_ns: int) -> Any:
            xyz = self._in_camera(index)
            pixels, points = scatter(xyz, self._camera, False, NUSCENES_MIN_DEPTH_M)
            depth = np.zeros(self._camera.height * self._camera.width, np.float32)
            depth[pixels] = xyz[points, 2]
            return self._message(depth, '32FC1', stamp_ns, frame_id)

        return build

    def labels(self, frame_id: str) -> Build:
        """Return what builds the message of classes, 255 where there is no point."""

        def build(index: int, stamp_ns: int) -> Any:
            name = self._tables.label_file(self._pairs[index][1])
            if name is None:
                return None
            path = inside(self._source, name, 'lidarseg.json')
            xyz, ids = self._in_camera(index), read_points(path, 1, np.uint8)[:, 0]
            if len(ids) != len(xyz):
                raise DatasetError(f'{path}: {len(ids)} classes for {len(xyz)} points')
            pixels, points = scatter(xyz, self._camera, False, NUSCENES_MIN_DEPTH_M)
            labels = np.full(self._camera.height * self._camera.width, UNLABELLED, np.uint8)
            labels[pixels] = ids[points]
            return self._message(labels, 'mono8', stamp_ns, frame_id)

        return build

    def _message(self, flat: np.ndarray, encoding: str, stamp_ns: int, frame_id: str) -> Any:
        array = flat.reshape(self._camera.height, self._camera.width)
        return array_to_image(bag_types(), array, encoding, stamp_ns, frame_id)

    def _in_camera(self, index: int) -> np.ndarray:
        """Return the points (N, 3) in the optical frame, by the poses at both times."""
        image, sweep = self._pairs[index]
        tables = self._tables
        T_world_lidar = tables.T_world_base(sweep) @ tables.sensor(sweep).T_base_sensor
        T_world_camera = tables.T_world_base(image) @ tables.sensor(image).T_base_sensor
        T = rigid.invert(T_world_camera) @ T_world_lidar
        xyz = read_lidar(self._source, sweep.filename)[:, :3].astype(np.float64)
        moved: np.ndarray = xyz @ T[:3, :3].T + T[:3, 3]
        return moved
