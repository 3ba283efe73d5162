# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Last diagnostics of the camera nodes, as numbers."""

import dataclasses
import re
from collections.abc import Mapping

from thermal_depth_ros.base import contract
from thermal_depth_ros.messages.diagnostics import Status

LATENCY = 'stamp to publish'
_NAME = re.compile(r'(?:^|/)(?P<node>[^/:]+): (?P<part>.+)$')


@dataclasses.dataclass(frozen=True)
class CameraStatus:
    """Status of one camera node at the end of a run.

    `latency_ms` holds p50, p95 and p99 of the node's own times by name ('stamp to publish',
    'message to publish', 'inference'); `facts` all other values, by part.
    """

    frames_received: int
    frames_published: int
    dropped: dict[str, int]
    odometry_lost: dict[str, int]  # frames, by kind of loss
    latency_ms: dict[str, dict[str, float]]
    facts: dict[str, dict[str, str]]

    @property
    def bundle(self) -> str | None:
        """Name of the model bundle, as reported by the node."""
        return self.fact('bundle')

    @property
    def trained(self) -> bool | None:
        """Whether the weights are trained; None if the node did not report it."""
        weights = self.fact('weights')
        return None if weights is None else weights == 'trained'

    def fact(self, key: str) -> str | None:
        """Return a value by its key, from any part."""
        return next((values[key] for values in self.facts.values() if key in values), None)


def camera_statuses(diagnostics: Mapping[str, Status]) -> dict[str, CameraStatus]:
    """Return the status of each camera kind that reported."""
    parts: dict[str, dict[str, dict[str, str]]] = {}
    for status in diagnostics.values():
        match = _NAME.search(status.name)
        if match and match['node'] in contract.OUTPUTS:
            parts.setdefault(match['node'], {})[match['part']] = dict(status.values)
    return {node: _status(parts[node]) for node in contract.OUTPUTS if node in parts}


def _status(parts: dict[str, dict[str, str]]) -> CameraStatus:
    values = {key: value for part in parts.values() for key, value in part.items()}
    dropped = _counts(values, contract.DROPPED_PREFIX)
    # Frames before the first subscription; with them, every frame is accounted for.
    earlier = values.get(contract.OLD_FRAMES_UNWANTED, '0')
    if unwanted := int(values.get(contract.FRAMES_UNWANTED, earlier)):
        dropped['without subscribers'] = unwanted
    return CameraStatus(
        frames_received=int(values.get(contract.FRAMES_RECEIVED, 0)),
        frames_published=int(values.get(contract.FRAMES_PUBLISHED, 0)),
        dropped=dropped,
        odometry_lost=_counts(values, contract.ODOMETRY_LOST_PREFIX),
        latency_ms=_latencies(values),
        facts=parts,
    )


def _counts(values: Mapping[str, str], prefix: str) -> dict[str, int]:
    return {
        key.removeprefix(prefix): int(value)
        for key, value in values.items()
        if key.startswith(prefix)
    }


def _latencies(values: Mapping[str, str]) -> dict[str, dict[str, float]]:
    latencies: dict[str, dict[str, float]] = {}
    for key, value in values.items():
        match = re.fullmatch(r'(.+) (p50|p95|p99) \(ms\)', key)
        if match:
            latencies.setdefault(match[1], {})[match[2]] = float(value)
    return {name: times for name, times in latencies.items() if len(times) == 3}
