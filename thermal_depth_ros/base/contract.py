# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""The public ROS interface: topic names, message types, and which topics are latched.

Names are relative, so that a namespace or a remapping moves them. Nodes, offline processing,
the recorder and the tests all read them from here.
"""

import dataclasses

IMAGE = 'sensor_msgs/msg/Image'
COMPRESSED_IMAGE = 'sensor_msgs/msg/CompressedImage'
CAMERA_INFO = 'sensor_msgs/msg/CameraInfo'
POINT_CLOUD = 'sensor_msgs/msg/PointCloud2'
ODOMETRY = 'nav_msgs/msg/Odometry'
POSE = 'geometry_msgs/msg/PoseStamped'
POSE_WITH_COVARIANCE = 'geometry_msgs/msg/PoseWithCovarianceStamped'
TRANSFORM = 'geometry_msgs/msg/TransformStamped'
TF_MESSAGE = 'tf2_msgs/msg/TFMessage'
LABEL_INFO = 'vision_msgs/msg/LabelInfo'
DIAGNOSTICS = 'diagnostic_msgs/msg/DiagnosticArray'
CLOCK = 'rosgraph_msgs/msg/Clock'

# Absolute by convention of ROS, independent of the namespace of a node.
CLOCK_TOPIC = '/clock'
DIAGNOSTICS_TOPIC = '/diagnostics'
TF_TOPIC = '/tf'
TF_STATIC_TOPIC = '/tf_static'

THERMAL = 'thermal'
RGB = 'rgb'
WHEEL_ODOMETRY_TOPIC = 'wheel/odometry'
UNLABELLED = 255

# Keys in the diagnostics of camera nodes that account for every frame. Frames lost in transport
# count as dropped, but were never received.
FRAMES_RECEIVED = 'frames received'
FRAMES_PUBLISHED = 'frames published'
FRAMES_UNWANTED = 'frames without subscribers'
OLD_FRAMES_UNWANTED = 'frames wanted by nobody'  # in diagnostics recorded before the rename
LAST_BAD_FRAME = 'last bad frame'
DROPPED_PREFIX = 'dropped: '
LOST_ON_THE_WAY = 'lost on the way'
UNDECODABLE = 'damaged message'  # whose bytes do not match its type
ODOMETRY_LOST_PREFIX = 'odometry lost: '


@dataclasses.dataclass(frozen=True)
class Output:
    """One published topic."""

    topic: str
    type: str
    latched: bool = False


THERMAL_OUTPUTS = {
    'depth': Output('thermal/depth/image', IMAGE),
    'camera_info': Output('thermal/depth/camera_info', CAMERA_INFO),
    'confidence': Output('thermal/depth/confidence', IMAGE),
    'colour': Output('thermal/depth/colour', IMAGE),
    'points': Output('thermal/points', POINT_CLOUD),
    'odometry': Output('odometry', ODOMETRY),
    'tf': Output(TF_TOPIC, TF_MESSAGE),
}

RGB_OUTPUTS = {
    'depth': Output('rgb/depth/image', IMAGE),
    'camera_info': Output('rgb/depth/camera_info', CAMERA_INFO),
    'confidence': Output('rgb/depth/confidence', IMAGE),
    'points': Output('rgb/points', POINT_CLOUD),
    'semantic': Output('rgb/semantic/image', IMAGE),
    'semantic_confidence': Output('rgb/semantic/confidence', IMAGE),
    'label_info': Output('rgb/semantic/label_info', LABEL_INFO, latched=True),
    'overlay': Output('rgb/semantic/overlay', IMAGE),
}

OUTPUTS = {THERMAL: THERMAL_OUTPUTS, RGB: RGB_OUTPUTS}


def image_topic(kind: str, transport: str = 'raw') -> str:
    """Return the relative input image topic of a camera kind for an image transport."""
    base = f'{kind}/image_raw'
    return base if transport == 'raw' else f'{base}/{transport}'


def is_rectified(topic: str) -> bool:
    """Whether the name of an image topic denotes rectified images (image_rect).

    P of the camera_info applies to those, K and D to all others.
    """
    return 'rect' in topic.removesuffix('/compressed').rpartition('/')[2]


def camera_info_topic(kind: str) -> str:
    """Return the relative input camera_info topic of a camera kind."""
    return f'{kind}/camera_info'
