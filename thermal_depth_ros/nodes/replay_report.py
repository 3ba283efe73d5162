# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""What a replay has done."""

import dataclasses
from collections import Counter
from collections.abc import Mapping

LATE_NS = 20_000_000  # a message published later than this is counted as late


@dataclasses.dataclass(frozen=True)
class ReplayReport:
    """What was played."""

    published: Counter[str]
    skipped: Mapping[str, str]  # topic -> why
    damaged: Counter[str]
    late: int  # messages later than LATE_NS
    worst_late_ms: float
    loops: int
    stopped: bool

    @property
    def summary(self) -> str:
        """One line for a person."""
        text = f'{sum(self.published.values())} messages of {len(self.published)} topics published'
        if self.loops > 1:
            text += f' in {self.loops} loops'
        if self.damaged:
            text += f'; {sum(self.damaged.values())} damaged left out'
        if self.late:
            text += (
                f'; {self.late} were more than {LATE_NS // 1_000_000} ms late, '
                f'the worst {self.worst_late_ms:.0f} ms'
            )
        return text + ('; stopped before the end' if self.stopped else '')
