# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Wall times of the processing steps of one frame."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Stopwatch:
    """Sums milliseconds per named step."""

    def __init__(self, synchronise: Callable[[], None] | None = None) -> None:
        """Set the function that waits for the end of a step, such as a GPU queue."""
        self.ms: dict[str, float] = {}
        self._synchronise = synchronise

    @contextmanager
    def part(self, name: str) -> Iterator[None]:
        """Add the time within the context to a named step."""
        start = time.perf_counter()
        yield
        if self._synchronise is not None:
            self._synchronise()
        elapsed = (time.perf_counter() - start) * 1e3
        self.ms[name] = self.ms.get(name, 0.0) + elapsed
