# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""QoS profiles of all topics, their overrides, and reports of incompatible QoS."""

from collections.abc import Callable, Iterable

from rclpy.event_handler import PublisherEventCallbacks, SubscriptionEventCallbacks
from rclpy.qos import (
    DurabilityPolicy,
    QoSCompatibility,
    QoSPolicyKind,
    QoSProfile,
    ReliabilityPolicy,
    qos_check_compatible,
    qos_policy_name_from_kind,
)
from rclpy.qos_overriding_options import QoSOverridingOptions

# Called with a key that is the same for the same mismatch, and with the message.
Report = Callable[[str, str], None]


def input_qos() -> QoSProfile:
    """Return the profile of sensor inputs, compatible with every publisher; keeps the newest."""
    return QoSProfile(
        depth=5,
        reliability=ReliabilityPolicy.BEST_EFFORT,
        durability=DurabilityPolicy.VOLATILE,
    )


def output_qos(latched: bool = False) -> QoSProfile:
    """Return the profile of outputs: reliable, compatible with every subscriber."""
    return QoSProfile(
        depth=1 if latched else 5,
        reliability=ReliabilityPolicy.RELIABLE,
        durability=DurabilityPolicy.TRANSIENT_LOCAL if latched else DurabilityPolicy.VOLATILE,
    )


def transform_qos(static: bool) -> QoSProfile:
    """Return the profile of tf2 listeners and broadcasters."""
    durability = DurabilityPolicy.TRANSIENT_LOCAL if static else DurabilityPolicy.VOLATILE
    return QoSProfile(depth=100, reliability=ReliabilityPolicy.RELIABLE, durability=durability)


def overriding() -> QoSOverridingOptions:
    """Let parameters `qos_overrides.<topic>.<publisher|subscription>.<policy>` change a profile."""
    return QoSOverridingOptions(
        (
            QoSPolicyKind.HISTORY,
            QoSPolicyKind.DEPTH,
            QoSPolicyKind.RELIABILITY,
            QoSPolicyKind.DURABILITY,
        )
    )


def words(profile: QoSProfile) -> str:
    """Describe a profile: reliability, durability and depth."""
    reliability = profile.reliability.name.lower().replace('_', ' ')
    durability = profile.durability.name.lower().replace('_', ' ')
    return f'{reliability}, {durability}, depth {profile.depth}'


def offered_words(profile: QoSProfile) -> str:
    """Describe the QoS offered by a publisher; its depth is unknown to others."""
    return words(profile).rpartition(', ')[0]


def incompatible(offered: QoSProfile, asked: QoSProfile) -> str:
    """Name the incompatible policies, as in qos_overrides; '' if there are none."""
    compatible, _ = qos_check_compatible(offered, asked)
    if compatible != QoSCompatibility.ERROR:
        return ''
    policies = []
    if asked.reliability == ReliabilityPolicy.RELIABLE != offered.reliability:
        policies.append('reliability')
    if asked.durability == DurabilityPolicy.TRANSIENT_LOCAL != offered.durability:
        policies.append('durability')
    return ', '.join(policies) or 'deadline or liveliness'


def latched(profile: QoSProfile) -> bool:
    """Whether late subscribers receive earlier messages."""
    return (
        profile.durability == DurabilityPolicy.TRANSIENT_LOCAL
        and profile.reliability == ReliabilityPolicy.RELIABLE
    )


def further_profiles(asked: QoSProfile, offered: Iterable[QoSProfile]) -> list[QoSProfile]:
    """Return profiles of additional subscriptions to receive all publishers.

    No single profile suffices: earlier messages of latched publishers reach only a latched
    subscription, which in turn is incompatible with volatile publishers.

    Args:
        asked: Profile of the existing subscription.
        offered: Profiles of the publishers.
    """
    profiles, wanted = list(offered), []
    if not latched(asked) and any(latched(profile) for profile in profiles):
        wanted.append((ReliabilityPolicy.RELIABLE, DurabilityPolicy.TRANSIENT_LOCAL))
    if any(incompatible(profile, asked) for profile in profiles):
        wanted.append((ReliabilityPolicy.BEST_EFFORT, DurabilityPolicy.VOLATILE))
    return [
        QoSProfile(depth=max(asked.depth, 1), reliability=reliability, durability=durability)
        for reliability, durability in wanted
    ]


def _policy(event: object) -> str:
    name = qos_policy_name_from_kind(event.last_policy_kind)  # type: ignore[attr-defined]
    return str(name).removesuffix('_QOS_POLICY').lower()


def subscription_events(
    topic: str, profile: QoSProfile, report: Report, lost: Callable[[int], None] | None = None
) -> SubscriptionEventCallbacks:
    """Report incompatible publishers of this subscription, and messages lost in transport.

    Args:
        topic: Resolved name.
        profile: Requested QoS profile.
        report: Called with a key of the mismatch and a sentence.
        lost: Called with the number of samples that the middleware says were lost.
    """

    def not_heard(event: object) -> None:
        policy = _policy(event)
        report(
            f'qos {topic} subscription {policy}',
            f'{topic}: a publisher offers a {policy} that does not match what is asked for here '
            f'({words(profile)}); no messages will come from it. Change the publisher or set '
            f'qos_overrides.{topic}.subscription.{policy}',
        )

    def message_lost(event: object) -> None:
        if lost is not None:
            lost(event.total_count_change)  # type: ignore[attr-defined]

    return SubscriptionEventCallbacks(
        incompatible_qos=not_heard, message_lost=message_lost if lost else None
    )


def publisher_events(topic: str, profile: QoSProfile, report: Report) -> PublisherEventCallbacks:
    """Report incompatible subscriptions of this publisher."""

    def not_hearing(event: object) -> None:
        policy = _policy(event)
        report(
            f'qos {topic} publisher {policy}',
            f'{topic}: a subscription asks for a {policy} that this publisher does not offer '
            f'({words(profile)}); it will get no messages. Change the subscription or set '
            f'qos_overrides.{topic}.publisher.{policy}',
        )

    return PublisherEventCallbacks(incompatible_qos=not_hearing)
