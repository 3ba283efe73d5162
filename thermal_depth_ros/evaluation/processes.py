# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Sharing of the recordings between processes started by torchrun."""

import dataclasses
import datetime
import os
from collections.abc import Sequence
from typing import TypeVar

from thermal_depth_ros.evaluation.errors import EvaluationError

T = TypeVar('T')
# The first process may finish long before the last. There is no need to detect dead ones, as
# torchrun ends all of them when one dies.
_PATIENCE = datetime.timedelta(days=7)


@dataclasses.dataclass(frozen=True)
class Process:
    """Rank of this process and number of processes."""

    rank: int = 0
    count: int = 1

    @property
    def first(self) -> bool:
        """Whether this process reports."""
        return self.rank == 0

    def share(self, items: Sequence[T]) -> list[T]:
        """Return the items of this process."""
        return list(items[self.rank :: self.count])

    def gather(self, value: T) -> list[T]:
        """Return the values of all processes on the first one, nothing on the others."""
        if self.count == 1:
            return [value]
        import torch.distributed

        torch.distributed.init_process_group('gloo', timeout=_PATIENCE)
        try:
            values: list[T | None] | None = [None] * self.count if self.first else None
            torch.distributed.gather_object(value, values, dst=0)
        finally:
            torch.distributed.destroy_process_group()
        return [part for part in values or [] if part is not None]


def own_device() -> str | None:
    """Return the CUDA device of this process; None without CUDA."""
    local = os.environ.get('LOCAL_RANK', '')
    if not local.isdecimal():
        return None
    import torch

    count = torch.cuda.device_count()
    return f'cuda:{int(local) % count}' if count else None


def this_process() -> Process:
    """Return the share given by RANK and WORLD_SIZE of torchrun; one process if they are not set.

    Raises:
        EvaluationError: The two contradict each other.
    """
    rank, count = os.environ.get('RANK', '0'), os.environ.get('WORLD_SIZE', '1')
    if not (rank.isdecimal() and count.isdecimal() and int(rank) < int(count)):
        raise EvaluationError(f'RANK {rank!r} is not one of WORLD_SIZE {count!r} processes')
    return Process(int(rank), int(count))
