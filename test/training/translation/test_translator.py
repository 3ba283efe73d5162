# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Levels of translated images, and what a translator does not take."""

import numpy as np
import pytest
import torch

from thermal_depth_ros.base.settings import SettingsError
from thermal_depth_ros.training.translation.translator import (
    Translator,
    as_picture,
    as_signed,
    check_size,
)


def test_every_level_survives_the_way_there_and_back():
    levels = torch.arange(256, dtype=torch.uint8).reshape(1, 1, 16, 16).expand(1, 3, 16, 16)
    signed = as_signed(levels)
    assert (signed.min(), signed.max()) == (-1.0, 1.0)
    np.testing.assert_array_equal(as_picture(signed)[0], levels[0].permute(1, 2, 0))


def test_what_is_beyond_the_range_is_clipped_and_what_is_no_number_is_black():
    values = torch.tensor([-3.0, 3.0, float('nan'), 0.0]).reshape(1, 1, 2, 2).expand(1, 3, 2, 2)
    assert as_picture(values)[0, ..., 0].tolist() == [[0, 255], [0, 128]]


@pytest.mark.parametrize(
    ('height', 'width', 'words'),
    [(30, 48, 'height: 30'), (32, 50, 'width: 50'), (0, 48, 'height: 0')],
)
def test_sizes_are_multiples_of_four(height, width, words):
    check_size(36, 20)
    with pytest.raises(SettingsError, match=f'{words} is not a multiple of 4'):
        check_size(height, width)


def test_there_are_two_directions(tmp_path):
    with pytest.raises(SettingsError, match="direction: 'north' is not one of day_to_night, night"):
        Translator(tmp_path, 'north', torch.device('cpu'))
