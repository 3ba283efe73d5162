# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Pictures of a step."""

import numpy as np
import pytest
import torch

from thermal_depth_ros.training.thermal_pictures import step_pictures


def given(height=6, width=8):
    size = (2, 1, height, width)
    image = torch.linspace(0, 1, height * width).reshape(height, width)
    batch = {name: image.repeat(2, 3, 1, 1, 1) for name in ('image', 'loss_image')}
    batch['loss_image'] = (batch['loss_image'] - 0.45) / 0.225
    found = {
        'depth': torch.full(size, 3.0),
        'warped': batch['loss_image'][:, 1],
        'mask': torch.ones(size, dtype=torch.bool),
    }
    return batch, found


def test_every_picture_is_rgb_of_the_first_triplet():
    batch, found = given()
    found['mask'][1] = False
    pictures = step_pictures(batch, found)
    assert set(pictures) == {'input', 'depth', 'loss image', 'warped neighbour', 'mask'}
    for picture in pictures.values():
        assert picture.shape == (6, 8, 3) and picture.dtype == np.uint8
    grey = (np.linspace(0, 1, 48) * 255).reshape(6, 8)
    for name in ('input', 'loss image', 'warped neighbour'):
        np.testing.assert_allclose(pictures[name][..., 0], grey, atol=1.01)
    assert (pictures['mask'] == 255).all()


@pytest.mark.parametrize('value', [torch.nan, torch.inf])
def test_a_step_that_went_wrong_has_pictures_too(value):
    """They are made before the loss is looked at, which then says what is wrong."""
    batch, found = given()
    for name in ('depth', 'warped'):
        found[name] = torch.full_like(found[name], value)
    assert step_pictures(batch, found)['depth'].shape == (6, 8, 3)
