# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Means of losses over the steps between two records."""

from collections.abc import Mapping
from typing import Any


class RunningMeans:
    """Sums in the order of the steps, so that the same steps always give the same means."""

    def __init__(self) -> None:
        self._sums: dict[str, float] = {}
        self._count = 0

    def add(self, losses: Mapping[str, float]) -> None:
        """Take in the losses of a step."""
        for name, value in losses.items():
            self._sums[name] = self._sums.get(name, 0.0) + value
        self._count += 1

    def take(self) -> dict[str, float]:
        """Return the means and begin anew; {} where nothing was added."""
        means = {name: total / self._count for name, total in self._sums.items()}
        self._sums, self._count = {}, 0
        return means

    def state(self) -> dict[str, Any]:
        """Return what a checkpoint keeps."""
        return {'sums': dict(self._sums), 'count': self._count}

    def load_state(self, state: Mapping[str, Any]) -> None:
        """Go on with what state() returned."""
        self._sums, self._count = dict(state['sums']), int(state['count'])
