# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""State of a running ROS graph, without ROS imports, so that checks can be tested alone."""

import dataclasses
from collections import defaultdict
from collections.abc import Mapping

from thermal_depth_ros.geometry.frames import FrameTree


@dataclasses.dataclass(frozen=True)
class Endpoint:
    """One publisher or subscription of one node."""

    topic: str
    type: str
    node: str
    publishes: bool
    qos: str


@dataclasses.dataclass(frozen=True)
class Mismatch:
    """A publisher and a subscription of one topic with incompatible QoS."""

    topic: str
    publisher: str
    subscription: str
    reason: str


@dataclasses.dataclass(frozen=True)
class CameraNode:
    """A running camera node and its responses; None if there was no response."""

    name: str
    state: str | None
    base_frame: str | None
    uses_sim_time: bool | None
    odom_frame: str | None = None
    publishes_tf: bool | None = None


@dataclasses.dataclass(frozen=True)
class ObservedTransform:
    """A transform on TF, and whether several nodes send it."""

    topic: str
    parent: str
    child: str
    several_senders: bool


@dataclasses.dataclass(frozen=True)
class Report:
    """One status on /diagnostics that is not OK."""

    name: str
    level: str
    message: str


@dataclasses.dataclass(frozen=True)
class InputCounts:
    """Frames that a camera node reports to have received and dropped since its start."""

    name: str  # of the status, 'node: status'
    received: int
    dropped: Mapping[str, int]  # by reason
    last_bad_frame: str  # its problem


@dataclasses.dataclass(frozen=True)
class GraphView:
    """A running graph.

    `endpoints` has one entry for each publisher and subscription, so that two nodes of one name
    give two equal entries. `transforms` were seen on TF, `tree` holds their values.
    `camera_frames` holds the frame_id seen on each camera_info topic.
    """

    endpoints: tuple[Endpoint, ...] = ()
    mismatches: tuple[Mismatch, ...] = ()
    cameras: tuple[CameraNode, ...] = ()
    transforms: tuple[ObservedTransform, ...] = ()
    tree: FrameTree = dataclasses.field(default_factory=FrameTree, compare=False)
    camera_frames: dict[str, str] = dataclasses.field(default_factory=dict)
    reports: tuple[Report, ...] = ()
    input_counts: tuple[InputCounts, ...] = ()

    def publishers(self, topic: str) -> list[Endpoint]:
        """Return the publishers of a topic."""
        return [e for e in self.endpoints if e.publishes and e.topic == topic]

    def subscriptions(self, topic: str) -> list[Endpoint]:
        """Return the subscriptions of a topic."""
        return [e for e in self.endpoints if not e.publishes and e.topic == topic]

    def of_node(self, name: str, publishes: bool) -> list[Endpoint]:
        """Return the publishers or the subscriptions of a node."""
        return [e for e in self.endpoints if e.node == name and e.publishes == publishes]

    def heard_by(self, subscription: Endpoint) -> list[Endpoint]:
        """Return the publishers that a subscription receives."""
        deaf = {
            (m.topic, m.publisher) for m in self.mismatches if m.subscription == subscription.node
        }
        return [
            e
            for e in self.publishers(subscription.topic)
            if e.type == subscription.type and (e.topic, e.node) not in deaf
        ]

    def connected(self, one: str, other: str) -> bool:
        """Return whether TF connects two frames."""
        return other in self._reachable(one)

    def _reachable(self, start: str) -> set[str]:
        neighbours: defaultdict[str, set[str]] = defaultdict(set)
        for transform in self.transforms:
            neighbours[transform.parent].add(transform.child)
            neighbours[transform.child].add(transform.parent)
        seen, todo = {start}, [start]
        while todo:
            new = neighbours[todo.pop()] - seen
            seen |= new
            todo += new
        return seen
