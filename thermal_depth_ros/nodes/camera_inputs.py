# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""The subscriptions of a camera node: images and their calibration."""

import time
from collections.abc import Callable
from typing import Any

from rclpy.clock import ROSClock

from thermal_depth_ros import contract
from thermal_depth_ros.messages.stamps import stamp_ns
from thermal_depth_ros.messages.types import MessageTypes
from thermal_depth_ros.nodes import qos
from thermal_depth_ros.nodes.endpoints import Endpoints
from thermal_depth_ros.nodes.health import Health
from thermal_depth_ros.nodes.stamps import StampOrder, StampVerdict


class CameraInputs:
    """Takes images in order of their stamps and keeps the latest camera_info."""

    def __init__(
        self,
        endpoints: Endpoints,
        kind: str,
        transport: str,
        types: MessageTypes,
        health: Health,
        on_image: Callable[[Any], None],
        on_time_jump: Callable[[str], None],
    ) -> None:
        """Subscribe.

        Args:
            endpoints: where the subscriptions belong.
            kind: camera kind.
            transport: 'raw' or 'compressed'.
            types: constructors of messages.
            health: where frames are counted.
            on_image: takes each usable image message.
            on_time_jump: told when stamps went back, before the image that showed it.
        """
        self._node = endpoints.node
        self._health, self._notices = health, endpoints.notices
        self._on_image, self._on_time_jump = on_image, on_time_jump
        self._order = StampOrder()
        self._since_s = time.monotonic()
        self.info: Any = None  # latest CameraInfo
        self._image_type = contract.IMAGE if transport == 'raw' else contract.COMPRESSED_IMAGE
        image_class = types.message_class(self._image_type)
        topic = contract.image_topic(kind, transport)
        self._images = endpoints.subscribe(
            image_class, topic, self._take_image, qos.input_qos(), self._lost
        )
        info_class = types.message_class(contract.CAMERA_INFO)
        infos = endpoints.subscribe(
            info_class, contract.camera_info_topic(kind), self._take_info, qos.input_qos()
        )
        self.image_topic = self._images.topic_name
        self.info_topic = infos.topic_name

    def restart_order(self) -> None:
        """Accept any stamp next; the clock itself has jumped."""
        self._order.reset()

    def silence(self, stale_after_s: float) -> str | None:
        """Say that and why no image comes, or None while images come."""
        now = time.monotonic()
        silent_s = now - max(self._since_s, self._health.last_received_s or 0.0)
        if silent_s < stale_after_s:
            return None
        wanted = qos.words(self._images.qos_profile)
        return (
            f'no image for {silent_s:.{0 if silent_s > 10 else 1}f} s on {self.image_topic} '
            f'({self._image_type}, {wanted}): {self._likely_cause()}'
        )

    def _likely_cause(self) -> str:
        clock = self._node.get_clock()
        if (
            isinstance(clock, ROSClock)
            and clock.ros_time_is_active
            and clock.now().nanoseconds == 0
        ):
            return 'use_sim_time is set and /clock is silent. Is the recording being played?'
        publishers = self._node.get_publishers_info_by_topic(self.image_topic)
        if not publishers:
            return (
                'nobody publishes it. Is the camera driver running, in the same ROS_DOMAIN_ID? '
                'Does the topic need a remapping, or image_transport another value?'
            )
        types = {p.topic_type for p in publishers} - {self._image_type}
        if types:
            return f'it is published as {", ".join(sorted(types))}'
        return (
            f'{len(publishers)} publisher(s) known but nothing arrives. Is the source paused? Do '
            'large images get lost on the way (see the Fast DDS profile in config/fastdds.xml)?'
        )

    def _lost(self, count: int) -> None:
        for _ in range(count):
            self._health.drops.add(contract.LOST_ON_THE_WAY)
        self._notices.warn(
            contract.LOST_ON_THE_WAY,
            f'{self.image_topic}: {count} frame(s) lost on the way here. Large images need larger '
            'shared memory at the sender: see the Fast DDS profile in config/fastdds.xml',
        )

    def _take_info(self, message: Any) -> None:
        self.info = message

    def _take_image(self, message: Any) -> None:
        self._health.arrived()
        previous_ns, stamp = self._order.last_ns, stamp_ns(message.header)
        verdict = self._order.judge(stamp)
        if verdict is StampVerdict.TIME_JUMP:
            self._on_time_jump(
                f'{self.image_topic}: stamps went back from {_seconds(previous_ns)} s to '
                f'{_seconds(stamp)} s'
            )
        if verdict.usable:
            self._on_image(message)
            return
        self._health.drops.add(verdict.value)
        self._notices.warn(
            verdict.value,
            f'{self.image_topic}: frame dropped, {verdict.value}: {_seconds(stamp)} s'
            + (f' after {_seconds(previous_ns)} s' if previous_ns else ''),
        )


def _seconds(stamp: int | None) -> str:
    return '-' if stamp is None else f'{stamp // 10**9}.{stamp % 10**9:09d}'
