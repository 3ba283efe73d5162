# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Descriptions of the publishers of a topic, for logs and diagnostics."""

from collections import Counter
from collections.abc import Collection, Iterable

from rclpy.node import Node
from rclpy.topic_endpoint_info import TopicEndpointInfo

from thermal_depth_ros.base.wire_text import listed, name_of
from thermal_depth_ros.nodes.qos import offered_words

MOST_SHOWN = 4  # publishers or topics named in one sentence


def node_of(info: TopicEndpointInfo) -> str:
    """Return the full name of the node that an endpoint belongs to."""
    return f'{info.node_namespace.rstrip("/")}/{info.node_name}'


def described(infos: Iterable[TopicEndpointInfo]) -> str:
    """Describe publishers with their types and offered QoS."""
    return listed(
        (
            f'{name_of(node_of(i))} ({name_of(i.topic_type)}, {offered_words(i.qos_profile)})'
            for i in infos
        ),
        MOST_SHOWN,
    )


def other_publishers(node: Node, topic: str) -> list[str]:
    """Name the nodes that publish a topic, once per publisher, except one of this node.

    Args:
        node: It publishes the topic itself, once; a second one of its name is another node.
        topic: Resolved name.
    """
    if node.count_publishers(topic) < 2:  # ten times faster than asking for all of them
        return []
    names = Counter(node_of(info) for info in node.get_publishers_info_by_topic(topic))
    names.subtract([node.get_fully_qualified_name()])
    return sorted((+names).elements())


def named(names: Iterable[str], own: str) -> str:
    """Return names of nodes; another node with the name of this one is called so."""
    counts = Counter(names)
    return listed(
        (
            (f'another node named {name}' if name == own else name)
            + (f' ({count} times)' if count > 1 else '')
            for name, count in sorted(counts.items())
        ),
        MOST_SHOWN,
    )


def topics_of_type(node: Node, type_name: str, besides: Collection[str]) -> list[str]:
    """Return the topics of a type that another node publishes.

    Args:
        node: Does not count as a publisher.
        type_name: Such as 'sensor_msgs/msg/Image'.
        besides: Topics to leave out.
    """
    own = node.get_fully_qualified_name()
    return [
        topic
        for topic, types in node.get_topic_names_and_types()
        if type_name in types
        and topic not in besides
        and any(node_of(i) != own for i in node.get_publishers_info_by_topic(topic))
    ]
