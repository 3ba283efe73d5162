# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""diagnostic_msgs/DiagnosticArray."""

from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from thermal_depth_ros.messages.stamps import header_message
from thermal_depth_ros.messages.types import MessageTypes


class StatusPart(Protocol):
    """What is said about one part of a node."""

    @property
    def name(self) -> str:
        """Name of the part."""

    @property
    def level(self) -> int:
        """0 OK, 1 WARN, 2 ERROR, 3 STALE."""

    @property
    def message(self) -> str:
        """The state in a few words."""

    @property
    def values(self) -> Mapping[str, str]:
        """Details, in order."""


def diagnostic_array(
    types: MessageTypes, stamp_ns: int, node_name: str, parts: Iterable[StatusPart]
) -> Any:
    """Build a DiagnosticArray with one status, named 'node: part', for every part of a node."""
    return types.DiagnosticArray(
        header=header_message(types, stamp_ns, ''),
        status=[
            types.DiagnosticStatus(
                level=types.octet(int(part.level)),
                name=f'{node_name}: {part.name}',
                message=part.message,
                hardware_id='',
                values=[
                    types.KeyValue(key=str(key), value=str(value))
                    for key, value in part.values.items()
                ],
            )
            for part in parts
        ],
    )


def status_level(status: Any) -> int:
    """Return the level of a DiagnosticStatus, which one library holds as bytes."""
    return status.level[0] if isinstance(status.level, bytes) else int(status.level)
