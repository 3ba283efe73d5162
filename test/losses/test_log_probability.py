# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Chosen log-probabilities and their gradient against the layers of PyTorch."""

import torch
import torch.nn.functional as F

from thermal_depth_ros.losses.log_probability import log_probability


def test_values_and_gradients_are_those_of_softmax_and_gather():
    generator = torch.Generator().manual_seed(0)
    logits = 5 * torch.randn(3, 4, 7, dtype=torch.float64, generator=generator)
    ids = torch.randint(0, 7, (3, 4, 3), generator=generator)  # some of them twice
    weights = torch.randn(3, 4, 3, dtype=torch.float64, generator=generator)
    ours, plain = logits.clone().requires_grad_(), logits.clone().requires_grad_()
    found, expected = log_probability(ours, ids), F.log_softmax(plain, -1).gather(-1, ids)
    torch.testing.assert_close(found, expected)
    (weights * found).sum().backward()
    (weights * expected).sum().backward()
    torch.testing.assert_close(ours.grad, plain.grad)
    assert torch.autograd.gradcheck(lambda x: log_probability(x, ids), logits.requires_grad_())
