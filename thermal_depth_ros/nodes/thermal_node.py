# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""The thermal camera: depth, cloud, odometry and TF."""

from contextlib import ExitStack
from typing import Any

import numpy as np

from thermal_depth_ros import contract
from thermal_depth_ros.geometry.frames import FrameError
from thermal_depth_ros.inference.config import ThermalConfig
from thermal_depth_ros.nodes.camera_node import CameraNode
from thermal_depth_ros.nodes.endpoints import Endpoints
from thermal_depth_ros.nodes.parts import Part, odometry_part
from thermal_depth_ros.nodes.transforms import TransformListener


class ThermalNode(CameraNode):
    """Adds to a camera node the place of the camera on the body, and the switch for TF."""

    kind = contract.THERMAL
    config_class = ThermalConfig

    def __init__(self, name: str = 'thermal', **node_arguments: Any) -> None:
        """Make the node; see CameraNode."""
        self._transforms: TransformListener | None = None
        super().__init__(name, **node_arguments)

    def enter_active(self, held: ExitStack, endpoints: Endpoints) -> None:
        """Listen to TF."""
        message_class = self.types.message_class(contract.TF_MESSAGE)
        self._transforms = TransformListener(endpoints, message_class)
        held.callback(setattr, self, '_transforms', None)

    def place_of_camera(self, frame_id: str) -> np.ndarray:
        """Return T_base_optical (4, 4); raises FrameError where TF does not tell."""
        if self._transforms is None:
            raise FrameError('not active')
        return self._transforms.lookup(self._thermal_config().base_frame, frame_id)

    def wanted(self) -> frozenset[str]:
        """Return the outputs that somebody listens to; TF only where it is to be published.

        Listening to /tf for the place of the camera, this node is its own first subscriber.
        """
        listening_to_itself = {'tf': 1} if self._transforms is not None else {}
        wanted = self.outputs.wanted(listening_to_itself)
        return wanted if self._thermal_config().publish_tf else wanted - {'tf'}

    def time_jumped(self, what: str) -> None:
        """Forget moving frames as well."""
        super().time_jumped(what)
        if self._transforms is not None:
            self._transforms.forget_moving()

    def more_parts(self) -> list[Part]:
        """Return the state of the motion estimate."""
        config = self._thermal_config()
        frames = f'{config.odom_frame} -> {config.base_frame}'
        return [odometry_part(self.health, config.odometry, config.publish_tf, frames)]

    def _thermal_config(self) -> ThermalConfig:
        assert isinstance(self.config, ThermalConfig)
        return self.config
