# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Receives the camera mounting from /tf_static and /tf."""

import threading
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from thermal_depth_ros.base import contract
from thermal_depth_ros.base.wire_text import name_of
from thermal_depth_ros.geometry.frames import FrameError, FrameTree
from thermal_depth_ros.messages.errors import MessageError
from thermal_depth_ros.messages.odometry import transform_to_matrix
from thermal_depth_ros.messages.types import MessageTypes
from thermal_depth_ros.nodes import qos
from thermal_depth_ros.nodes.camera.health import Counters
from thermal_depth_ros.nodes.camera.input_topic import Advice, InputTopic
from thermal_depth_ros.nodes.endpoints import Endpoints

# Takes a TransformStamped, its topic, whether that is static, and the number of the subscription.
Watcher = Callable[[Any, str, bool, int], None]


class TransformListener:
    """A frame tree updated from two topics; readable from other threads."""

    def __init__(self, endpoints: Endpoints, types: MessageTypes, watch: Watcher) -> None:
        """Subscribe.

        Args:
            endpoints: Owner of the subscriptions.
            types: Constructors of messages.
            watch: Called with every transform, usable or not.
        """
        self._notices, self._watch = endpoints.notices, watch
        self._tree = FrameTree()
        self._lock = threading.Lock()
        self._missing: tuple[str, str] | None = None  # frames of the last lookup, if it failed
        self._said = ''
        self.refused = Counters()  # transforms, by reason
        self._static = self._input(endpoints, types, contract.TF_STATIC_TOPIC, static=True)
        self._moving = self._input(endpoints, types, contract.TF_TOPIC, static=False)

    @property
    def topics(self) -> tuple[str, str]:
        """Resolved names of the topics listened to."""
        return self._static.topic, self._moving.topic

    def own_subscriptions(self) -> int:
        """Return the number of /tf subscriptions of this node."""
        return len(self._moving.subscriptions)

    def lookup(self, target: str, source: str) -> np.ndarray:
        """Return T_target_source (4, 4).

        Raises:
            FrameError: The frames are not connected; names the topics listened to.
        """
        try:
            with self._lock:
                T = self._tree.lookup(target, source)
        except FrameError as error:
            self._missing = target, source
            raise FrameError(f'{" and ".join(self.topics)}: {error}') from None
        self._missing = None
        return T

    def forget_moving(self) -> None:
        """Drop all transforms that are not static; for time jumps."""
        with self._lock:
            self._tree.forget_moving()

    def follow_publishers(self) -> None:
        """Add subscriptions for publishers with other QoS; call periodically."""
        self._static.follow_publishers()
        self._moving.follow_publishers()

    def report_missing(self) -> str:
        """Return why a requested transform is missing, with advice; '' if none is.

        Each cause is logged once.
        """
        if self._missing is None:
            self._said = ''
            return ''
        target, source = (name_of(frame) for frame in self._missing)
        command = (
            'ros2 run tf2_ros static_transform_publisher '
            f'--frame-id {target} --child-frame-id {source} --x ...'
        )
        text = f'no transform between {target} and {source}: {self._cause()} Publish it: {command}'
        if text != self._said:
            self._said = text
            self._notices.say(text)
        return text

    def values(self) -> dict[str, str]:
        """Return counts and publishers for diagnostics."""
        return {
            **{f'publishers of {t.topic}': t.publishers_in_words() for t in self._inputs()},
            **{f'messages on {t.topic}': str(t.count) for t in self._inputs()},
            'transforms kept': str(len(self._tree)),
            'transforms forgotten': str(self._tree.forgotten),
            **{f'refused: {reason}': str(n) for reason, n in self.refused.snapshot().items()},
        }

    def _cause(self) -> str:
        heard = [topic for topic in self._inputs() if topic.count]
        if heard:
            names = ' and '.join(f'{t.topic} ({t.publishers_in_words()})' for t in heard)
            return f'none of those on {names} joins them.'
        return ' '.join(f'{topic.topic}: {topic.cause()}' for topic in self._inputs())

    def _inputs(self) -> tuple[InputTopic, InputTopic]:
        return self._static, self._moving

    def _input(
        self, endpoints: Endpoints, types: MessageTypes, name: str, static: bool
    ) -> InputTopic:
        topic = endpoints.node.resolve_topic_name(name)
        advice = Advice(
            unpublished='The TF of a robot in a namespace needs a remapping.',
            unheard='Is it sent once, before this node listens, and not latched (transient local)?',
        )
        return InputTopic(
            endpoints,
            types,
            name,
            contract.TF_MESSAGE,
            partial(self._take, topic, static),
            qos.transform_qos(static),
            advice,
            follow=True,
        )

    def _take(self, topic: str, static: bool, message: Any, listener: int) -> None:
        for stamped in message.transforms:
            self._watch(stamped, topic, static, listener)
            try:
                T = transform_to_matrix(stamped.transform)
                with self._lock:
                    self._tree.add(stamped.header.frame_id, stamped.child_frame_id, T, static)
            except (FrameError, MessageError) as error:
                self._refuse(topic, stamped, error)

    def _refuse(self, topic: str, stamped: Any, error: FrameError | MessageError) -> None:
        reason = f'bad {error.field}' if isinstance(error, MessageError) else 'bad frames'
        self.refused.add(reason)
        parent, child = name_of(stamped.header.frame_id), name_of(stamped.child_frame_id)
        self._notices.warn(f'transform, {reason}', f'{topic}: {parent} -> {child}: {error}')
