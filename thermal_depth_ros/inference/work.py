# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Processing steps required by the requested outputs; others are skipped."""

import dataclasses
from collections.abc import Set

from thermal_depth_ros.base.contract import OUTPUTS, RGB, THERMAL
from thermal_depth_ros.frames.config import CameraConfig, RgbConfig, ThermalConfig
from thermal_depth_ros.inference.withheld import ODOMETRY

_DEPTH = frozenset({'depth', 'confidence', 'colour', 'points'})
_DEPTH_CONFIDENCE = {THERMAL: frozenset({'confidence'}), RGB: frozenset({'confidence', 'points'})}
_SEMANTICS = frozenset({'semantic', 'semantic_confidence', 'overlay', 'points'})


@dataclasses.dataclass(frozen=True)
class Work:
    """Processing steps of one frame."""

    depth: bool
    depth_confidence: bool
    semantics: bool
    semantic_confidence: bool
    odometry: bool


def work_for(kind: str, wanted: Set[str], config: CameraConfig) -> Work:
    """Return the steps required by outputs (keys of contract.OUTPUTS[kind]).

    Raises:
        ValueError: An output does not belong to this camera kind.
    """
    unknown = sorted(wanted - OUTPUTS[kind].keys())
    if unknown:
        known = ', '.join(OUTPUTS[kind])
        raise ValueError(f'{kind} camera has no output {", ".join(unknown)}; it has {known}')
    depth = bool(wanted & _DEPTH)
    semantics = sky = False
    if isinstance(config, RgbConfig):
        sky = depth and config.sky_is_far
        semantics = bool(wanted & _SEMANTICS)
    return Work(
        depth=depth,
        depth_confidence=bool(wanted & _DEPTH_CONFIDENCE[kind])
        or (depth and config.min_confidence > 0.0),
        semantics=semantics or sky,
        semantic_confidence='semantic_confidence' in wanted,
        odometry=isinstance(config, ThermalConfig) and config.odometry and bool(wanted & ODOMETRY),
    )
