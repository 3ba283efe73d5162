# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""QoS profiles in recordings: which topics are latched."""

from typing import Any

from rosbags.interfaces import (
    Qos,
    QosDurability,
    QosHistory,
    QosLiveliness,
    QosReliability,
    QosTime,
)

from thermal_depth_ros.base.yaml_text import Limits, YamlError, parse_yaml

# A publisher takes about 400 bytes and 40 values.
_LIMITS = Limits(n_bytes=64 << 10, n_values=10_000)
_INFINITE = QosTime(9223372036, 854775807)

# What rosbag2 writes for a reliable transient-local publisher; its player offers the same again.
LATCHED_QOS = Qos(
    history=QosHistory.KEEP_LAST,
    depth=1,
    reliability=QosReliability.RELIABLE,
    durability=QosDurability.TRANSIENT_LOCAL,
    deadline=_INFINITE,
    lifespan=_INFINITE,
    liveliness=QosLiveliness.AUTOMATIC,
    liveliness_lease_duration=_INFINITE,
    avoid_ros_namespace_conventions=False,
)


def read_latched(profiles: Any) -> tuple[bool, str]:
    """Return whether QoS profiles, as YAML or parsed, offer transient local durability.

    Returns:
        Whether they do, and why it is unknown or ''.
    """
    if isinstance(profiles, str):
        try:
            profiles = parse_yaml(profiles, _LIMITS)
        except YamlError as error:
            return False, f'its QoS profiles cannot be read ({error}): taken as volatile'
    if not isinstance(profiles, list):
        return False, ''
    values = [entry.get('durability') for entry in profiles if isinstance(entry, dict)]
    return any(value == 1 or value in ('1', 'transient_local') for value in values), ''
