# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Quality of service as recordings store it: which topics are latched."""

from typing import Any

import yaml
from rosbags.interfaces import (
    Qos,
    QosDurability,
    QosHistory,
    QosLiveliness,
    QosReliability,
    QosTime,
)

from thermal_depth_ros.bags.errors import BagError

_MAX_YAML_CHARACTERS = 64 << 20
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


def parse_yaml(text: str) -> Any:
    """Parse YAML that comes with a recording.

    Raises:
        BagError: the text is too long, too deep, or no YAML.
    """
    if len(text) > _MAX_YAML_CHARACTERS:
        raise BagError(f'{len(text)} characters of YAML are too many')
    try:
        return yaml.safe_load(text)
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise BagError(f'not valid YAML: {str(error).splitlines()[0]}') from error


def is_latched(profiles: Any) -> bool:
    """Whether QoS profiles, as YAML text or already parsed, offer transient-local durability."""
    if isinstance(profiles, str):
        try:
            profiles = parse_yaml(profiles)
        except BagError:
            return False
    if not isinstance(profiles, list):
        return False
    values = [entry.get('durability') for entry in profiles if isinstance(entry, dict)]
    return any(value == 1 or value in ('1', 'transient_local') for value in values)
