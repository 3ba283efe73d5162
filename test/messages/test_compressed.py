# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
import struct
import tracemalloc
import zlib

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from thermal_depth_ros.messages.compressed import decode_compressed
from thermal_depth_ros.messages.decode import decode_camera_image
from thermal_depth_ros.messages.errors import MessageError
from thermal_depth_ros.messages.jpeg_header import MAX_JPEG_SCANS
from thermal_depth_ros.messages.picture_header import read_picture_header

MAX_PIXELS = 25_000_000  # unless another limit is set

RED, GREEN, BLUE = (220, 30, 40), (20, 210, 30), (10, 40, 230)


def encoded(array, codec):
    done, data = cv2.imencode(f'.{codec}', array)
    assert done
    return data.tobytes()


def smooth(size=(48, 64), dtype=np.uint8):
    rows, columns = np.indices(size)
    top = np.iinfo(dtype).max
    return (top * (rows + columns) / (sum(size) - 2)).astype(dtype)


def bars(bgr=True):
    """Three bars, red, green and blue, as they are to be seen."""
    picture = np.zeros((32, 48, 3), np.uint8)
    for index, colour in enumerate((RED, GREEN, BLUE)):
        picture[:, index * 16 : (index + 1) * 16] = colour
    return picture[..., ::-1] if bgr else picture


def seen(rgb):
    return [tuple(int(v) for v in rgb[16, x]) for x in (8, 24, 40)]


def near(found, wanted, tolerance):
    return np.abs(np.array(found) - np.array(wanted)).max() <= tolerance


@pytest.mark.parametrize('format_', ['png', 'mono16; png compressed ', '16UC1; png compressed'])
def test_16_bit_png_keeps_every_count(compressed, format_):
    counts = np.random.default_rng(0).integers(0, 2**16, (40, 50), dtype=np.uint16)
    msg = compressed(encoded(counts, 'png'), format_)
    read = decode_camera_image(msg, 'thermal')
    assert read.dtype == np.uint16
    np.testing.assert_array_equal(read, counts)


@pytest.mark.parametrize('format_', ['png', 'mono8; png compressed '])
def test_8_bit_png_keeps_every_count(compressed, format_):
    counts = np.random.default_rng(0).integers(0, 2**8, (40, 50), dtype=np.uint8)
    read = decode_camera_image(compressed(encoded(counts, 'png'), format_), 'thermal')
    assert read.dtype == np.uint8
    np.testing.assert_array_equal(read, counts)


@pytest.mark.parametrize('format_', ['jpeg', 'jpg', 'mono8; jpeg compressed ', ''])
def test_grey_jpeg(compressed, format_):
    read = decode_camera_image(compressed(encoded(smooth(), 'jpg'), format_), 'thermal')
    assert read.shape == (48, 64)
    assert near(read.astype(int), smooth().astype(int), 3)


def test_counts_delivered_as_a_colour_jpeg_are_counts_again(compressed):
    colours = np.repeat(smooth()[..., None], 3, axis=2)
    msg = compressed(encoded(colours, 'jpg'), 'bgr8; jpeg compressed bgr8')
    read = decode_camera_image(msg, 'thermal')
    assert read.shape == (48, 64)
    assert near(read.astype(int), smooth().astype(int), 3)


@pytest.mark.parametrize(('codec', 'tolerance'), [('jpg', 12), ('png', 0)])
@pytest.mark.parametrize(
    'format_',
    ['', '{0}', '{1}', 'bgr8; {1} compressed bgr8', 'rgb8; {1} compressed bgr8', 'rgb8; {1}'],
)
def test_colours_of_an_ordinary_file(compressed, codec, tolerance, format_):
    text = format_.format(codec, {'jpg': 'jpeg'}.get(codec, codec))
    msg = compressed(encoded(bars(), codec), text)
    assert near(seen(decode_camera_image(msg, 'rgb')), (RED, GREEN, BLUE), tolerance)


@pytest.mark.parametrize('format_', ['rgb8; {} compressed rgb8', 'bgr8; {} compressed rgb8'])
@pytest.mark.parametrize(('codec', 'tolerance'), [('jpeg', 12), ('png', 0)])
def test_colours_that_were_handed_to_the_encoder_in_the_other_order(
    compressed, codec, tolerance, format_
):
    msg = compressed(
        encoded(bars(bgr=False), codec[:3].replace('jpe', 'jpg')), format_.format(codec)
    )
    assert near(seen(decode_camera_image(msg, 'rgb')), (RED, GREEN, BLUE), tolerance)


def test_transparency_is_dropped(compressed):
    bgra = np.dstack([bars(), np.full((32, 48), 99, np.uint8)])
    for format_ in ('png', 'bgra8; png compressed bgra8'):
        read = decode_camera_image(compressed(encoded(bgra, 'png'), format_), 'rgb')
        assert read.shape == (32, 48, 3) and seen(read) == [RED, GREEN, BLUE]


def test_16_bit_colours(compressed):
    msg = compressed(encoded(bars().astype(np.uint16) * 256, 'png'), 'bgr16; png compressed bgr16')
    assert decode_compressed(msg).encoding == 'bgr16'
    assert seen(decode_camera_image(msg, 'rgb')) == [RED, GREEN, BLUE]
    assert decode_compressed(msg).array.dtype == np.uint16


