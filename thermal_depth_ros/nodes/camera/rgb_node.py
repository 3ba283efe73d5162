# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""The RGB camera: depth, cloud and semantics."""

from typing import Any

from thermal_depth_ros.base import contract
from thermal_depth_ros.frames.config import RgbConfig
from thermal_depth_ros.messages.labels import label_info
from thermal_depth_ros.nodes.camera.camera_node import CameraNode


class RgbNode(CameraNode):
    """A camera node that also classifies pixels.

    Parameters:
        See RgbConfig (frames/config.py) and NodeConfig (nodes/config.py).
    Subscribes:
        rgb/image_raw, rgb/camera_info and wheel/odometry as every camera node.
    Publishes:
        rgb/depth/image, rgb/depth/confidence, rgb/semantic/confidence (Image 32FC1).
        rgb/semantic/image (mono8 class ids), rgb/semantic/overlay (rgb8).
        rgb/semantic/label_info (LabelInfo), latched.
        rgb/depth/camera_info (CameraInfo).
        rgb/points (PointCloud2: x, y, z, rgb, label, confidence).
    """

    kind = contract.RGB
    config_class = RgbConfig

    def __init__(self, name: str = 'rgb', **node_arguments: Any) -> None:
        """Make the node; see CameraNode."""
        super().__init__(name, **node_arguments)

    def publish_latched(self) -> None:
        """Publish the class names; subscribers that come later get them too."""
        labels, config = self.pipeline.description.labels, self.config
        if labels is None or not isinstance(config, RgbConfig):
            return
        message = label_info(self.types, labels, self.now_ns(), '', config.semantic_min_confidence)
        self.outputs.publish({'label_info': message})
