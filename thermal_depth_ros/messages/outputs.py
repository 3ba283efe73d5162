# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Results of one frame -> messages of the contract."""

import dataclasses
from typing import Any

import numpy as np

from thermal_depth_ros.base.contract import UNLABELLED
from thermal_depth_ros.frames.config import (
    ALL_FIELDS,
    ORGANISED,
    XYZ_FIELDS,
    CameraConfig,
    RgbConfig,
    ThermalConfig,
)
from thermal_depth_ros.frames.frame import CameraFrame, DepthResult, OdometryResult, SemanticResult
from thermal_depth_ros.frames.labels import LabelSet
from thermal_depth_ros.frames.plan import CameraOutput
from thermal_depth_ros.messages.camera_info import depth_camera_info
from thermal_depth_ros.messages.cloud import CameraRays, depth_cloud
from thermal_depth_ros.messages.image import array_to_image
from thermal_depth_ros.messages.labels import label_info
from thermal_depth_ros.messages.odometry import odometry_message, tf_message, transform_message
from thermal_depth_ros.messages.pictures import class_overlay, depth_colour
from thermal_depth_ros.messages.types import MessageTypes


@dataclasses.dataclass(frozen=True, eq=False)
class ProcessedFrame:
    """A frame with everything that its messages are made from.

    Attributes:
        frame: The frame.
        output: Its results; its plan says which messages are made.
        info: CameraInfo of the view of the frame, of either library.
        config: Settings of the camera.
    """

    frame: CameraFrame
    output: CameraOutput
    info: Any
    config: CameraConfig

    @property
    def depth(self) -> DepthResult:
        """Depth, which the plan wants."""
        assert self.output.depth is not None
        return self.output.depth

    @property
    def semantics(self) -> SemanticResult:
        """Classes, which the plan wants."""
        assert self.output.semantics is not None
        return self.output.semantics

    @property
    def odometry(self) -> OdometryResult:
        """Motion, which the plan wants."""
        assert self.output.odometry is not None
        return self.output.odometry

    @property
    def thermal(self) -> ThermalConfig:
        """Settings of a thermal camera."""
        assert isinstance(self.config, ThermalConfig)
        return self.config

    @property
    def rgb(self) -> RgbConfig:
        """Settings of an RGB camera."""
        assert isinstance(self.config, RgbConfig)
        return self.config


class OutputBuilder:
    """Builds the output messages of one camera; keeps the rays of its clouds."""

    def __init__(self, types: MessageTypes, labels: LabelSet | None) -> None:
        """Set the properties of all frames.

        Args:
            types: The library that the messages are made for.
            labels: Classes of the bundle, or None.
        """
        self._types, self._labels = types, labels
        self._rays: CameraRays | None = None
        # In the order of publication: large messages last.
        self._builders = {
            'odometry': self._odometry,
            'tf': self._tf,
            'label_info': self._label_info,
            'camera_info': self._camera_info,
            'depth': self._depth,
            'confidence': self._confidence,
            'semantic': self._semantic,
            'semantic_confidence': self._semantic_confidence,
            'points': self._points,
            'colour': self._colour,
            'overlay': self._overlay,
        }

    def build(self, made: ProcessedFrame) -> dict[str, Any]:
        """Build the messages that the plan of a frame wants, all with its stamp.

        Returns:
            Key of contract.OUTPUTS -> message.
        """
        wanted = made.output.plan.wanted
        return {key: build(made) for key, build in self._builders.items() if key in wanted}

    def _image(self, frame: CameraFrame, array: np.ndarray | None, encoding: str) -> Any:
        assert array is not None, 'the plan wants it'
        return array_to_image(self._types, array, encoding, frame.stamp_ns, frame.frame_id)

    def _depth(self, made: ProcessedFrame) -> Any:
        return self._image(made.frame, made.depth.depth_m, '32FC1')

    def _confidence(self, made: ProcessedFrame) -> Any:
        return self._image(made.frame, made.depth.confidence, '32FC1')

    def _camera_info(self, made: ProcessedFrame) -> Any:
        frame = made.frame
        return depth_camera_info(self._types, made.info, frame.stamp_ns, frame.frame_id)

    def _colour(self, made: ProcessedFrame) -> Any:
        near_m, far_m = made.config.min_depth_m, made.config.max_depth_m
        return self._image(made.frame, depth_colour(made.depth.depth_m, near_m, far_m), 'rgb8')

    def _points(self, made: ProcessedFrame) -> Any:
        frame = made.frame
        if self._rays is None or self._rays.camera != frame.camera:
            assert frame.camera is not None, 'there is no cloud without a camera'
            self._rays = CameraRays(frame.camera)
        return depth_cloud(
            self._types,
            made.depth.depth_m,
            self._rays,
            frame.stamp_ns,
            frame.frame_id,
            made.config.point_decimation,
            organised=made.config.point_layout == ORGANISED,
            **_cloud_channels(made),
        )

    def _odometry(self, made: ProcessedFrame) -> Any:
        config, stamp_ns = made.thermal, made.frame.stamp_ns
        return odometry_message(
            self._types, made.odometry, stamp_ns, config.odom_frame, config.base_frame
        )

    def _tf(self, made: ProcessedFrame) -> Any:
        # The last pose is published while tracking is lost: odom -> base is continuous (REP 105),
        # and the TF tree would otherwise break.
        config, stamp_ns = made.thermal, made.frame.stamp_ns
        T = made.odometry.T_odom_base
        stamped = transform_message(self._types, T, stamp_ns, config.odom_frame, config.base_frame)
        return tf_message(self._types, [stamped])

    def _semantic(self, made: ProcessedFrame) -> Any:
        return self._image(made.frame, made.semantics.labels, 'mono8')

    def _semantic_confidence(self, made: ProcessedFrame) -> Any:
        return self._image(made.frame, made.semantics.confidence, '32FC1')

    def _label_info(self, made: ProcessedFrame) -> Any:
        frame, threshold = made.frame, made.rgb.semantic_min_confidence
        return label_info(
            self._types, self._known_labels(), frame.stamp_ns, frame.frame_id, threshold
        )

    def _overlay(self, made: ProcessedFrame) -> Any:
        colours = np.array(self._known_labels().colours, np.uint8)
        labels, opacity = made.semantics.labels, made.rgb.overlay_opacity
        picture = class_overlay(made.frame.image, labels, colours, opacity)
        return self._image(made.frame, picture, 'rgb8')

    def _known_labels(self) -> LabelSet:
        assert self._labels is not None, 'withheld without classes'
        return self._labels


def _cloud_channels(made: ProcessedFrame) -> dict[str, np.ndarray]:
    """Return the channels of a cloud; the same settings always give the same fields."""
    fields = made.config.point_fields
    if fields == XYZ_FIELDS:
        return {}
    if isinstance(made.config, ThermalConfig):
        return {'intensity': made.frame.image}
    colours = {'rgb': made.frame.image}
    return colours | _network_channels(made) if fields == ALL_FIELDS else colours


def _network_channels(made: ProcessedFrame) -> dict[str, np.ndarray]:
    depth, semantics = made.depth, made.output.semantics
    assert depth.confidence is not None, 'part of the plan of a cloud'
    labels = np.full(depth.depth_m.shape, UNLABELLED, np.uint8)
    return {
        'label': labels if semantics is None else semantics.labels,
        'confidence': depth.confidence,
    }
