# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""diagnostic_msgs/DiagnosticArray. All text is made printable and bounded here."""

import dataclasses
import enum
import itertools
from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from thermal_depth_ros.base.wire_text import name_of, printable
from thermal_depth_ros.messages.stamps import header_message
from thermal_depth_ros.messages.types import MessageTypes

MOST_VALUES = 100  # key-value pairs of one status
LONGEST_VALUE = 500  # characters of one value, and of the message of a status


class Level(enum.IntEnum):
    """Levels of a DiagnosticStatus."""

    OK = 0
    WARN = 1
    ERROR = 2
    STALE = 3


@dataclasses.dataclass(frozen=True)
class Status:
    """One received DiagnosticStatus."""

    name: str  # 'node: status'
    level: Level
    message: str
    values: Mapping[str, str]
    hardware_id: str


class StatusContent(Protocol):
    """Diagnostic status of one aspect of a node."""

    @property
    def name(self) -> str:
        """Name of the status."""

    @property
    def level(self) -> int:
        """A value of Level."""

    @property
    def message(self) -> str:
        """Summary of the state."""

    @property
    def values(self) -> Mapping[str, str]:
        """Details, in order."""


def diagnostic_array(
    types: MessageTypes,
    stamp_ns: int,
    node_name: str,
    statuses: Iterable[StatusContent],
    hardware_id: str = '',
) -> Any:
    """Build a DiagnosticArray with one DiagnosticStatus, named 'node: status', for each of a node.

    Texts are cut at LONGEST_VALUE characters, details at MOST_VALUES.
    """
    return types.DiagnosticArray(
        header=header_message(types, stamp_ns, ''),
        status=[
            types.DiagnosticStatus(
                level=types.octet(int(status.level)),
                name=f'{node_name}: {status.name}',
                message=printable(status.message, LONGEST_VALUE),
                hardware_id=printable(hardware_id, LONGEST_VALUE),
                values=[
                    types.KeyValue(key=name_of(key), value=printable(value, LONGEST_VALUE))
                    for key, value in itertools.islice(status.values.items(), MOST_VALUES)
                ],
            )
            for status in statuses
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
    # Other software may send anything: an unknown level is treated as an error.
    return Level(number) if number in tuple(Level) else Level.ERROR
