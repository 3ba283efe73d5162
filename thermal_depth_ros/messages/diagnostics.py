# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""diagnostic_msgs/DiagnosticArray."""

import dataclasses
import enum
from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from thermal_depth_ros.messages.stamps import header_message
from thermal_depth_ros.messages.types import MessageTypes


class Level(enum.IntEnum):
    """Levels of a DiagnosticStatus."""

    OK = 0
    WARN = 1
    ERROR = 2
    STALE = 3


@dataclasses.dataclass(frozen=True)
class Status:
    """One DiagnosticStatus as it was received."""

    name: str  # 'node: part'
    level: Level
    message: str
    values: Mapping[str, str]
    hardware_id: str


class StatusPart(Protocol):
    """What is said about one part of a node."""

    @property
    def name(self) -> str:
        """Name of the part."""

    @property
    def level(self) -> int:
        """A value of Level."""

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


def statuses_of(msg: Any) -> list[Status]:
    """Return the statuses of a DiagnosticArray."""
    return [
        Status(
            name=str(status.name),
            level=_known_level(status_level(status)),
            message=str(status.message),
            values={str(pair.key): str(pair.value) for pair in status.values},
            hardware_id=str(status.hardware_id),
        )
        for status in msg.status
    ]


def status_level(status: Any) -> int:
    """Return the level of a DiagnosticStatus, which one library holds as bytes."""
    return status.level[0] if isinstance(status.level, bytes) else int(status.level)


def _known_level(number: int) -> Level:
    # Other software may send anything: what is not known is no good news.
    return Level(number) if number in tuple(Level) else Level.ERROR
