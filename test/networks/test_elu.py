# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""ELU in training equals that of PyTorch up to rounding, values and gradients, and lies alike."""

import pytest
import torch
import torch.nn.functional as F

from thermal_depth_ros.networks.elu import elu


def values(dtype):
    spread = torch.linspace(-30.0, 5.0, 2001)
    small = torch.tensor([-1e-3, -1e-6, -1e-9, -0.0, 0.0, 1e-9, float('inf'), -float('inf')])
    return torch.cat([spread, small]).to(dtype)


@pytest.mark.parametrize(('dtype', 'digit'), [(torch.float32, 0.0), (torch.bfloat16, 2.0**-8)])
def test_values_and_gradients_are_those_of_elu(dtype, digit):
    x = values(dtype).requires_grad_()
    exact = x.detach().double().requires_grad_()
    found, expected = elu(x), F.elu(exact)
    assert found.dtype == dtype
    torch.testing.assert_close(found.double(), expected, rtol=digit, atol=1.2e-7)
    found.sum().backward()
    expected.sum().backward()
    # The gradient below 0 is result + 1, which keeps as many digits as the result has.
    torch.testing.assert_close(x.grad.double(), exact.grad, rtol=digit, atol=1.5e-7 + digit)


def test_without_gradients_it_is_that_of_pytorch():
    x = values(torch.float32)
    assert torch.equal(elu(x), F.elu(x))
    with torch.no_grad():
        assert torch.equal(elu(x.clone().requires_grad_()), F.elu(x))


def test_maps_keep_their_layout():
    x = torch.randn(2, 4, 5, 6).to(memory_format=torch.channels_last).requires_grad_()
    found = elu(x)
    found.sum().backward()
    assert found.is_contiguous(memory_format=torch.channels_last)
    assert x.grad.is_contiguous(memory_format=torch.channels_last)


def test_not_a_number_stays_one():
    found = elu(torch.tensor([float('nan'), 1.0], requires_grad=True))
    assert found.isnan().tolist() == [True, False]
