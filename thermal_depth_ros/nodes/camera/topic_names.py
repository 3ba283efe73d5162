# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Names of input topics under remapping."""

from rclpy.node import Node

from thermal_depth_ros.base import contract


def input_image_topic(node: Node, kind: str, transport: str) -> str:
    """Return the image topic of a camera kind, before the remappings of the node.

    As with image_transport, a remapping of the base topic (`thermal/image_raw`) moves the topics
    of all transports; one of the full name (`thermal/image_raw/compressed`) comes first.

    Args:
        node: Node whose remappings and namespace apply.
        kind: Camera kind.
        transport: 'raw' or 'compressed'.
    """
    full = contract.image_topic(kind, transport)
    remapped = node.resolve_topic_name(full) != node.resolve_topic_name(full, only_expand=True)
    if transport == 'raw' or remapped:
        return full
    return f'{node.resolve_topic_name(contract.image_topic(kind))}/{transport}'
