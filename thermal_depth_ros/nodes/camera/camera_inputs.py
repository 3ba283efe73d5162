# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""The subscriptions of a camera node: images in order of their stamps, and their calibration."""

import enum
from collections.abc import Callable
from typing import Any

from thermal_depth_ros.base import contract
from thermal_depth_ros.messages.camera_info import LatestCalibration
from thermal_depth_ros.messages.stamps import stamp_ns
from thermal_depth_ros.messages.types import MessageTypes
from thermal_depth_ros.nodes import qos
from thermal_depth_ros.nodes.camera.health import Health
from thermal_depth_ros.nodes.camera.input_topic import Advice, InputTopic
from thermal_depth_ros.nodes.camera.topic_names import input_image_topic
from thermal_depth_ros.nodes.endpoints import Endpoints


class StampVerdict(enum.Enum):
    """Verdict on a frame by its stamp."""

    IN_ORDER = 'in order'
    ZERO = 'zero stamp'
    REPEATED = 'repeated stamp'
    LATE = 'older stamp than the frame before'
    TIME_JUMP = 'time went back'

    @property
    def usable(self) -> bool:
        """Whether the frame is processed."""
        return self in (StampVerdict.IN_ORDER, StampVerdict.TIME_JUMP)


class StampOrder:
    """Distinguishes a late frame from a time jump, as when a recording restarts.

    One frame from the past is late and is dropped: using it would tear the motion estimate. Two
    in a row, in order among themselves, mean that time itself has gone back: the second is used,
    after everything that remembers earlier frames was reset. A stamp of zero cannot be ordered
    and is dropped.
    """

    def __init__(self) -> None:
        self._last_ns: int | None = None
        self._late_ns: int | None = None

    def reset(self) -> None:
        """Accept any next stamp as the start."""
        self._last_ns = self._late_ns = None

    @property
    def last_ns(self) -> int | None:
        """Stamp of the last usable frame."""
        return self._last_ns

    def check(self, stamp_ns: int) -> StampVerdict:
        """Check the next stamp and store it."""
        if stamp_ns == 0:
            return StampVerdict.ZERO
        if self._last_ns is None or stamp_ns > self._last_ns:
            return self._use(stamp_ns, StampVerdict.IN_ORDER)
        if stamp_ns == self._last_ns:
            return StampVerdict.REPEATED
        if self._late_ns is None or stamp_ns < self._late_ns:
            self._late_ns = stamp_ns
            return StampVerdict.LATE
        if stamp_ns == self._late_ns:
            return StampVerdict.REPEATED
        return self._use(stamp_ns, StampVerdict.TIME_JUMP)

    def _use(self, stamp_ns: int, verdict: StampVerdict) -> StampVerdict:
        self._last_ns, self._late_ns = stamp_ns, None
        return verdict


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
        verdict = self._order.check(stamp)
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
