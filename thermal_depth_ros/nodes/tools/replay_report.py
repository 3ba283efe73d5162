# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Report of a replay."""

import dataclasses
from collections import Counter
from collections.abc import Mapping

LATE_NS = 20_000_000  # a message published later than this is counted as late


@dataclasses.dataclass(frozen=True)
class ReplayReport:
    """Message counts of a replay."""

    published: Counter[str]
    skipped: Mapping[str, str]  # topic -> why
    left_out: Counter[str]  # messages that cannot be read or converted, by topic
    late: int  # messages later than LATE_NS
    worst_late_ms: float
    loops: int
    stopped: bool

    @property
    def summary(self) -> str:
        """Summary in one line."""
        text = f'{sum(self.published.values())} messages of {len(self.published)} topics published'
        if self.loops > 1:
            text += f' in {self.loops} loops'
        if self.left_out:
            text += f'; {sum(self.left_out.values())} left out, see the log'
        if self.late:
            text += (
                f'; {self.late} were more than {LATE_NS // 1_000_000} ms late, '
                f'the worst {self.worst_late_ms:.0f} ms'
            )
        return text + ('; stopped before the end' if self.stopped else '')
