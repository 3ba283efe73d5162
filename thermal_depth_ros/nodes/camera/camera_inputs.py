# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""The subscriptions of a camera node: images and their calibration."""

from collections.abc import Callable
from typing import Any

from thermal_depth_ros.base import contract
from thermal_depth_ros.messages.calibration import LatestCalibration
from thermal_depth_ros.messages.stamps import stamp_ns
from thermal_depth_ros.messages.types import MessageTypes
from thermal_depth_ros.nodes import qos
from thermal_depth_ros.nodes.camera.health import Health
from thermal_depth_ros.nodes.camera.input_topic import Advice, InputTopic
from thermal_depth_ros.nodes.camera.stamps import StampOrder, StampVerdict
from thermal_depth_ros.nodes.camera.topic_names import input_image_topic
from thermal_depth_ros.nodes.endpoints import Endpoints

_IMAGE_ADVICE = Advice(
    unpublished='Is the camera driver running, in the same ROS_DOMAIN_ID? Does the topic need a '
    'remapping, or image_transport another value?',
    unheard='Is the source paused? Do large images get lost on the way (see the Fast DDS profile '
    'in config/fastdds.xml)?',
)
_INFO_ADVICE = Advice(
    unpublished='Does the driver have a calibration file? Does the topic need a remapping?',
    unheard='Is it sent once, before this node listens? Publish it with every image, or latched '
    '(transient local).',
)


class CameraInputs:
    """Receives images in stamp order and keeps the latest camera_info."""

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
            endpoints: Owner of the subscriptions.
            kind: Camera kind.
            transport: 'raw' or 'compressed'.
            types: Constructors of messages.
            health: Counters of the node.
            on_image: Called with each usable image message.
            on_time_jump: Called when stamps jump back, before the first image after the jump.
        """
        self._health, self._notices = health, endpoints.notices
        self._on_image, self._on_time_jump = on_image, on_time_jump
        self._order = StampOrder()
        self.info: Any = None  # latest CameraInfo
        self._checked = LatestCalibration()
        self.images = InputTopic(
            endpoints,
            types,
            input_image_topic(endpoints.node, kind, transport),
            contract.IMAGE if transport == 'raw' else contract.COMPRESSED_IMAGE,
            self._take_image,
            qos.input_qos(),
            _IMAGE_ADVICE,
            lost=self._lost,
            damaged=self._damaged_image,
        )
        self.infos = InputTopic(
            endpoints,
            types,
            contract.camera_info_topic(kind),
            contract.CAMERA_INFO,
            self._take_info,
            qos.input_qos(),
            _INFO_ADVICE,
            follow=True,
            damaged=self._damaged_info,
        )

    def restart_order(self) -> None:
        """Accept any next stamp, after a jump of the clock."""
        self._order.reset()

    def report_silence(self, after_s: float) -> tuple[str, str]:
        """Return why images and camera_info are missing, each '' if not.

        A camera_info may be sent once for all images; it is reported missing only once there are
        images.
        """
        silent = self.images.report_silence(after_s)
        missing = self.info is None and self.images.count > 0
        return silent, self.infos.report_silence(after_s) if missing else ''

    def _lost(self, count: int) -> None:
        for _ in range(count):
            self._health.dropped(contract.LOST_ON_THE_WAY, contract.LOST_ON_THE_WAY)
        self._notices.warn(
            contract.LOST_ON_THE_WAY,
            f'{self.images.topic}: {count} frame(s) lost in transport. Large images need larger '
            'shared memory at the sender: see the Fast DDS profile in config/fastdds.xml',
        )

    def _damaged_image(self, reason: str) -> None:
        self._health.arrived()
        self._health.drops.add(contract.UNDECODABLE)
        self._notices.warn(
            contract.UNDECODABLE,
            f'{self.images.topic}: frame dropped, {contract.UNDECODABLE}: {reason}',
        )

    def _damaged_info(self, reason: str) -> None:
        self._health.bad_infos.add(contract.UNDECODABLE)
        self._notices.warn(
            f'info {contract.UNDECODABLE}', f'{self.infos.topic}: {contract.UNDECODABLE}: {reason}'
        )

    def _take_info(self, message: Any, listener: int) -> None:
        self.info = message
        camera = self._checked.camera(message)
        flaw = None if camera is None else camera.flaw
        if self._checked.problem or flaw:
            problem = self._checked.problem or f'uncalibrated: {flaw}'
            self._health.bad_infos.add(problem.partition(' is ')[0])

    def _take_image(self, message: Any, listener: int) -> None:
        self._health.arrived()
        previous_ns, stamp = self._order.last_ns, stamp_ns(message.header)
        verdict = self._order.judge(stamp)
        if verdict is StampVerdict.TIME_JUMP:
            self._on_time_jump(
                f'{self.images.topic}: stamps went back from {_seconds(previous_ns)} s to '
                f'{_seconds(stamp)} s'
            )
        if verdict.usable:
            self._on_image(message)
            return
        reason = f'{verdict.value}: {_seconds(stamp)} s'
        reason += f' after {_seconds(previous_ns)} s' if previous_ns else ''
        self._health.dropped(verdict.value, reason)
        self._notices.warn(verdict.value, f'{self.images.topic}: frame dropped, {reason}')


def _seconds(stamp: int | None) -> str:
    return '-' if stamp is None else f'{stamp // 10**9}.{stamp % 10**9:09d}'
