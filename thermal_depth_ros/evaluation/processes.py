# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Several processes share the recordings between them, as torchrun starts them."""

import dataclasses
import datetime
import os
from collections.abc import Sequence
from typing import TypeVar

from thermal_depth_ros.evaluation.errors import EvaluationError

T = TypeVar('T')
# The first process may be done long before the last; only a dead one must not be waited for, and
# torchrun ends all of them when one dies.
_PATIENCE = datetime.timedelta(days=7)


@dataclasses.dataclass(frozen=True)
class Process:
    """Which of how many processes this is."""

    rank: int = 0
    count: int = 1

    @property
    def first(self) -> bool:
        """Whether this is the one that reports."""
        return self.rank == 0

    def share(self, items: Sequence[T]) -> list[T]:
        """Return the items that this process works on."""
        return list(items[self.rank :: self.count])

    def gather(self, value: T) -> list[T]:
        """Return the values of all processes on the first, nothing on the others."""
        if self.count == 1:
            return [value]
        import torch.distributed

        torch.distributed.init_process_group('gloo', timeout=_PATIENCE)
        try:
            found: list[T | None] | None = [None] * self.count if self.first else None
            torch.distributed.gather_object(value, found, dst=0)
        finally:
            torch.distributed.destroy_process_group()
        return [part for part in found or [] if part is not None]


def own_device() -> str | None:
    """Return the CUDA device of this process among those of its machine; None without any."""
    local = os.environ.get('LOCAL_RANK', '')
    if not local.isdecimal():
        return None
    import torch

    count = torch.cuda.device_count()
    return f'cuda:{int(local) % count}' if count else None


def this_process() -> Process:
    """Return what torchrun says in RANK and WORLD_SIZE; one process where it says nothing.

    Raises:
        EvaluationError: The two contradict each other.
    """
    rank, count = os.environ.get('RANK', '0'), os.environ.get('WORLD_SIZE', '1')
    if not (rank.isdecimal() and count.isdecimal() and int(rank) < int(count)):
        raise EvaluationError(f'RANK {rank!r} is none of WORLD_SIZE {count!r} processes')
    return Process(int(rank), int(count))
