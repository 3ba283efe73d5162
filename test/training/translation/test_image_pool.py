# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""The history of translated images: filling, exchanging, seeds, interruption."""

import io

import pytest
import torch

from thermal_depth_ros.training.translation.image_pool import ImagePool


def numbered(*values: int) -> torch.Tensor:
    return torch.tensor(values, dtype=torch.float32).reshape(-1, 1, 1, 1).expand(-1, 3, 2, 2)


def drawn(pool: ImagePool, values: range) -> list[int]:
    return [int(pool.exchange(numbered(value))[0, 0, 0, 0]) for value in values]


def test_until_it_is_full_everything_comes_back():
    pool = ImagePool(4)
    assert torch.equal(pool.exchange(numbered(1, 2, 3, 4)), numbered(1, 2, 3, 4))


def test_a_full_pool_returns_the_new_image_or_a_stored_one_and_keeps_the_new_one():
    pool = ImagePool(5, seed=1)
    drawn(pool, range(5))
    inside = set(range(5))
    new = 0
    for value in range(5, 2005):
        (got,) = drawn(pool, range(value, value + 1))
        if got == value:
            new += 1
        else:
            assert got in inside, 'an image that was never stored, or was given away already'
            inside = inside - {got} | {value}
    assert 900 < new < 1100
    assert {int(image[0, 0, 0]) for image in pool.state()['images']} == inside


def test_stored_images_are_chosen_evenly():
    pool = ImagePool(10, seed=2)
    drawn(pool, range(10))
    first = []
    for start in range(10, 4010):
        before = [int(image[0, 0, 0]) for image in pool.state()['images']]
        (got,) = drawn(pool, range(start, start + 1))
        if got != start:
            first.append(before.index(got))
    counts = torch.bincount(torch.tensor(first), minlength=10)
    assert counts.min() > 140 and counts.max() < 260


def test_the_seed_decides():
    one, two, other = ImagePool(3, 7), ImagePool(3, 7), ImagePool(3, 8)
    assert drawn(one, range(60)) == drawn(two, range(60))
    assert drawn(one, range(60, 120)) != drawn(other, range(60, 120))


@pytest.mark.parametrize('before', [2, 40])
def test_a_restored_pool_continues_as_if_nothing_had_happened(before):
    pool = ImagePool(6, seed=3)
    drawn(pool, range(before))
    file = io.BytesIO()
    torch.save(pool.state(), file)
    file.seek(0)
    expected = drawn(pool, range(before, before + 50))
    resumed = ImagePool(6, seed=99)
    resumed.load_state(torch.load(file, weights_only=True))
    assert drawn(resumed, range(before, before + 50)) == expected


def test_nothing_leads_back_to_the_generator_and_later_changes_do_not_reach_the_pool():
    pool = ImagePool(2)
    image = torch.ones(1, 3, 2, 2, requires_grad=True)
    made = image * 2
    assert not pool.exchange(made).requires_grad
    with torch.no_grad():
        made.zero_()
    assert pool.state()['images'][0].eq(2).all()


def test_a_pool_of_nothing_passes_images_through():
    pool = ImagePool(0)
    assert drawn(pool, range(5)) == list(range(5))


def test_a_state_of_a_larger_pool_is_refused():
    pool = ImagePool(3)
    drawn(pool, range(3))
    with pytest.raises(ValueError, match='3 stored images do not fit a pool of 2'):
        ImagePool(2).load_state(pool.state())
    with pytest.raises(ValueError, match='-1'):
        ImagePool(-1)
