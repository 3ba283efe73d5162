# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""The indices of a palette are read, not the colours they stand for; few bits stay as they are."""

from types import SimpleNamespace

import cv2
import numpy as np
import pytest

from helpers.palette_png import palette_png
from thermal_depth_ros.messages.errors import MessageError
from thermal_depth_ros.messages.label_reader import labels_from_message, png_ids


@pytest.mark.parametrize('bits', [1, 2, 4, 8])
def test_indices_of_any_number_of_bits(bits: int) -> None:
    ids = np.random.default_rng(bits).integers(0, 2**bits, (11, 13)).astype(np.uint8)
    data = palette_png(ids, bits)
    colours = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    assert colours.ndim == 3, 'any other reader sees a coloured picture'
    np.testing.assert_array_equal(png_ids(data), ids)


@pytest.mark.parametrize('bits', [1, 2, 4])
def test_grey_of_few_bits_is_not_stretched(bits: int) -> None:
    ids = np.random.default_rng(bits).integers(0, 2**bits, (11, 13)).astype(np.uint8)
    data = palette_png(ids, bits, grey=True)
    other_reader = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    assert other_reader.max() == 255
    np.testing.assert_array_equal(png_ids(data), ids)


def test_other_pictures_are_none_of_it() -> None:
    for extension, array in (('.png', np.zeros((4, 5), np.uint8)), ('.jpg', np.ones((4, 5, 3)))):
        assert png_ids(cv2.imencode(extension, array)[1].tobytes()) is None
    assert png_ids(b'') is None


def test_a_damaged_one_is_refused() -> None:
    data = palette_png(np.zeros((9, 9), np.uint8))
    with pytest.raises(MessageError, match='truncated'):
        png_ids(data[:-5])


def test_compressed_labels_of_a_recording() -> None:
    ids = np.arange(12, dtype=np.uint8).reshape(3, 4)
    octets = np.frombuffer(palette_png(ids), np.uint8)
    message = SimpleNamespace(format='rgb8; png compressed bgr8', data=octets)
    np.testing.assert_array_equal(labels_from_message(message), ids)
