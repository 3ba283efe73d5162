# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Wheel odometry, for the metric scale."""

from typing import Any

from thermal_depth_ros.base import contract
from thermal_depth_ros.inference.metric_scale import FARTHEST_M, WheelScale
from thermal_depth_ros.messages.stamps import stamp_ns
from thermal_depth_ros.messages.types import MessageTypes
from thermal_depth_ros.nodes import qos
from thermal_depth_ros.nodes.camera.health import Counters
from thermal_depth_ros.nodes.camera.input_topic import Advice, InputTopic
from thermal_depth_ros.nodes.endpoints import Endpoints

_ADVICE = Advice(
    unpublished='Does the topic need a remapping? Without it, the scale stays that of the bundle.',
    unheard='Is the drive switched off?',
)


class WheelInput:
    """Feeds the positions of `wheel/odometry` to the scale estimator."""

    def __init__(self, endpoints: Endpoints, types: MessageTypes, scale: WheelScale) -> None:
        self._notices, self._scale = endpoints.notices, scale
        self.refused = Counters()  # messages, by reason
        self.topic = InputTopic(
            endpoints,
            types,
            contract.WHEEL_ODOMETRY_TOPIC,
            contract.ODOMETRY,
            self._take,
            qos.input_qos(),
            _ADVICE,
            damaged=self._damaged,
        )

    def _damaged(self, reason: str) -> None:
        self.refused.add('damaged message')
        self._notices.warn('wheel damaged', f'{self.topic.topic}: damaged message: {reason}')

    def _take(self, message: Any, listener: int) -> None:
        p = message.pose.pose.position
        if not self._scale.add(stamp_ns(message.header), (p.x, p.y, p.z)):
            self.refused.add('position not finite or beyond 1e9 m')
            self._notices.warn(
                'wheel',
                f'{self.topic.topic}: position ({p.x:g}, {p.y:g}, {p.z:g}) cannot be used: it is '
                f'not finite, or beyond {FARTHEST_M:g} m',
            )
