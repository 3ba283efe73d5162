# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Metrics of an evaluation as plain values, and conditions on them."""

import dataclasses
import json
import math
import operator
import re
from collections.abc import Mapping
from typing import Any

from thermal_depth_ros.base.errors import ThermalDepthError
from thermal_depth_ros.metrics.camera import CameraResult

FORMAT = 1
_COMPARISONS = {'<=': operator.le, '>=': operator.ge, '<': operator.lt, '>': operator.gt}
_CONDITION = re.compile(r'\s*([A-Za-z0-9_.]+)\s*(<=|>=|<|>)\s*([-+0-9.eE]+)\s*')


class ConditionError(ThermalDepthError, ValueError):
    """A condition is malformed or names an unknown metric."""


@dataclasses.dataclass(frozen=True)
class ConditionResult:
    """One condition, the value of its metric, and whether it is met."""

    condition: str
    value: float | None
    met: bool

    @property
    def text(self) -> str:
        """The condition, its value and whether it is met."""
        value = 'unknown' if self.value is None else f'{self.value:.4g}'
        return f'{"met" if self.met else "missed"}: {self.condition} (is {value})'


def camera_metrics(result: CameraResult) -> dict[str, Any]:
    """Return the metrics of one kind of camera as plain values for JSON."""
    metrics = dataclasses.asdict(result)
    if result.pose is not None:
        metrics['pose']['ate_of_straight_ahead'] = result.pose.ate_of_straight_ahead
        metrics['pose']['re_of_straight_ahead'] = result.pose.re_of_straight_ahead
    if result.segmentation is not None:
        classes = metrics['segmentation'].pop('classes')
        metrics['segmentation']['not_seen'] = list(result.segmentation.not_seen)
        metrics['segmentation']['classes'] = {entry.pop('name'): entry for entry in classes}
    return plain(metrics)


def plain(value: Any) -> Any:
    """Replace infinities and NaN, which JSON lacks, by null."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(key): plain(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(entry) for entry in value]
    return value


def to_text(figures: Mapping[str, Any]) -> str:
    """Return metrics as JSON text."""
    return json.dumps({'format': FORMAT, **figures}, indent=2, allow_nan=False) + '\n'


def read_condition(text: str) -> tuple[list[str], str, float]:
    """Split 'thermal.depth.scaled.abs_rel <= 0.15' into path, comparison and limit.

    Raises:
        ConditionError: It is malformed.
    """
    match = _CONDITION.fullmatch(text)
    try:
        if match is not None:
            return match[1].split('.'), match[2], float(match[3])
    except ValueError:
        pass
    raise ConditionError(
        f'{text!r} is not of the form FIGURE<=NUMBER, such as thermal.depth.scaled.abs_rel<=0.15'
    )


def check_condition(condition: str, cameras: Mapping[str, Any]) -> ConditionResult:
    """Return whether a condition on the metrics of the cameras is met.

    A metric that could not be measured meets no condition.

    Raises:
        ConditionError: It is malformed or names an unknown metric.
    """
    path, comparison, limit = read_condition(condition)
    value: Any = cameras
    for place, name in enumerate(path):
        if value is None:
            return ConditionResult(condition, None, False)
        if not isinstance(value, Mapping) or name not in value:
            there = ', '.join(value) if isinstance(value, Mapping) else 'nothing'
            where = '.'.join(path[:place]) or 'the figures'
            raise ConditionError(f'{condition!r}: {where} has no {name!r}; it has {there}')
        value = value[name]
    if value is not None and (isinstance(value, bool) or not isinstance(value, (int, float))):
        raise ConditionError(f'{condition!r}: {".".join(path)} is not a number')
    met = value is not None and _COMPARISONS[comparison](value, limit)
    return ConditionResult(condition, value, bool(met))
