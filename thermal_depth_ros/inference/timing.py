# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Wall time of the parts of the work on one frame."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Stopwatch:
    """Adds up milliseconds per named part."""

    def __init__(self, synchronise: Callable[[], None] | None = None) -> None:
        """Take what to wait for before a part counts as done, such as a GPU queue."""
        self.ms: dict[str, float] = {}
        self._synchronise = synchronise

    @contextmanager
    def part(self, name: str) -> Iterator[None]:
        """Time the enclosed work under a name; the same name again adds to it."""
        start = time.perf_counter()
        yield
        if self._synchronise is not None:
            self._synchronise()
        elapsed = (time.perf_counter() - start) * 1e3
        self.ms[name] = self.ms.get(name, 0.0) + elapsed
