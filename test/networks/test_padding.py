# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Padding to multiples: known numbers, and for every size an exact round trip."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from thermal_depth_ros.networks.padding import (
    Padding,
    centre_padding,
    lower_bound_size,
    nearest_multiple,
    next_multiple,
    upper_bound_size,
)

sizes = st.integers(1, 90)
multiples = st.integers(1, 32)


def test_published_size_is_padded_by_five_rows_and_one_column_on_each_side():
    assert centre_padding(256, 320, 14) == Padding(left=1, right=1, top=5, bottom=5)


def test_an_odd_remainder_goes_to_the_end():
    assert centre_padding(13, 11, 14) == Padding(left=1, right=2, top=0, bottom=1)


@given(sizes, sizes, multiples)
def test_padding_reaches_the_next_multiple_and_can_be_removed(height, width, multiple):
    padding = centre_padding(height, width, multiple)
    image = torch.arange(height * width, dtype=torch.float64).reshape(1, 1, height, width) + 1
    padded = padding.apply(image)
    assert padded.shape[-2] % multiple == 0 and padded.shape[-1] % multiple == 0
    assert padded.shape[-2] - height < multiple and padded.shape[-1] - width < multiple
    assert 0 <= padding.right - padding.left <= 1 and 0 <= padding.bottom - padding.top <= 1
    assert torch.equal(padding.remove(padded), image)
    assert padded.sum() == image.sum()


@given(sizes, multiples)
def test_multiples_are_the_nearest_and_the_next(size, multiple):
    nearest, following = nearest_multiple(size, multiple), next_multiple(size, multiple)
    candidates = range(multiple, size + 2 * multiple, multiple)
    assert abs(nearest - size) == min(abs(c - size) for c in candidates)
    assert following == min(c for c in candidates if c >= size)


@pytest.mark.parametrize(
    ('size', 'wanted'),
    [  # as by the transform of Depth Anything V2
        ((480, 640), (518, 686)),
        ((1080, 1920), (518, 924)),
        ((256, 320), (518, 644)),
        ((640, 480), (686, 518)),
        ((518, 518), (518, 518)),
    ],
)
def test_lower_bound_keeps_the_aspect_ratio(size, wanted):
    assert lower_bound_size(size, (518, 518), 14) == wanted


@pytest.mark.parametrize(
    ('size', 'wanted'),
    [
        ((512, 640), (256, 320)),
        ((480, 640), (240, 320)),
        ((256, 640), (128, 320)),
        ((120, 160), (240, 320)),
        ((640, 512), (256, 208)),  # 204.8
        ((10, 1000), (16, 320)),
    ],
)
def test_upper_bound_keeps_the_aspect_ratio(size, wanted):
    assert upper_bound_size(size, (256, 320), 16) == wanted


@given(sizes, sizes, sizes, multiples)
def test_upper_bound_is_never_above(height, width, most, multiple):
    most = max(most, multiple)
    found = upper_bound_size((height, width), (most, most), multiple)
    assert multiple <= min(found) and max(found) <= most
    assert not any(side % multiple for side in found)


@given(sizes, sizes, sizes, multiples)
def test_lower_bound_is_never_below(height, width, least, multiple):
    found = lower_bound_size((height, width), (least, least), multiple)
    assert min(found) >= least and not any(side % multiple for side in found)


def test_gradients_pass_through_and_inference_mode_works():
    image = torch.randn(1, 1, 5, 6, requires_grad=True)
    padding = centre_padding(5, 6, 4)
    padding.apply(image).square().sum().backward()
    torch.testing.assert_close(image.grad, 2 * image.detach())
    with torch.inference_mode():
        assert padding.apply(image).shape == (1, 1, 8, 8)
    again = torch.randn(1, 1, 5, 6, requires_grad=True)
    padding.apply(again).sum().backward()  # nothing of the pass above is left over
    assert again.grad is not None


@pytest.mark.parametrize(('size', 'nearest', 'following'), [(256, 252, 266), (320, 322, 322)])
def test_resize_options_of_the_published_size(size, nearest, following):
    assert nearest_multiple(size, 14) == nearest
    assert next_multiple(size, 14) == following
