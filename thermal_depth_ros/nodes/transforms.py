# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Listens to /tf_static and /tf for the place of a camera on the body."""

import threading
from typing import Any

import numpy as np
from rclpy.subscription import Subscription

from thermal_depth_ros import contract
from thermal_depth_ros.geometry.frames import FrameError, FrameTree
from thermal_depth_ros.messages.errors import MessageError
from thermal_depth_ros.messages.odometry import transform_to_matrix
from thermal_depth_ros.nodes import qos
from thermal_depth_ros.nodes.endpoints import Endpoints


class TransformListener:
    """A frame tree that is fed by two subscriptions and may be read from another thread."""

    def __init__(self, endpoints: Endpoints, message_class: type) -> None:
        self._notices = endpoints.notices
        self._tree = FrameTree()
        self._lock = threading.Lock()
        self._subscriptions = [
            self._subscribe(endpoints, contract.TF_STATIC_TOPIC, message_class, static=True),
            self._subscribe(endpoints, contract.TF_TOPIC, message_class, static=False),
        ]

    @property
    def topics(self) -> tuple[str, ...]:
        """Resolved names of the topics listened to."""
        return tuple(s.topic_name for s in self._subscriptions)

    def lookup(self, target: str, source: str) -> np.ndarray:
        """Return T_target_source (4, 4).

        Raises:
            FrameError: the frames are not connected; names the topics listened to.
        """
        try:
            with self._lock:
                return self._tree.lookup(target, source)
        except FrameError as error:
            raise FrameError(f'{" and ".join(self.topics)}: {error}') from None

    def forget_moving(self) -> None:
        """Drop what is not static; for time jumps."""
        with self._lock:
            self._tree.forget_moving()

    def _subscribe(
        self, endpoints: Endpoints, name: str, message_class: type, static: bool
    ) -> Subscription:
        topic = endpoints.node.resolve_topic_name(name)

        def take(message: Any) -> None:
            self._take(topic, message, static)

        return endpoints.subscribe(message_class, name, take, qos.transform_qos(static))

    def _take(self, topic: str, message: Any, static: bool) -> None:
        for stamped in message.transforms:
            try:
                T = transform_to_matrix(stamped.transform)
                with self._lock:
                    self._tree.add(stamped.header.frame_id, stamped.child_frame_id, T, static)
            except (FrameError, MessageError) as error:
                name = f'{stamped.header.frame_id} -> {stamped.child_frame_id}'
                self._notices.warn(f'bad transform {name}', f'{topic}: {name}: {error}')
