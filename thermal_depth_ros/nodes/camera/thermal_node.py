# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""The thermal camera: depth, cloud, odometry and TF."""

import time
from contextlib import ExitStack
from typing import Any

import numpy as np

from thermal_depth_ros.base import contract
from thermal_depth_ros.frames.config import ThermalConfig
from thermal_depth_ros.frames.plan import ODOMETRY
from thermal_depth_ros.geometry.frames import FrameError
from thermal_depth_ros.nodes.camera.camera_node import CameraNode
from thermal_depth_ros.nodes.camera.conflicts import other_base_poses
from thermal_depth_ros.nodes.camera.other_sources import OtherSources
from thermal_depth_ros.nodes.camera.transforms import TransformListener
from thermal_depth_ros.nodes.config import ThermalNodeConfig
from thermal_depth_ros.nodes.endpoints import Endpoints
from thermal_depth_ros.nodes.statuses import NodeStatus, odometry_status, transforms_status

OTHER_SOURCE_WITHIN_S = 5.0  # another source of the base frame that is silent for longer has left


class ThermalNode(CameraNode):
    """A camera node that also estimates motion, with the camera mounting from TF.

    Parameters:
        See ThermalConfig (frames/config.py) and ThermalNodeConfig (nodes/config.py).
    Subscribes:
        thermal/image_raw, thermal/camera_info and wheel/odometry as every camera node.
        /tf_static and /tf (TFMessage), for the pose of the camera on the body.
    Publishes:
        thermal/depth/image, thermal/depth/confidence (Image 32FC1), thermal/depth/colour (rgb8).
        thermal/depth/camera_info (CameraInfo).
        thermal/points (PointCloud2: x, y, z, intensity).
        odometry (Odometry) and /tf (odom_frame -> base_frame).
    """

    kind = contract.THERMAL
    config_class = ThermalConfig
    node_config_class = ThermalNodeConfig

    def __init__(self, name: str = 'thermal', **node_arguments: Any) -> None:
        """Make the node; see CameraNode."""
        self._transforms: TransformListener | None = None
        self._own_tf_subscriptions = 0
        self._other_sources = OtherSources('')
        super().__init__(name, **node_arguments)

    def enter_active(self, held: ExitStack, endpoints: Endpoints) -> None:
        """Subscribe to TF."""
        self._other_sources = OtherSources(self._thermal_config().base_frame)
        self._transforms = TransformListener(endpoints, self.types, self._hear_transform)
        self._own_tf_subscriptions = self._transforms.own_subscriptions()
        held.callback(self._forget_transforms)

    def camera_extrinsics(self, frame_id: str) -> np.ndarray:
        """Return T_base_optical (4, 4); raises FrameError if TF lacks it."""
        if self._transforms is None:
            raise FrameError('not active')
        return self._transforms.lookup(self._thermal_config().base_frame, frame_id)

    def wanted(self) -> frozenset[str]:
        """Return the outputs with subscribers; TF only if publish_tf is set.

        This node itself subscribes to /tf for the camera mounting.
        """
        own = {'tf': self._own_tf_subscriptions}
        config, wanted = self._thermal_config(), self.outputs.wanted(own)
        if config.odometry and self.get_parameter('keep_tracking').value:
            wanted |= {'odometry'}
        return wanted if config.publish_tf else wanted - {'tf'}

    def publish_outputs(self, messages: dict[str, Any]) -> None:
        """Publish, and record own transforms, which are received on /tf as well."""
        if 'tf' in messages:
            for stamped in messages['tf'].transforms:
                self._other_sources.sent(stamped)
        super().publish_outputs(messages)

    def look_at_graph(self) -> dict[str, str]:
        """Follow publishers of TF as well, and detect other sources of the base frame."""
        silent, config = super().look_at_graph(), self._thermal_config()
        if self._transforms is not None:
            self._transforms.follow_publishers()
            self._own_tf_subscriptions = self._transforms.own_subscriptions()
        if config.odometry and config.publish_tf:
            sources = self._other_sources.recent(time.monotonic(), OTHER_SOURCE_WITHIN_S)
            silent |= other_base_poses(self, config.base_frame, sources)
        return silent

    def time_jumped(self, what: str) -> None:
        """Discard moving frames as well."""
        super().time_jumped(what)
        if self._transforms is not None:
            self._transforms.forget_moving()

    def more_statuses(self) -> list[NodeStatus]:
        """Return the diagnostics of the motion estimate."""
        config = self._thermal_config()
        frames = f'{config.odom_frame} -> {config.base_frame}'
        wanted = self._transforms is not None and bool(self.wanted() & ODOMETRY)
        listed = [odometry_status(self.health, config.odometry, wanted, config.publish_tf, frames)]
        if self._transforms is not None:
            missing = self._transforms.report_missing() if self.wanted() & ODOMETRY else ''
            listed.append(transforms_status(self._transforms.values(), missing))
        return listed

    def _forget_transforms(self) -> None:
        self._transforms, self._own_tf_subscriptions = None, 0

    def _hear_transform(self, stamped: Any, topic: str, static: bool, listener: int) -> None:
        self._other_sources.heard(stamped, topic, static, listener, time.monotonic())

    def _thermal_config(self) -> ThermalConfig:
        assert isinstance(self.config, ThermalConfig)
        return self.config
