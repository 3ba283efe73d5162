# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Publishers and subscriptions that are created and removed together."""

from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

from rclpy.callback_groups import CallbackGroup
from rclpy.lifecycle import LifecycleNode
from rclpy.lifecycle.publisher import LifecyclePublisher
from rclpy.publisher import Publisher
from rclpy.qos import QoSProfile
from rclpy.serialization import deserialize_message
from rclpy.subscription import Subscription

from thermal_depth_ros.base.errors import ThermalDepthError
from thermal_depth_ros.nodes import qos
from thermal_depth_ros.nodes.notices import Notices


class EndpointError(ThermalDepthError, ValueError):
    """A publisher or subscription cannot be created; the message names topic and parameters."""


class Endpoints:
    """Publishers and subscriptions of a node in one lifecycle state.

    Every endpoint supports QoS overrides and reports incompatible QoS once.
    """

    def __init__(self, node: LifecycleNode, group: CallbackGroup, notices: Notices) -> None:
        self.node, self.group, self.notices = node, group, notices
        self._held = ExitStack()

    def close(self) -> None:
        """Remove all of them from the node."""
        self._held.close()

    def subscribe(
        self,
        message_class: type,
        topic: str,
        callback: Callable[[Any], None],
        profile: QoSProfile,
        lost: Callable[[int], None] | None = None,
        quiet: bool = False,
        overridable: bool = True,
        damaged: Callable[[str], None] | None = None,
    ) -> Subscription:
        """Subscribe to a topic.

        Args:
            message_class: Type of the messages.
            topic: Relative or absolute name; remapping applies.
            callback: Called with each message.
            profile: QoS profile before overrides.
            lost: Called with the number of messages lost in transport.
            quiet: Do not report incompatible publishers; the caller does.
            overridable: Whether parameters `qos_overrides.*` apply.
            damaged: Called with the problem of each message whose bytes do not fit its type. The
                middleware drops them without a word, so that they are taken as bytes here.

        Raises:
            EndpointError: An override is wrong.
        """
        resolved = self.node.resolve_topic_name(topic)
        report = _ignore if quiet else self.notices.warn_once
        events = qos.subscription_events(resolved, profile, report, lost)
        try:
            subscription = self.node.create_subscription(
                message_class,
                topic,
                _decoding(message_class, callback, damaged) if damaged else callback,
                profile,
                raw=damaged is not None,
                callback_group=self.group,
                event_callbacks=events,
                qos_overriding_options=qos.overriding() if overridable else None,
            )
        except RuntimeError as error:
            raise _wrong_override(resolved, 'subscription', error) from error
        self._held.callback(self.node.destroy_subscription, subscription)
        return subscription

    def publisher(self, message_class: type, topic: str, profile: QoSProfile) -> LifecyclePublisher:
        """Create a publisher that is silent while the node is inactive.

        Raises:
            EndpointError: An override is wrong.
        """
        made: LifecyclePublisher = self._publisher(
            self.node.create_lifecycle_publisher, message_class, topic, profile
        )
        self._held.callback(self.node.destroy_lifecycle_publisher, made)
        return made

    def constant_publisher(self, message_class: type, topic: str, profile: QoSProfile) -> Publisher:
        """Create a publisher that works in every state.

        Raises:
            EndpointError: An override is wrong.
        """
        made: Publisher = self._publisher(self.node.create_publisher, message_class, topic, profile)
        self._held.callback(self.node.destroy_publisher, made)
        return made

    def _publisher(
        self, create: Callable[..., Any], message_class: type, topic: str, profile: QoSProfile
    ) -> Any:
        resolved = self.node.resolve_topic_name(topic)
        try:
            return create(
                message_class,
                topic,
                profile,
                callback_group=self.group,
                event_callbacks=qos.publisher_events(resolved, profile, self.notices.warn_once),
                qos_overriding_options=qos.overriding(),
            )
        except RuntimeError as error:
            raise _wrong_override(resolved, 'publisher', error) from error


def _decoding(
    message_class: type, callback: Callable[[Any], None], damaged: Callable[[str], None]
) -> Callable[[bytes], None]:
    def take(data: bytes) -> None:
        try:
            message = deserialize_message(data, message_class)
        except RuntimeError as error:  # RMWError is private
            reason = str(error).partition(', at ')[0]  # what follows are source lines of C
            damaged(f'{len(data)} bytes that are no {message_class.__name__} ({reason})')
            return
        callback(message)

    return take


def _ignore(kind: str, message: str) -> None:
    """Ignore a report that is handled elsewhere."""


def _wrong_override(topic: str, end: str, error: RuntimeError) -> EndpointError:
    reason = str(error).split(', at /')[0]  # what follows are source lines of the C libraries
    return EndpointError(f'{topic}: {reason}; see parameters qos_overrides.{topic}.{end}.*')
