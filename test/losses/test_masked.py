# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Means over masked pixels, alone and of a batch that several processes share."""

import pytest
import torch

from thermal_depth_ros.losses.masked import Processes, masked_mean


def batch(size: int = 6) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(3)
    values = torch.rand(size, 2, 5, 7, generator=generator, dtype=torch.float64)
    # Very different numbers of pixels per image, none at all in one of them.
    share = torch.tensor([0.9, 0.8, 0.0, 0.1, 0.05, 0.5])[:size, None, None, None]
    return values, torch.rand(size, 1, 5, 7, generator=generator) < share


def in_shares(values: torch.Tensor, mask: torch.Tensor, count: int, least: int):
    """Return what each of `count` processes computes of its share of the batch."""
    counts = [mask.sum() * values.shape[1] for mask in mask.chunk(count)]
    mean = torch.stack(counts).double().mean()
    processes = Processes(count, lambda _own: mean)
    shares = zip(values.chunk(count), mask.chunk(count), strict=True)
    return [masked_mean(v, m, least, processes) for v, m in shares]


def test_known_answer():
    values = torch.arange(8.0).reshape(1, 2, 2, 2)
    mask = torch.tensor([[True, False], [False, True]])[None, None]
    assert masked_mean(values, mask, 0).item() == pytest.approx((0 + 3 + 4 + 7) / 4)


@pytest.mark.parametrize('count', [2, 3, 6])
def test_the_mean_over_processes_is_the_mean_over_the_batch(count):
    values, mask = batch()
    values.requires_grad_()
    alone = masked_mean(values, mask, 0)
    (expected,) = torch.autograd.grad(alone, values)
    shared = torch.stack(in_shares(values, mask, count, 0)).mean()
    (found,) = torch.autograd.grad(shared, values)
    torch.testing.assert_close(shared, alone)
    torch.testing.assert_close(found, expected)


@pytest.mark.parametrize('count', [1, 2, 3])
def test_enough_is_counted_over_all_processes(count):
    values, mask = batch()
    elements = int(mask.sum()) * 2
    assert torch.stack(in_shares(values, mask, count, elements - 1)).mean() > 0
    assert torch.stack(in_shares(values, mask, count, elements)).mean() == 0


@pytest.mark.parametrize('count', [1, 2])
def test_an_empty_mask_has_no_loss_and_no_gradient(count):
    values, mask = batch()
    values.requires_grad_()
    total = torch.stack(in_shares(values, torch.zeros_like(mask), count, 0)).mean()
    (gradient,) = torch.autograd.grad(total, values)
    assert total == 0 and (gradient == 0).all()


def test_the_count_has_no_gradient():
    """Only the values do: a mask decides what counts, it is not learned."""
    values, mask = batch()
    asked = []

    def mean(own: torch.Tensor) -> torch.Tensor:
        asked.append(own.requires_grad)
        return own

    masked_mean(values.requires_grad_(), mask, 0, Processes(2, mean))
    assert asked == [False]


def test_groups_of_a_batch_have_means_of_their_own_that_are_summed():
    generator = torch.Generator().manual_seed(5)
    values = torch.rand(6, 2, 4, 4, generator=generator)
    mask = torch.rand(6, 1, 4, 4, generator=generator) > 0.4
    mask[2:4] = False
    mask[2, 0, 0, :2] = True  # four elements with two channels: too few
    alone = [masked_mean(values[i : i + 2], mask[i : i + 2], 4).item() for i in (0, 2, 4)]
    assert alone[1] == 0.0 and alone[0] > 0
    together = masked_mean(values, mask, 4, groups=3)
    assert together.item() == pytest.approx(sum(alone), rel=1e-6)
