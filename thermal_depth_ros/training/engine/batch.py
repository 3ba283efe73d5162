# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""What the tasks derive their batches and loss terms from: dataclasses of tensors."""

import dataclasses
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Generic, TypeVar

import torch

from thermal_depth_ros.training.engine.config import TOTAL

BatchT = TypeVar('BatchT', bound='TensorBatch')
TermsT = TypeVar('TermsT', bound='LossTerms')
MapsT = TypeVar('MapsT')


@dataclasses.dataclass(frozen=True)
class TensorBatch:
    """Base of batches: the fields are tensors, such batches, or None where there is no data."""

    def map(self: BatchT, change: Callable[[torch.Tensor], torch.Tensor]) -> BatchT:
        """Return a batch of changed tensors."""
        return type(self)(**{name: _map(value, change) for name, value in _fields(self)})

    def to(self: BatchT, device: torch.device, non_blocking: bool = False) -> BatchT:
        """Return the batch on a device."""
        return self.map(lambda tensor: tensor.to(device, non_blocking=non_blocking))

    def pin_memory(self: BatchT) -> BatchT:
        """Return the batch in pinned memory; called by the data loader of torch."""
        return self.map(torch.Tensor.pin_memory)

    def tensors(self) -> Iterator[tuple[str, torch.Tensor]]:
        """Yield the tensors by their names, which are dotted within another batch."""
        for name, value in _fields(self):
            if isinstance(value, torch.Tensor):
                yield name, value
            elif value is not None:
                yield from ((f'{name}.{inner}', tensor) for inner, tensor in value.tensors())


def stacked(rows: Sequence[BatchT]) -> BatchT:
    """Return samples as a batch; None and tensors must be in the same places in all of them."""
    columns = {name: [getattr(row, name) for row in rows] for name, _ in _fields(rows[0])}
    return type(rows[0])(**{name: _stacked(values) for name, values in columns.items()})


@dataclasses.dataclass(frozen=True)
class LossTerms:
    """Base of loss terms: scalars, unweighted, or None where a method has no such term.

    The names of the fields are those in logs, reports and TensorBoard.
    """

    def logged(self) -> dict[str, torch.Tensor]:
        """Return the terms that exist, by name and detached."""
        return {name: value.detach() for name, value in _fields(self) if value is not None}


@dataclasses.dataclass(frozen=True)
class StepLoss(Generic[TermsT, MapsT]):
    """What an objective returns for a batch.

    Attributes:
        total: Weighted sum of the terms, the scalar to minimise.
        terms: The terms.
        maps: Detached maps for pictures.
    """

    total: torch.Tensor
    terms: TermsT
    maps: MapsT

    def logged(self) -> dict[str, torch.Tensor]:
        """Return the total and the terms, by name and detached."""
        return {TOTAL: self.total.detach(), **self.terms.logged()}


def weighted_sum(*terms: tuple[float, torch.Tensor | None]) -> torch.Tensor:
    """Return the sum of weighted scalars, in this order; None is left out."""
    return torch.stack([weight * term for weight, term in terms if term is not None]).sum()


def _fields(owner: Any) -> list[tuple[str, Any]]:
    return [(field.name, getattr(owner, field.name)) for field in dataclasses.fields(owner)]


def _map(value: Any, change: Callable[[torch.Tensor], torch.Tensor]) -> Any:
    if isinstance(value, torch.Tensor):
        return change(value)
    return None if value is None else value.map(change)


def _stacked(values: list[Any]) -> Any:
    if isinstance(values[0], torch.Tensor):
        return torch.stack(values)
    return None if values[0] is None else stacked(values)
