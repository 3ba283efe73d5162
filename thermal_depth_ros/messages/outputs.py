# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""One processed frame -> output messages, for nodes and offline processing."""

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from thermal_depth_ros.base.contract import THERMAL, UNLABELLED
from thermal_depth_ros.messages.camera_info import depth_camera_info
from thermal_depth_ros.messages.cloud import depth_cloud
from thermal_depth_ros.messages.image import array_to_image
from thermal_depth_ros.messages.labels import label_info
from thermal_depth_ros.messages.odometry import odometry_message, tf_message, transform_message
from thermal_depth_ros.messages.pictures import class_overlay, depth_colour
from thermal_depth_ros.messages.types import MessageTypes


@dataclasses.dataclass(frozen=True, eq=False)
class _Source:
    """Inputs of the messages of one frame; fields as in output_messages."""

    types: MessageTypes
    kind: str
    frame: Any
    output: Any
    info: Any
    rays: np.ndarray | None
    labels: Any
    config: Any


def output_messages(
    types: MessageTypes,
    kind: str,
    frame: Any,
    output: Any,
    info_msg: Any,
    rays: np.ndarray | None,
    labels: Any,
    wanted: frozenset[str],
    config: Any,
) -> dict[str, Any]:
    """Build the requested messages of one frame, all with its stamp.

    Impossible messages are omitted: there is no cloud without rays, no camera_info without one
    from the camera, no semantics or odometry without results, and no transform if the
    configuration disables it.

    Args:
        types: The library that the messages are made for.
        kind: 'thermal' or 'rgb'.
        frame: frames.frame.CameraFrame.
        output: frames.frame.CameraOutput of that frame.
        info_msg: CameraInfo of the camera, or None.
        rays: (2, H, W) float32 of the camera (geometry.rays.pixel_rays), or None.
        labels: bundles.labels.LabelSet, or None.
        wanted: Keys of contract.OUTPUTS[kind].
        config: frames.config.ThermalConfig or RgbConfig.

    Returns:
        Key of contract.OUTPUTS[kind] -> message.
    """
    source = _Source(types, kind, frame, output, info_msg, rays, labels, config)
    made = {key: build(source) for key, build in _BUILDERS.items() if key in wanted}
    return {key: message for key, message in made.items() if message is not None}


def _image(source: _Source, array: np.ndarray | None, encoding: str) -> Any:
    if array is None:
        return None
    frame = source.frame
    return array_to_image(source.types, array, encoding, frame.stamp_ns, frame.frame_id)


def _depth(source: _Source) -> Any:
    return source.output.depth and _image(source, source.output.depth.depth_m, '32FC1')


def _confidence(source: _Source) -> Any:
    return source.output.depth and _image(source, source.output.depth.confidence, '32FC1')


def _camera_info(source: _Source) -> Any:
    if source.info is None:
        return None
    frame = source.frame
    return depth_camera_info(source.types, source.info, frame.stamp_ns, frame.frame_id)


def _colour(source: _Source) -> Any:
    if source.output.depth is None:
        return None
    near_m, far_m = source.config.min_depth_m, source.config.max_depth_m
    return _image(source, depth_colour(source.output.depth.depth_m, near_m, far_m), 'rgb8')


def _points(source: _Source) -> Any:
    depth, frame = source.output.depth, source.frame
    if depth is None or source.rays is None:
        return None
    extra = {'intensity': frame.image} if source.kind == THERMAL else _rgb_channels(source)
    return depth_cloud(
        source.types,
        depth.depth_m,
        source.rays,
        frame.stamp_ns,
        frame.frame_id,
        source.config.point_decimation,
        **extra,
    )


def _rgb_channels(source: _Source) -> dict[str, np.ndarray]:
    """Return the channels of an RGB cloud; the fields are always the same."""
    depth, semantics = source.output.depth, source.output.semantics
    size = depth.depth_m.shape
    labels = np.full(size, UNLABELLED, np.uint8) if semantics is None else semantics.labels
    unknown = depth.confidence is None
    confidence = np.full(size, np.nan, np.float32) if unknown else depth.confidence
    return {'rgb': source.frame.image, 'label': labels, 'confidence': confidence}


def _odometry(source: _Source) -> Any:
    result, config = source.output.odometry, source.config
    if result is None:
        return None
    stamp_ns = source.frame.stamp_ns
    return odometry_message(source.types, result, stamp_ns, config.odom_frame, config.base_frame)


def _tf(source: _Source) -> Any:
    # The last pose is published while tracking is lost: odom -> base is continuous (REP 105), and
    # the TF tree would otherwise break.
    result, config = source.output.odometry, source.config
    if result is None or not config.publish_tf:
        return None
    transform = transform_message(
        source.types,
        result.T_odom_base,
        source.frame.stamp_ns,
        config.odom_frame,
        config.base_frame,
    )
    return tf_message(source.types, [transform])


def _semantic(source: _Source) -> Any:
    return source.output.semantics and _image(source, source.output.semantics.labels, 'mono8')


def _semantic_confidence(source: _Source) -> Any:
    return source.output.semantics and _image(source, source.output.semantics.confidence, '32FC1')


def _label_info(source: _Source) -> Any:
    if source.labels is None:
        return None
    return label_info(
        source.types,
        source.labels,
        source.frame.stamp_ns,
        source.frame.frame_id,
        source.config.semantic_min_confidence,
    )


def _overlay(source: _Source) -> Any:
    if source.output.semantics is None or source.labels is None:
        return None
    picture = class_overlay(
        source.frame.image,
        source.output.semantics.labels,
        np.array(source.labels.colours, np.uint8),
        source.config.overlay_opacity,
    )
    return _image(source, picture, 'rgb8')


# In the order of publication: large messages last.
_BUILDERS: Mapping[str, Callable[[_Source], Any]] = {
    'odometry': _odometry,
    'tf': _tf,
    'label_info': _label_info,
    'camera_info': _camera_info,
    'depth': _depth,
    'confidence': _confidence,
    'semantic': _semantic,
    'semantic_confidence': _semantic_confidence,
    'points': _points,
    'colour': _colour,
    'overlay': _overlay,
}
