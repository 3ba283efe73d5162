# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Batches and loss terms: what becomes of their tensors, and of those that do not exist."""

import dataclasses
import pickle

import pytest
import torch

from thermal_depth_ros.training.engine.batch import (
    LossTerms,
    StepLoss,
    TensorBatch,
    stacked,
    weighted_sum,
)


@dataclasses.dataclass(frozen=True)
class Side(TensorBatch):
    image: torch.Tensor
    label: torch.Tensor | None = None


@dataclasses.dataclass(frozen=True)
class Sample(TensorBatch):
    number: torch.Tensor
    left: Side
    right: Side | None = None


@dataclasses.dataclass(frozen=True)
class Terms(LossTerms):
    near: torch.Tensor
    far: torch.Tensor | None = None


def sample(number, **changes):
    image = torch.full((2, 3), float(number))
    return Sample(torch.tensor(number), Side(image), **changes)


def test_samples_are_stacked_field_by_field():
    batch = stacked([sample(4), sample(5), sample(6)])
    assert batch.number.tolist() == [4, 5, 6]
    assert batch.left.image.shape == (3, 2, 3) and batch.left.image[:, 0, 0].tolist() == [4, 5, 6]
    assert batch.left.label is None and batch.right is None


def test_tensors_have_dotted_names_in_the_order_of_the_fields():
    label = torch.tensor(7)
    whole = sample(1, right=Side(torch.zeros(2), label))
    assert [name for name, _ in whole.tensors()] == [
        'number',
        'left.image',
        'right.image',
        'right.label',
    ]
    assert dict(whole.tensors())['right.label'] is label


def test_every_tensor_moves_and_the_original_stays():
    given = sample(2, right=Side(torch.ones(2)))
    moved = given.to(torch.device('meta'))
    assert all(tensor.is_meta for _, tensor in moved.tensors())
    assert [name for name, _ in moved.tensors()] == [name for name, _ in given.tensors()]
    assert not given.left.image.is_meta
    again = pickle.loads(pickle.dumps(given))
    assert torch.equal(again.right.image, given.right.image)


def test_terms_that_exist_are_logged_detached_after_the_total():
    near = torch.tensor(2.0, requires_grad=True)
    loss = StepLoss(near * 3, Terms(near), None)
    logged = loss.logged()
    assert list(logged) == ['total', 'near']
    assert logged['total'].item() == 6.0 and logged['near'].item() == 2.0
    assert not any(value.requires_grad for value in logged.values())
    assert set(StepLoss(near, Terms(near, near), None).logged()) == {'total', 'near', 'far'}


def test_a_weighted_sum_has_the_gradients_of_its_weights():
    one, other = (torch.tensor(value, requires_grad=True) for value in (1.5, -2.0))
    total = weighted_sum((2.0, one), (9.0, None), (0.5, other))
    assert total.item() == pytest.approx(2.0)
    total.backward()
    assert (one.grad.item(), other.grad.item()) == (2.0, 0.5)
