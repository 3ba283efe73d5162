# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""The constant transforms of a recording, as the camera of a namespace knows them.

The mount of a camera is on /tf_static; in most ROS 1 bags it is repeated on /tf, where constant
transforms are taken from. A robot in a namespace has topics of its own, /robot1/tf_static.
"""

import dataclasses
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from thermal_depth_ros.bags.errors import BagError
from thermal_depth_ros.bags.recording import Record, Recording
from thermal_depth_ros.bags.storage import absolute_topic
from thermal_depth_ros.base.contract import TF_MESSAGE, TF_STATIC_TOPIC, TF_TOPIC
from thermal_depth_ros.base.wire_text import name_of
from thermal_depth_ros.geometry import rigid
from thermal_depth_ros.geometry.frames import FrameError, FrameTree
from thermal_depth_ros.messages.errors import MessageError
from thermal_depth_ros.messages.odometry import transform_to_matrix

TF_TYPES = (TF_MESSAGE, 'tf/msg/tfMessage')  # the second is that of ROS 1 before tf2
_STATIC, _DYNAMIC = TF_STATIC_TOPIC.strip('/'), TF_TOPIC.strip('/')
_SAME_M, _SAME_RAD = 1e-5, 1e-5  # a constant transform is repeated as exactly as this


@dataclasses.dataclass(frozen=True, eq=False)
class Link:
    """One transform; T maps points of the child frame into the parent frame."""

    parent: str
    child: str
    T_parent_child: np.ndarray


def read_transforms(
    recording: Recording, topic: str, left_out: Counter[str]
) -> Iterator[tuple[Record, Any]]:
    """Yield every TransformStamped of a TF topic with its record, counting damaged messages.

    Args:
        recording: Recording with the topic.
        topic: Topic of transforms.
        left_out: Number of messages that cannot be read, by reason; added to.
    """
    for record in recording.read([topic]):
        try:
            message: Any = record.message
        except BagError as error:
            left_out[str(error)] += 1
            continue
        for stamped in message.transforms:
            yield record, stamped


class TopicLinks:
    """Constant transforms of one TF topic, and why others are not usable."""

    def __init__(self, recording: Recording, topic: str, static: bool) -> None:
        """Read the topic; transforms that cannot be used are named in `problems`."""
        self.topic, self.static = topic, static
        self.links: dict[str, Link] = {}  # by child
        self.moving: dict[str, str] = {}  # child -> how its transform changes
        self.refused: dict[str, str] = {}  # child -> what is wrong with a transform of it
        self.parents: set[str] = set()
        self._changed: dict[str, str] = {}  # child -> how a static transform of it differs
        self._unreadable: Counter[str] = Counter()
        for _, stamped in read_transforms(recording, topic, self._unreadable):
            self._take(stamped)

    @property
    def problems(self) -> list[str]:
        """Unusable transforms, one line each."""
        problems = [f'{count} x {error}' for error, count in self._unreadable.items()]
        bad = self.refused.items()
        problems += [f'{self.topic}: {name_of(child)}: {why}' for child, why in bad]
        return problems + [
            f'{self.topic}: {name_of(child)} has several transforms, the last is taken: {how}'
            for child, how in self._changed.items()
        ]

    def _take(self, stamped: Any) -> None:
        parent = str(stamped.header.frame_id).lstrip('/')
        child = str(stamped.child_frame_id).lstrip('/')
        self.parents.add(parent)
        try:
            T = transform_to_matrix(stamped.transform)
            FrameTree().add(parent, child, T, static=True)  # which knows what joins two frames
        except (FrameError, MessageError) as error:
            self.refused.setdefault(child, str(error))
            return
        first = self.links.get(child)
        if self.static and first is not None and (change := _change(first, parent, T)):
            self._changed.setdefault(child, change)
        if self.static or (first is None and child not in self.moving):
            self.links[child] = Link(parent, child, T)
        elif first is not None and (change := _change(first, parent, T)):
            del self.links[child]
            self.moving[child] = f'it moves there ({change})'


def _change(first: Link, parent: str, T: np.ndarray) -> str:
    """Describe the difference of a transform from the first of its child; '' if equal."""
    if parent != first.parent:
        return f"from '{name_of(first.parent)}' to '{name_of(parent)}'"
    difference = rigid.invert(first.T_parent_child) @ T
    metres = float(np.linalg.norm(difference[:3, 3]))
    angle = float(np.linalg.norm(rigid.rotation_vector(difference[:3, :3])))
    if metres <= _SAME_M and angle <= _SAME_RAD:
        return ''
    return f'by {metres:.2g} m and {np.degrees(angle):.2g} degrees at first'


class RecordedTransforms:
    """The TF topics of a recording; /tf is read only where the static ones do not suffice."""

    def __init__(self, recording: Recording, named: Sequence[str] = ()) -> None:
        """Find the TF topics.

        Args:
            recording: Recording with the transforms.
            named: The topics to take; without any, those of the namespace of a camera.

        Raises:
            BagError: A topic that was named is not there, or holds no transforms.
        """
        self._recording = recording
        self.named = tuple(absolute_topic(topic) for topic in named)
        recording.require(self.named)
        for topic in self.named:
            if recording.topics[topic].type not in TF_TYPES:
                raise BagError(f'{topic} is a {recording.topics[topic].type}, not {TF_MESSAGE}')
        self._all = [t for t, info in recording.topics.items() if info.type in TF_TYPES]
        self._links: dict[str, TopicLinks] = {}
        self._cameras: dict[str, CameraFrames] = {}

    def of(self, image_topic: str) -> 'CameraFrames':
        """Return the frames that the camera of an image topic knows."""
        if image_topic not in self._cameras:
            self._cameras[image_topic] = CameraFrames(self, self._levels(image_topic))
        return self._cameras[image_topic]

    def links(self, topic: str) -> TopicLinks:
        """Return what a TF topic says, read now unless it has been."""
        if topic not in self._links:
            self._links[topic] = TopicLinks(self._recording, topic, self.is_static(topic))
        return self._links[topic]

    def is_static(self, topic: str) -> bool:
        """Whether a TF topic holds static transforms, of which the latest counts."""
        name = topic.rpartition('/')[2]
        latched = self._recording.topics[topic].latched
        return name != _DYNAMIC and (name == _STATIC or latched)

    @property
    def problems(self) -> list[str]:
        """Unusable transforms of the topics read so far, one line each."""
        return [problem for links in self._links.values() for problem in links.problems]

    @property
    def static_topics(self) -> list[str]:
        """Topics of static transforms, of whichever robot."""
        names = self.named or [t for t in self._all if t.rpartition('/')[2] == _STATIC]
        return [topic for topic in names if self.is_static(topic)]

    def static_records(self) -> Iterator[Record]:
        """Yield the messages of all static topics."""
        if self.static_topics:
            yield from self._recording.read(self.static_topics)

    def constants(self) -> list[Link]:
        """Return the constant links of /tf that cameras were placed with so far."""
        by_child = {
            link.child: link for camera in self._cameras.values() for link in camera.constants
        }
        return list(by_child.values())

    def sightings(self, frame: str, levels: Sequence[Sequence[str]]) -> str:
        """Describe on which topics a frame occurs, and why it is unusable there."""
        own = {topic for level in levels for topic in level}
        seen = []
        for topic in self._all:
            links = self.links(topic)
            trouble = links.moving.get(frame) or links.refused.get(frame)
            if trouble and frame not in links.links:
                seen.append(f'on {topic}, but {trouble}')
            elif frame in links.links or frame in links.parents:
                seen.append(f'on {topic}' + ('' if topic in own else ', which is not taken'))
        return f"'{name_of(frame)}' is " + (' and '.join(seen) or 'on no TF topic')

    def _levels(self, image_topic: str) -> list[list[str]]:
        """Return the topics to ask, those of the nearest namespace first."""
        if self.named:
            return [list(self.named)]
        by_namespace: dict[str, list[str]] = {}
        for topic in self._all:
            namespace, _, name = topic.rpartition('/')
            if name in (_STATIC, _DYNAMIC):
                by_namespace.setdefault(namespace, []).append(topic)
        levels, namespace = [], image_topic
        while namespace:
            namespace = namespace.rpartition('/')[0]
            if namespace in by_namespace:
                levels.append(by_namespace[namespace])
        if not levels and len(by_namespace) == 1:  # a single robot, whatever its camera is called
            levels = list(by_namespace.values())
        return levels


class CameraFrames:
    """Asked for the constant motion between two frames; remembers the answers."""

    def __init__(self, transforms: RecordedTransforms, levels: list[list[str]]) -> None:
        self._transforms, self._levels = transforms, levels
        self._known: dict[tuple[str, str], np.ndarray | FrameError] = {}
        self._constants: dict[str, Link] = {}

    def lookup(self, target: str, source: str) -> np.ndarray:
        """Return T_target_source (4, 4), mapping points of the source frame into the target.

        Raises:
            FrameError: No chain of constant transforms joins the two; says where they were seen.
        """
        key = target.lstrip('/'), source.lstrip('/')
        if key not in self._known:
            try:
                self._known[key] = self._search(*key)
            except FrameError as error:
                self._known[key] = error
        found = self._known[key]
        if isinstance(found, FrameError):
            raise FrameError(str(found))
        return found

    @property
    def constants(self) -> list[Link]:
        """Constant links of /tf that answers were made with."""
        return list(self._constants.values())

    def _search(self, target: str, source: str) -> np.ndarray:
        if not target or not source:
            raise FrameError('a frame_id is empty, so that no transform can be looked up for it')
        if target == source:
            return np.eye(4)
        for level in self._levels:
            static = [topic for topic in level if self._transforms.is_static(topic)]
            for topics in (static, level):
                tree = self._tree(topics)
                try:
                    T_target_source = tree.lookup(target, source)
                except FrameError:
                    continue
                if topics is level:
                    self._note_constants(level, tree.path(target, source))
                return T_target_source
        sightings = [
            self._transforms.sightings(frame, self._levels)
            for frame in dict.fromkeys((target, source))
        ]
        raise FrameError(
            f"no constant transform between '{name_of(target)}' and '{name_of(source)}': "
            f'{"; ".join(sightings)} (tf_topics names the topics to take)'
        )

    def _tree(self, topics: Sequence[str]) -> FrameTree:
        links = [self._transforms.links(topic) for topic in topics]
        tree = FrameTree(sum(len(topic.links) for topic in links) + 1)
        for topic_links in links:
            for link in topic_links.links.values():
                # What is static goes before what merely did not change.
                tree.add(link.parent, link.child, link.T_parent_child, static=topic_links.static)
        return tree

    def _note_constants(self, level: Sequence[str], path: Sequence[tuple[str, str]]) -> None:
        for topic in level:
            if self._transforms.is_static(topic):
                continue
            links = self._transforms.links(topic)
            for parent, child in path:
                link = links.links.get(child)
                if link is not None and link.parent == parent:
                    self._constants[child] = link
