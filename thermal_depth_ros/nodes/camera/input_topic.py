# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""An input topic that subscribes to all publishers and explains silence."""

import dataclasses
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from rclpy.clock import ROSClock
from rclpy.qos import QoSProfile
from rclpy.subscription import Subscription
from rclpy.topic_endpoint_info import TopicEndpointInfo

from thermal_depth_ros.base import contract
from thermal_depth_ros.base.wire_text import listed
from thermal_depth_ros.messages.types import MessageTypes
from thermal_depth_ros.nodes import qos
from thermal_depth_ros.nodes.endpoints import Endpoints
from thermal_depth_ros.nodes.publishers import MOST_SHOWN, described, node_of, topics_of_type

# Topics published by camera nodes are not inputs.
_CAMERA_OUTPUTS = tuple(
    output.topic
    for kind, outputs in contract.OUTPUTS.items()
    for output in outputs.values()
    if output.topic.startswith(f'{kind}/')
)


@dataclasses.dataclass(frozen=True)
class Advice:
    """Advice for a silent input."""

    unpublished: str  # if the topic has no publisher
    unheard: str  # if it has one, but nothing arrives


class InputTopic:
    """One input, with as many subscriptions as required to receive all publishers."""

    def __init__(
        self,
        endpoints: Endpoints,
        types: MessageTypes,
        topic: str,
        type_name: str,
        take: Callable[[Any, int], None],
        profile: QoSProfile,
        advice: Advice,
        follow: bool = False,
        lost: Callable[[int], None] | None = None,
        damaged: Callable[[str], None] | None = None,
    ) -> None:
        """Subscribe.

        Args:
            endpoints: Owner of the subscriptions.
            types: Constructors of messages.
            topic: Relative or absolute name; remapping applies.
            type_name: Message type.
            take: Takes each message and the number of the subscription that heard it, 0 being the
                first; with `follow` the same message may come by several.
            profile: Asked for first; overrides apply.
            advice: Advice to give when the input is silent.
            follow: Let `follow_publishers` add subscriptions.
            lost: Takes the number of messages lost on the way.
            damaged: Called with the problem of each message that cannot be deserialised.
        """
        self._damaged = damaged
        self._endpoints, self._node = endpoints, endpoints.node
        self._message_class, self.type = types.message_class(type_name), type_name
        self._take, self._advice, self._follow = take, advice, follow
        self._since_s = time.monotonic()
        self._said = ''  # logged cause of the silence
        self.count = 0  # messages taken
        self.last_s: float | None = None  # on time.monotonic
        first = endpoints.subscribe(
            self._message_class,
            topic,
            partial(self._heard, 0),
            profile,
            lost,
            quiet=follow,
            damaged=damaged,
        )
        self.subscriptions: list[Subscription] = [first]
        self.topic = str(first.topic_name)

    def follow_publishers(self) -> None:
        """Add subscriptions for publishers with other QoS; call periodically."""
        if not self._follow:
            return
        asked = self.subscriptions[0].qos_profile
        offered = [info.qos_profile for info in self._publishers() if info.topic_type == self.type]
        for profile in qos.further_profiles(asked, offered):
            if not any(_alike(profile, s.qos_profile) for s in self.subscriptions):
                self._add(profile)

    def report_silence(self, after_s: float) -> str:
        """Return that and why the input is silent; '' while messages arrive.

        Each cause of a silence is logged once.
        """
        silent_s = time.monotonic() - max(self._since_s, self.last_s or 0.0)
        if silent_s < after_s:
            self._said = ''
            return ''
        cause = self.cause()
        asked = qos.words(self.subscriptions[0].qos_profile)
        seconds = f'{silent_s:.{0 if silent_s > 10 else 1}f} s'
        text = f'no message for {seconds} on {self.topic} ({self.type}, {asked}): {cause}'
        if cause != self._said:
            self._said = cause
            self._endpoints.notices.say(text)
        return text

    def cause(self) -> str:
        """Return the likely cause of the silence, the publishers, and advice."""
        clock = self._node.get_clock()
        if isinstance(clock, ROSClock) and clock.ros_time_is_active and not clock.now().nanoseconds:
            return 'use_sim_time is set and /clock is silent. Is the recording being played?'
        publishers = self._publishers()
        if not publishers:
            return f'it has no publisher. {self._advice.unpublished}{self._elsewhere()}'
        readable = [info for info in publishers if info.topic_type == self.type]
        if not readable:
            types = listed(sorted({info.topic_type for info in publishers}))
            return f'it is published as {types}, by {described(publishers)}'
        heard = [info for info in readable if self._matches(info.qos_profile)]
        if not heard:
            policy = qos.incompatible(readable[0].qos_profile, self.subscriptions[0].qos_profile)
            return (
                f'the QoS of its publishers is incompatible with this subscription ({policy}): '
                f'{described(readable)}. Change them or set '
                f'qos_overrides.{self.topic}.subscription.*'
            )
        return f'published by {described(heard)}, but nothing arrives. {self._advice.unheard}'

    def publishers_in_words(self) -> str:
        """Return the publishers of the topic with types and QoS, for diagnostics."""
        return described(self._publishers())

    def _publishers(self) -> list[TopicEndpointInfo]:
        """Return the publishers of the topic that are not this node's own."""
        own = self._node.get_fully_qualified_name()
        publishers = self._node.get_publishers_info_by_topic(self.topic)
        return [info for info in publishers if node_of(info) != own]

    def _matches(self, offered: QoSProfile) -> bool:
        return any(not qos.incompatible(offered, s.qos_profile) for s in self.subscriptions)

    def _elsewhere(self) -> str:
        every = topics_of_type(self._node, self.type, besides=(self.topic,))
        others = [topic for topic in every if not topic.endswith(_CAMERA_OUTPUTS)]
        return f' Topics of this type: {listed(others, MOST_SHOWN)}' if others else ''

    def _add(self, profile: QoSProfile) -> None:
        heard = partial(self._heard, len(self.subscriptions))
        made = self._endpoints.subscribe(
            self._message_class,
            self.topic,
            heard,
            profile,
            quiet=True,
            overridable=False,
            damaged=self._damaged,
        )
        self.subscriptions.append(made)

    def _heard(self, number: int, message: Any) -> None:
        self.count += 1
        self.last_s = time.monotonic()
        self._take(message, number)


def _alike(one: QoSProfile, other: QoSProfile) -> bool:
    return (one.reliability, one.durability) == (other.reliability, other.durability)
