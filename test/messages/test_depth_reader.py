# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Depth images in every form in which they are recorded."""

import struct

import cv2
import numpy as np
import pytest

from thermal_depth_ros.messages.bag_types import bag_types
from thermal_depth_ros.messages.depth_reader import depth_from_message
from thermal_depth_ros.messages.errors import MessageError, UnsupportedError
from thermal_depth_ros.messages.image import array_to_image

MILLIMETRES = np.array([[0, 1500, 65535], [1, 20000, 0]], np.uint16)
METRES = np.array([[np.nan, 1.5, 65.535], [0.001, 20.0, np.nan]], np.float32)


def image(array, encoding):
    return array_to_image(bag_types(), array, encoding, 0, 'optical')


def png(array):
    return cv2.imencode('.png', array)[1].tobytes()


@pytest.mark.parametrize('encoding', ['16UC1', 'mono16'])
def test_millimetres(encoding):
    np.testing.assert_allclose(depth_from_message(image(MILLIMETRES, encoding)), METRES)


def test_metres_with_infinities():
    depth = np.array([[0.0, np.inf, -np.inf], [np.nan, 2.5, 80.0]], np.float32)
    found = depth_from_message(image(depth, '32FC1'))
    np.testing.assert_array_equal(
        found, np.array([[np.nan, np.inf, -np.inf], [np.nan, 2.5, 80.0]], np.float32)
    )
    assert depth[0, 0] == 0  # the message is left alone


@pytest.mark.parametrize('format_', ['png', '16UC1; png compressed '])
def test_png(compressed, format_):
    np.testing.assert_allclose(depth_from_message(compressed(png(MILLIMETRES), format_)), METRES)


def test_compressed_depth_of_millimetres(compressed):
    data = struct.pack('<iff', 0, 0.0, 0.0) + png(MILLIMETRES)
    message = compressed(data, '16UC1; compressedDepth png')
    np.testing.assert_allclose(depth_from_message(message), METRES)


def test_compressed_depth_of_metres(compressed):
    quantisation, farthest = 100.0, 10.0
    a = quantisation * (quantisation + 1)
    b = 1 - a / farthest
    depth = np.array([[0.5, 3.0, 9.5]])
    stored = np.append(a / depth + b, [[0]], axis=1).astype(np.uint16)
    data = struct.pack('<iff', 0, a, b) + png(stored)
    found = depth_from_message(compressed(data, '32FC1; compressedDepth'))
    np.testing.assert_allclose(found[0, :3], depth[0], rtol=0.01)
    assert np.isnan(found[0, 3])


# 3x2 pixels 0 1500 1501 / 1499 0 0 in RVL; see test_rvl.
RVL = struct.pack('<iiII', 3, 2, 0x138FE523, 0x20000000)
RVL_NUMBERS = np.array([[0, 1500, 1501], [1499, 0, 0]])


def test_compressed_depth_in_rvl(compressed):
    wanted = np.where(RVL_NUMBERS == 0, np.nan, RVL_NUMBERS * 1e-3)
    data = struct.pack('<iff', 0, 0.0, 0.0) + RVL
    found = depth_from_message(compressed(data, '16UC1; compressedDepth rvl'))
    np.testing.assert_allclose(found, wanted, rtol=1e-6)
    a, b = 3000.0, 500.0
    data = struct.pack('<iff', 0, a, b) + RVL
    found = depth_from_message(compressed(data, '32FC1; compressedDepth rvl'))
    wanted = np.where(RVL_NUMBERS == 0, np.nan, a / (RVL_NUMBERS - b))
    np.testing.assert_allclose(found, wanted, rtol=1e-6)


def test_what_is_not_supported_says_so_and_is_not_called_damaged(compressed):
    head = struct.pack('<iff', 0, 0.0, 0.0)
    for message in (
        compressed(head + b'12345678', '16UC1; compressedDepth h265'),
        compressed(b'GIF89a', 'gif'),
        image(np.zeros((2, 2), np.uint8), 'mono8'),
    ):
        with pytest.raises(UnsupportedError, match='not supported') as caught:
            depth_from_message(message)
        assert 'damaged' not in str(caught.value)
    with pytest.raises(MessageError, match='an empty message'):
        depth_from_message(compressed(b'', '16UC1; compressedDepth png'))


@pytest.mark.parametrize(
    ('array', 'encoding'),
    [(np.zeros((2, 2), np.uint8), 'mono8'), (np.zeros((2, 2, 3), np.float32), '32FC3')],
)
def test_other_images_are_refused(array, encoding):
    with pytest.raises(MessageError, match='no depth image'):
        depth_from_message(image(array, encoding))


def test_damaged_data_is_refused(compressed):
    for data in (b'', struct.pack('<iff', 0, 1, 1), struct.pack('<iff', 0, 1, 1) + b'\x89PNG'):
        with pytest.raises(MessageError):
            depth_from_message(compressed(data, '32FC1; compressedDepth'))
    eight_bit = struct.pack('<iff', 0, 1, 1) + png(np.zeros((2, 2), np.uint8))
    with pytest.raises(MessageError, match='16-bit'):
        depth_from_message(compressed(eight_bit, '32FC1; compressedDepth'))
    with pytest.raises(MessageError, match='no depth image'):
        depth_from_message(compressed(png(np.zeros((2, 2), np.uint8)), 'png'))
