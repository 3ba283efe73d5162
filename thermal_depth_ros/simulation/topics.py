# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Topics of a synthetic recording."""

from thermal_depth_ros.base import contract

GROUND_TRUTH_ODOMETRY = '/ground_truth/odometry'
WHEEL_ODOMETRY = f'/{contract.WHEEL_ODOMETRY_TOPIC}'
TF_STATIC = '/tf_static'
WORLD, ODOM, BASE = 'world', 'odom', 'base_link'


def image(kind: str, transport: str = 'raw') -> str:
    """Return the image topic of a camera."""
    return f'/{contract.image_topic(kind, "raw" if transport == "raw" else "compressed")}'


def camera_info(kind: str) -> str:
    """Return the camera_info topic of a camera."""
    return f'/{contract.camera_info_topic(kind)}'


def depth(kind: str) -> str:
    """Return the topic of a camera's true depth."""
    return f'/ground_truth/{kind}/depth'


def labels(kind: str) -> str:
    """Return the topic of a camera's true classes."""
    return f'/ground_truth/{kind}/labels'
