# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""LiDAR points as ground truth of the pixels they project to (as for nuScenes)."""

import dataclasses
from typing import Any

import numpy as np

from thermal_depth_ros.evaluation.errors import EvaluationError
from thermal_depth_ros.evaluation.truth.poses import PoseTruth
from thermal_depth_ros.geometry import rigid
from thermal_depth_ros.geometry.camera import PinholeCamera
from thermal_depth_ros.geometry.frames import FrameError, Frames
from thermal_depth_ros.geometry.projection import scatter
from thermal_depth_ros.messages.cloud_reader import cloud_field, cloud_to_xyz
from thermal_depth_ros.messages.errors import UnsupportedError
from thermal_depth_ros.messages.stamps import stamp_ns

UNKNOWN = 65535  # class of a pixel without points
_LABEL_FIELDS = ('label', 'labels', 'semantic', 'class', 'class_id')


@dataclasses.dataclass(frozen=True, eq=False)
class Sweep:
    """Points (N, 3) of one cloud in its own frame, and their classes (N,) where it has any.

    Pulses without a return are removed.
    """

    stamp_ns: int
    frame: str
    xyz: np.ndarray
    labels: np.ndarray | None


def read_sweep(message: Any) -> Sweep:
    """Read a PointCloud2.

    Raises:
        MessageError: It has no x, y, z, or its sizes are inconsistent.
    """
    field = labels_field(message)
    labels = None if field is None else cloud_field(message, field).reshape(-1)
    xyz = cloud_to_xyz(message).reshape(-1, 3)
    returned = _returned(xyz)
    xyz, labels = xyz[returned], None if labels is None else labels[returned]
    frame = str(message.header.frame_id).lstrip('/')
    return Sweep(stamp_ns(message.header), frame, xyz, labels)


def labels_field(message: Any) -> str | None:
    """Return the field of a PointCloud2 that holds classes, None if there is none."""
    names = [field.name for field in message.fields]
    return next((name for name in _LABEL_FIELDS if name in names), None)


def _returned(xyz: np.ndarray) -> np.ndarray:
    """Whether points (N, 3) are measured; drivers write NaN or (0, 0, 0) for missing returns.

    Valid in the frame of the sensor only: in other frames, (0, 0, 0) becomes its position.
    """
    measured: np.ndarray = np.isfinite(xyz).all(axis=1) & xyz.any(axis=1)
    return measured


def read_labelled_sweep(message: Any) -> Sweep:
    """Read a PointCloud2 whose points have classes.

    Raises:
        UnsupportedError: No field holds classes.
        MessageError: See read_sweep.
    """
    sweep = read_sweep(message)
    if sweep.labels is None:
        names = sorted(field.name for field in message.fields)
        reason = f'not supported: no field of classes ({", ".join(_LABEL_FIELDS)})'
        raise UnsupportedError('fields', names, reason)
    return sweep


@dataclasses.dataclass(frozen=True, eq=False)
class Projector:
    """Projects points into a camera, compensating the motion of the vehicle between their times."""

    camera: PinholeCamera
    camera_frame: str
    tree: Frames
    poses: PoseTruth | None
    nearest: bool = True  # see geometry.projection.scatter
    min_depth_m: float = 0.0  # see geometry.projection.scatter

    def depth_m(self, sweep: Sweep, wanted_ns: int) -> np.ndarray:
        """Return the depth map (H, W) float32 of a sweep; NaN where there is no point."""
        xyz = self._into_camera(sweep, wanted_ns)
        pixels, index = scatter(xyz, self.camera, self.nearest, self.min_depth_m)
        depth = np.full(self.camera.height * self.camera.width, np.nan, np.float32)
        depth[pixels] = xyz[index, 2]
        return depth.reshape(self.camera.height, self.camera.width)

    def labels(self, sweep: Sweep, wanted_ns: int) -> np.ndarray:
        """Return the classes (H, W) int64 of a sweep; UNKNOWN where there is no point."""
        assert sweep.labels is not None, 'read_labelled_sweep checks it'
        xyz = self._into_camera(sweep, wanted_ns)
        pixels, index = scatter(xyz, self.camera, self.nearest, self.min_depth_m)
        labels = np.full(self.camera.height * self.camera.width, UNKNOWN, np.int64)
        labels[pixels] = sweep.labels[index].astype(np.int64)
        return labels.reshape(self.camera.height, self.camera.width)

    def _into_camera(self, sweep: Sweep, wanted_ns: int) -> np.ndarray:
        T = self._T_camera_cloud(sweep.frame, sweep.stamp_ns, wanted_ns)
        return sweep.xyz.astype(np.float64) @ T[:3, :3].T + T[:3, 3]

    def _T_camera_cloud(self, cloud_frame: str, cloud_ns: int, wanted_ns: int) -> np.ndarray:
        try:
            still = self.tree.lookup(self.camera_frame, cloud_frame)
            if self.poses is None or cloud_ns == wanted_ns:
                return still
            T_camera_body = self.tree.lookup(self.camera_frame, self.poses.frame)
        except FrameError as error:
            raise EvaluationError(f'points cannot be projected: {error}') from error
        then, now = self.poses.at(cloud_ns), self.poses.at(wanted_ns)
        if then is None or now is None:
            return still
        moved = rigid.invert(now) @ then  # motion of the body between the two times
        return T_camera_body @ moved @ rigid.invert(T_camera_body) @ still
