# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""What runs the networks, in words; needs no torch."""

import dataclasses
from collections.abc import Mapping


@dataclasses.dataclass(frozen=True)
class Candidate:
    """An engine and a precision it might run in; `detail` says more about it in words."""

    engine: str
    precision: str
    detail: str = dataclasses.field(default='', compare=False)

    def __str__(self) -> str:
        """Return all of it in words."""
        words = f'{self.engine} {self.precision}'
        return f'{words} ({self.detail})' if self.detail else words


@dataclasses.dataclass(frozen=True)
class EngineReport:
    """What runs the networks, and how it was found.

    Attributes:
        engines: Network ('depth', 'depth and semantics', 'pose') -> engine and precision.
        checks: Network -> agreement with PyTorch, in words; none for PyTorch itself.
        notes: What was tried and not taken, with reasons.
        warnings: Those of them that a user should know about.
    """

    engines: Mapping[str, Candidate] = dataclasses.field(default_factory=dict)
    checks: Mapping[str, str] = dataclasses.field(default_factory=dict)
    notes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def summary(self) -> str:
        """What runs each network: 'openvino fp32', or 'depth openvino bf16, pose openvino fp32'."""
        used = dict.fromkeys(map(str, self.engines.values()))
        if len(used) <= 1:
            return ''.join(used)
        return ', '.join(f'{name} {engine}' for name, engine in self.engines.items())

    def joined(self, other: 'EngineReport') -> 'EngineReport':
        """Return one report on the networks of both."""
        return EngineReport(
            {**self.engines, **other.engines},
            {**self.checks, **other.checks},
            (*self.notes, *other.notes),
            (*self.warnings, *other.warnings),
        )
