# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Detects conflicts: several nodes publishing what must have one source, such as odometry."""

from collections import defaultdict
from collections.abc import Iterable

from rclpy.node import Node

from thermal_depth_ros.base.wire_text import listed, name_of
from thermal_depth_ros.nodes.camera.other_sources import OtherSource
from thermal_depth_ros.nodes.notices import Notices
from thermal_depth_ros.nodes.publishers import named, node_of, other_publishers

_MOST_TOPICS = 3  # named in one sentence


class ConflictLog:
    """Tracks current conflicts and logs each once when it begins.

    A conflict has a key and a description. It is logged once two checks have found it, as
    starting nodes are discovered topic by topic.
    """

    def __init__(self, notices: Notices) -> None:
        self._notices = notices
        self._found: dict[str, str] = {}
        self._logged: set[str] = set()

    @property
    def current(self) -> tuple[str, ...]:
        """Descriptions of the last check."""
        return tuple(self._found.values())

    def update(self, found: dict[str, str]) -> None:
        """Update the conflicts; those that disappear are logged again if they return."""
        self._logged &= found.keys()
        for key, sentence in found.items():
            if key not in self._logged and self._found.get(key) == sentence:
                self._logged.add(key)
                self._notices.say(sentence)
        self._found = found


def doubled_outputs(node: Node, topics: Iterable[str]) -> dict[str, str]:
    """Report other nodes that publish the outputs of this one.

    Args:
        node: Publishes each of the topics once.
        topics: Resolved names of outputs that have one source.
    """
    own = node.get_fully_qualified_name()
    by_others: defaultdict[str, list[str]] = defaultdict(list)
    for topic in topics:
        if others := other_publishers(node, topic):
            by_others[named(others, own)].append(topic)
    return {
        names: f'{listed(doubled, _MOST_TOPICS)}: published by {names} as well. A second '
        'vehicle in this ROS_DOMAIN_ID? Stop it, or give it its own namespace or domain '
        '(a killed node remains visible for another 20 s)'
        for names, doubled in by_others.items()
    }


def mixed_images(node: Node, topic: str) -> dict[str, str]:
    """Report images of several nodes on one topic."""
    if node.count_publishers(topic) < 2:
        return {}
    names = [node_of(info) for info in node.get_publishers_info_by_topic(topic)]
    return {
        topic: f'{topic}: {len(names)} publishers, {named(names, "")}: their images are mixed. '
        'Stop all but one, or remap them to separate topics'
    }


def other_base_poses(node: Node, base_frame: str, sources: Iterable[OtherSource]) -> dict[str, str]:
    """Report other sources of the base frame, which this node broadcasts.

    Args:
        node: This node, whose own publisher does not count.
        base_frame: The frame.
        sources: Observed publishers.
    """
    sentences = {}
    for source in sources:
        others = other_publishers(node, source.topic)
        if source.static:  # this node publishes nothing there
            infos = node.get_publishers_info_by_topic(source.topic)
            others = sorted(node_of(info) for info in infos)
        if not others:
            continue  # it has left
        who = named(others, node.get_fully_qualified_name())
        sentences[f'{source.parent} on {source.topic}'] = (
            f'{name_of(source.parent)} -> {base_frame} comes from another source as well, on '
            f'{source.topic} by {"" if len(others) == 1 else "one of "}{who}. A frame has one '
            'parent and one source: set publish_tf to false here or there'
            + (', or base_frame to the frame at the root of the robot' if source.static else '')
        )
    return sentences
