# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""A measured value with an optional target."""

import dataclasses
import math
from typing import Any


@dataclasses.dataclass(frozen=True)
class Measurement:
    """One measured value.

    `target` is the bound (inclusive): from above, or from below with `at_least`, or the value
    itself with a `tolerance`. A figure without a target is for information. `detail` says more
    about the value in words. `series` are the values of steps that it sums up.
    """

    group: str
    name: str
    value: float
    unit: str
    target: float | None = None
    at_least: bool = False
    detail: str = ''
    tolerance: float | None = None
    series: tuple[float, ...] = ()

    @property
    def met(self) -> bool | None:
        """Whether the target is met; None without a target. A NaN meets nothing."""
        if self.target is None:
            return None
        if self.tolerance is not None:
            return abs(self.value - self.target) <= self.tolerance
        return self.value >= self.target if self.at_least else self.value <= self.target

    @property
    def bound(self) -> str:
        """The target in words, empty without one."""
        if self.target is None:
            return ''
        if self.tolerance is not None:
            word = 'equal to'
        else:
            word = 'at least' if self.at_least else 'at most'
        return f'{word} {self.target:g} {self.unit}'.rstrip()

    def as_plain(self) -> dict[str, Any]:
        """Return it for JSON, which has no NaN."""
        steps = [value if math.isfinite(value) else None for value in self.series]
        return {
            'group': self.group,
            'name': self.name,
            'value': self.value if math.isfinite(self.value) else None,
            'unit': self.unit,
            'target': self.bound or None,
            'met': self.met,
            'detail': self.detail,
            **({'series': steps} if steps else {}),
        }