@pytest.mark.parametrize('codec', ['jpg', 'png'])
def test_a_file_cut_anywhere_is_refused(compressed, codec):
    data = encoded(smooth(), codec)
    for end in [*range(0, len(data) - 1, 7), len(data) - 1]:
        with pytest.raises(MessageError, match='data'):
            decode_compressed(compressed(data[:end], codec))


def test_bytes_after_the_end_do_no_harm(compressed):
    for codec in ('jpg', 'png'):
        assert (
            decode_compressed(compressed(encoded(smooth(), codec) + bytes(64), codec)) is not None
        )


@settings(max_examples=150, deadline=None)
@given(
    codec=st.sampled_from(['jpg', 'png']),
    changes=st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 255)), max_size=8),
)
def test_damaged_files_give_pixels_or_a_message_error(compressed, codec, changes):
    data = bytearray(encoded(smooth((24, 32)), codec))
    for at, value in changes:
        data[at % len(data)] = value
    try:
        read = decode_compressed(compressed(bytes(data), codec)).array
    except MessageError:
        return
    assert read.size <= MAX_PIXELS * 3


@settings(max_examples=150, deadline=None)
@given(
    start=st.sampled_from([b'', b'\xff\xd8\xff', b'\x89PNG\r\n\x1a\n']), rest=st.binary(max_size=80)
)
def test_noise_is_refused(compressed, start, rest):
    with pytest.raises(MessageError):
        decode_compressed(compressed(start + rest, 'jpeg'))


def chunk(kind, content):
    crc = zlib.crc32(kind + content)
    return struct.pack('>I', len(content)) + kind + content + struct.pack('>I', crc)


def png(width, height, content=b'', bits=8, colour=0):
    header = struct.pack('>IIBBBBB', width, height, bits, colour, 0, 0, 0)
    body = chunk(b'IDAT', zlib.compress(content))
    return b'\x89PNG\r\n\x1a\n' + chunk(b'IHDR', header) + body + chunk(b'IEND', b'')


def jpeg_of_size(width, height):
    """A real JPEG whose header lies about its size."""
    data = bytearray(encoded(smooth(), 'jpg'))
    at = data.index(b'\xff\xc0') + 5
    data[at : at + 4] = struct.pack('>HH', height, width)
    return bytes(data)


BOMBS = {
    'png': png(60_000, 60_000, bytes(100)),
    'png of the largest size': png(2**31 - 1, 2**31 - 1),
    'png, a little too large': png(MAX_PIXELS, 2),
    'png without pixels': png(0, 5),
    'jpeg': jpeg_of_size(65_535, 65_535),
    'jpeg without pixels': jpeg_of_size(0, 10),
}


@pytest.mark.parametrize('name', BOMBS)
def test_a_declared_size_is_checked_before_anything_is_allocated(compressed, name):
    msg = compressed(BOMBS[name], 'png')
    tracemalloc.start()
    with pytest.raises(MessageError, match=r'\d+x\d+.*declared size'):
        decode_compressed(msg)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 500_000


def test_a_png_with_too_few_rows_is_refused(compressed):
    with pytest.raises(MessageError, match='cannot be decoded'):
        decode_compressed(compressed(png(50, 50, bytes(200)), 'png'))


def test_a_png_with_a_wrong_checksum_is_refused(compressed):
    data = bytearray(encoded(smooth(), 'png'))
    data[data.index(b'IDAT') + 6] ^= 1
    with pytest.raises(MessageError, match='checksum'):
        decode_compressed(compressed(bytes(data), 'png'))


def test_a_jpeg_of_very_many_scans_is_refused():
    data = encoded(smooth(), 'jpg')
    start = data.index(b'\xff\xda')
    scan = data[start:-2]
    with pytest.raises(MessageError, match='scans'):
        read_picture_header(data[:start] + scan * (MAX_JPEG_SCANS + 2) + data[-2:])


@pytest.mark.parametrize(
    ('data', 'format_', 'words'),
    [
        (b'', 'jpeg', ['len(data) is 0']),
        (b'GIF89a' + bytes(50), 'gif', ['data', 'GIF89a', 'neither a JPEG nor a PNG']),
        (bytes(100), 'h264', ['neither a JPEG nor a PNG']),
        (png(4, 4, bytes(20)), '32FC1; compressedDepth png', ['format', '32FC1; compressedDepth']),
    ],
)
def test_what_is_reported_about_other_data(compressed, data, format_, words):
    with pytest.raises(MessageError) as caught:
        decode_compressed(compressed(data, format_))
    assert all(word in str(caught.value) for word in words)


def test_real_progressive_jpegs_are_read(compressed):
    done, data = cv2.imencode('.jpg', bars(), [cv2.IMWRITE_JPEG_PROGRESSIVE, 1])
    assert done
    read = decode_camera_image(compressed(data.tobytes(), 'jpeg'), 'rgb')
    assert near(seen(read), (RED, GREEN, BLUE), 12)


@pytest.mark.parametrize('array', [smooth(), smooth(dtype=np.uint16), bars()])
def test_headers_say_what_the_decoder_finds(array):
    header = read_picture_header(encoded(array, 'png'))
    assert (header.height, header.width) == array.shape[:2]
    assert header.bits == array.dtype.itemsize * 8
    assert header.channels == (1 if array.ndim == 2 else 3)
    if array.dtype == np.uint8:
        header = read_picture_header(encoded(array, 'jpg'))
        assert (header.codec, header.height, header.width) == ('jpeg', *array.shape[:2])
