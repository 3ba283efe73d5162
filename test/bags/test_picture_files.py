# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Image files of prepared folders that are not what they say."""

import struct

import cv2
import numpy as np
import pytest

from thermal_depth_ros.bags.errors import BagError
from thermal_depth_ros.bags.picture_files import camera_pixels, depth_pixels, label_pixels


def half_jpeg():
    noise = np.random.default_rng(0).integers(0, 255, (64, 64, 3), np.uint8)
    data = cv2.imencode('.jpg', noise)[1].tobytes()
    return data[: len(data) // 2] + b'\xff\xd9'


def large_png():
    data = bytearray(cv2.imencode('.png', np.zeros((8, 8), np.uint8))[1].tobytes())
    data[16:24] = struct.pack('>II', 30_000, 30_000)
    return bytes(data)


@pytest.mark.parametrize('read', [lambda path: camera_pixels(path, 'rgb'), label_pixels])
@pytest.mark.parametrize('content', [b'', b'GIF89a' + bytes(20), half_jpeg(), large_png()])
def test_a_file_that_is_no_whole_image_is_named(tmp_path, read, content):
    path = tmp_path / '0.png'
    path.write_bytes(content)
    with pytest.raises(BagError, match=r'0\.png'):
        read(path)


@pytest.mark.parametrize('shape', ['(1000000, 1000000)', '(30000, 30000)', '(-1, 5)', '(5,)'])
def test_a_depth_map_is_not_as_large_as_its_header_says(tmp_path, shape):
    path = tmp_path / '0.npy'
    header = f"{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}, }}".ljust(117) + '\n'
    path.write_bytes(b'\x93NUMPY\x01\x00' + struct.pack('<H', len(header)) + header.encode())
    with pytest.raises(BagError, match=r'0\.npy'):
        depth_pixels(path)


def test_a_depth_map_that_is_there_but_beyond_the_limit_is_refused(tmp_path, monkeypatch):
    np.save(tmp_path / '0.npy', np.ones((1100, 1000), np.float32))
    assert depth_pixels(tmp_path / '0.npy')[0].shape == (1100, 1000)
    monkeypatch.setenv('THERMAL_DEPTH_IMAGE_MEGAPIXELS', '1')
    with pytest.raises(BagError, match='THERMAL_DEPTH_IMAGE_MEGAPIXELS'):
        depth_pixels(tmp_path / '0.npy')


@pytest.mark.parametrize(
    ('array', 'said'),
    [
        (np.full((4, 5), 2000, np.uint16), 'uint16'),
        (np.full((4, 5), 2 + 1j), 'complex128'),
        (np.full((4, 5), 'near'), '<U4'),
        (np.zeros((4, 5), [('z', 'f4')]), 'float'),
    ],
)
def test_a_depth_map_holds_metres(tmp_path, array, said):
    np.save(tmp_path / '0.npy', array)
    with pytest.raises(BagError, match=rf'0\.npy: depth in metres .*{said}'):
        depth_pixels(tmp_path / '0.npy')


@pytest.mark.parametrize('kind', ['>f8', '<f4', 'f2'])
def test_depth_of_any_precision_and_byte_order(tmp_path, kind):
    np.save(tmp_path / '0.npy', np.full((4, 5), 2.5, kind))
    assert (depth_pixels(tmp_path / '0.npy')[0] == np.float32(2.5)).all()


def test_several_arrays_are_no_depth_map(tmp_path):
    np.savez(tmp_path / '0.npz', depth=np.ones((4, 5)))
    (tmp_path / '0.npz').rename(tmp_path / '0.npy')
    with pytest.raises(BagError, match=r'0\.npy: several arrays'):
        depth_pixels(tmp_path / '0.npy')
