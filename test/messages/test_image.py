# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
import array
import itertools
import struct
import tracemalloc
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from thermal_depth_ros.messages.errors import MessageError
from thermal_depth_ros.messages.image import (
    ENCODINGS,
    array_to_image,
    encoding_named,
    image_to_array,
)

# What the encodings are by their definition in sensor_msgs: letters of `struct`, channels.
DEFINED = {
    **{f'mono{bits}': (letter, 1) for bits, letter in ((8, 'B'), (16, 'H'))},
    **{f'{n}{bits}': (c, 3) for n in ('rgb', 'bgr') for bits, c in ((8, 'B'), (16, 'H'))},
    **{f'{n}{bits}': (c, 4) for n in ('rgba', 'bgra') for bits, c in ((8, 'B'), (16, 'H'))},
    **{
        f'bayer_{pattern}{bits}': (letter, 1)
        for pattern in ('rggb', 'bggr', 'gbrg', 'grbg')
        for bits, letter in ((8, 'B'), (16, 'H'))
    },
    **dict.fromkeys(('yuv422', 'uyvy', 'yuv422_yuy2', 'yuyv'), ('B', 2)),
    '8UC1': ('B', 1),
    '8UC3': ('B', 3),
    '8SC2': ('b', 2),
    '16UC1': ('H', 1),
    '16SC1': ('h', 1),
    '32SC1': ('i', 1),
    '32FC1': ('f', 1),
    '32FC3': ('f', 3),
    '64FC1': ('d', 1),
}


def reference(encoding, height, width, step, data, big):
    """Read an image one number at a time."""
    letter, channels = DEFINED[encoding]
    size = struct.calcsize(f'={letter}')
    pixels = np.empty((height, width, channels), object)
    for row, column, channel in itertools.product(range(height), range(width), range(channels)):
        at = row * step + (column * channels + channel) * size
        pixels[row, column, channel] = struct.unpack_from(
            f'{">" if big else "<"}{letter}', data, at
        )[0]
    return pixels[..., 0] if channels == 1 else pixels


def same(array_, expected):
    wanted = expected.astype(array_.dtype)
    return array_.shape == expected.shape and np.array_equal(
        array_, wanted, equal_nan=array_.dtype.kind == 'f'
    )


def test_every_named_encoding_is_among_those_checked_here():
    assert set(ENCODINGS) <= set(DEFINED)


@settings(max_examples=150, deadline=None)
@given(
    encoding=st.sampled_from(sorted(DEFINED)),
    height=st.integers(1, 5),
    width=st.integers(1, 7),
    padding=st.integers(0, 9),
    offset=st.integers(0, 3),
    big=st.booleans(),
    random=st.randoms(use_true_random=False),
)
def test_reads_as_a_reference_that_takes_one_number_at_a_time(
    encoding, height, width, padding, offset, big, random, image
):
    letter, channels = DEFINED[encoding]
    width *= 2 if channels == 2 and letter == 'B' else 1
    step = width * channels * struct.calcsize(f'={letter}') + padding
    whole = random.randbytes(offset + step * height)
    data = memoryview(whole)[offset:]  # recordings hold data at any address
    read = image_to_array(image(encoding, height, width, step, data, big))
    assert read.dtype.isnative
    assert same(read, reference(encoding, height, width, step, data, big))


@settings(max_examples=100, deadline=None)
@given(
    encoding=st.sampled_from(sorted(DEFINED)),
    height=st.integers(1, 5),
    width=st.integers(1, 7),
    order=st.sampled_from('<>'),
    strided=st.booleans(),
    random=st.randoms(use_true_random=False),
)
def test_writes_what_the_reference_reads(types, encoding, height, width, order, strided, random):
    letter, channels = DEFINED[encoding]
    width *= 2 if channels == 2 and letter == 'B' else 1
    shape = (height, width) if channels == 1 else (height, width, channels)
    dtype = np.dtype(letter).newbyteorder(order)
    array_ = np.frombuffer(random.randbytes(int(np.prod(shape)) * dtype.itemsize), dtype)
    array_ = array_.reshape(shape)
    given_ = np.repeat(array_, 2, axis=1)[:, ::2] if strided else array_
    msg = array_to_image(types, given_, encoding, 7_000_000_009, 'camera_optical')
    assert (msg.height, msg.width, msg.encoding) == (height, width, encoding)
    assert msg.step * height == len(msg.data)
    assert (msg.header.stamp.sec, msg.header.stamp.nanosec) == (7, 9)
    assert msg.header.frame_id == 'camera_optical'
    data = bytes(msg.data)
    read = reference(encoding, height, width, msg.step, data, bool(msg.is_bigendian))
    assert same(array_, read)
    assert same(image_to_array(msg), read)


@pytest.mark.parametrize(('encoding', 'shape'), [('mono16', (512, 640)), ('rgb8', (480, 640, 3))])
def test_native_images_are_views(types, encoding, shape):
    pixels = np.arange(np.prod(shape)).astype(encoding_named(encoding).dtype).reshape(shape)
    msg = array_to_image(types, pixels, encoding, 0, '')
    tracemalloc.start()
    read = image_to_array(msg)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert np.shares_memory(read, np.frombuffer(msg.data, np.uint8))
    assert peak < 20_000
    np.testing.assert_array_equal(read, pixels)


def test_padded_rows_are_a_view_too(image):
    data = np.arange(5 * 40, dtype=np.uint8)
    read = image_to_array(image('mono16', 5, 16, 40, data))
    assert np.shares_memory(read, data)
    assert read.strides == (40, 2)


def test_a_message_does_not_share_memory_with_its_array(types):
    pixels = np.zeros((4, 6), np.uint16)
    msg = array_to_image(types, pixels, 'mono16', 0, '')
    pixels[:] = 9
    assert not image_to_array(msg).any()


@pytest.mark.ros
def test_rclpy_messages_take_the_buffer_as_it_is(ros):
    msg = array_to_image(ros, np.ones((3, 4), np.uint8), 'mono8', 0, '')
    assert isinstance(msg.data, array.array)
    assert msg.data.typecode == 'B'
    value, view = ros.octets(12)
    made = ros.with_data(ros.Image, 0, '', value, height=3, width=4, encoding='mono8', step=4)
    assert made.data is value
    view[:] = 7
    assert image_to_array(made).tolist() == [[7] * 4] * 3


class HumbleMessage:
    """A message as rosidl of Humble generates it: setters always check, no argument says so."""

    def __init__(self, **fields):
        assert set(fields) <= {'header', 'height', 'data'}, (
            'Invalid arguments passed to constructor'
        )
        self.header = SimpleNamespace(stamp=SimpleNamespace(), frame_id='')
        self.height = fields.get('height', 0)
        self.data = array.array('B')


@pytest.mark.ros
def test_the_buffer_is_taken_where_messages_have_no_switch_for_their_checks(ros):
    value, _ = ros.octets(3)
    made = ros.with_data(HumbleMessage, 1_000_000_002, 'optical', value, height=3)
    assert made.data is value and made.height == 3
    assert (made.header.stamp.sec, made.header.stamp.nanosec) == (1, 2)


@pytest.mark.parametrize('holder', ['array.array', 'numpy', 'bytes'])
def test_octets_may_be_held_in_any_way(image, holder):
    data = bytes(range(12))
    held = {
        'array.array': array.array('B', data),
        'numpy': np.frombuffer(data, 'u1'),
        'bytes': data,
    }
    assert image_to_array(image('mono8', 3, 4, 4, held[holder])).tolist()[2] == [8, 9, 10, 11]


BAD = {
    'short data': (('mono8', 4, 6, 6, bytes(23)), 'len(data)', '23'),
    'long data': (('mono8', 4, 6, 6, bytes(25)), 'len(data)', '25'),
    'no data': (('mono8', 4, 6, 6, b''), 'len(data)', '0'),
    'short step': (('mono16', 4, 6, 11, bytes(44)), 'step', '11'),
    'zero step': (('mono16', 4, 6, 0, b''), 'step', '0'),
    'zero width': (('mono8', 4, 0, 6, bytes(24)), 'width', '0'),
    'zero height': (('mono8', 0, 6, 6, b''), 'height', '0'),
    'unknown encoding': (('mono12', 4, 6, 6, bytes(24)), 'encoding', "'mono12'"),
    'empty encoding': (('', 4, 6, 6, bytes(24)), 'encoding', "''"),
    'no channels': (('8UC0', 4, 6, 6, bytes(24)), 'encoding', "'8UC0'"),
    'odd width of pairs': (('yuv422', 2, 3, 6, bytes(12)), 'width', '3'),
    'data of another kind': (('mono8', 2, 3, 3, 'abcdef'), 'data', "'str'"),
    'list of numbers': (('mono8', 1, 3, 3, [1, 2, 3]), 'data', "'list'"),
    'huge width': (('mono8', 1, 2**31, 2**31, bytes(24)), 'len(data)', '24'),
    'huge everything': (
        ('64FC4', 2**32 - 1, 2**32 - 1, 2**32 - 1, bytes(24)),
        'step',
        str(2**32 - 1),
    ),
    'huge height': (('mono16', 2**31, 4, 8, bytes(24)), 'len(data)', '24'),
    'long encoding': (('x' * 100_000, 4, 6, 6, bytes(24)), 'encoding', "'xxx"),
}


@pytest.mark.parametrize('name', BAD)
def test_bad_images_are_refused_with_field_and_value_before_anything_is_allocated(name, image):
    fields, field, value = BAD[name]
    msg = image(*fields)
    tracemalloc.start()
    with pytest.raises(MessageError) as caught:
        image_to_array(msg)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert caught.value.field == field
    assert str(caught.value).startswith(f'{field} is {value}')
    assert len(str(caught.value)) < 700
    assert peak < 500_000


@pytest.mark.parametrize(
    ('array_', 'encoding', 'field'),
    [
        (np.zeros((2, 3), np.uint8), 'mono16', 'array.dtype'),
        (np.zeros((2, 3), np.float64), '32FC1', 'array.dtype'),
        (np.zeros((2, 3), np.uint8), 'rgb8', 'array.shape'),
        (np.zeros((2, 3, 4), np.uint8), 'rgb8', 'array.shape'),
        (np.zeros((2, 3, 1), np.uint8), 'mono8', 'array.shape'),
        (np.zeros(6, np.uint8), 'mono8', 'array.shape'),
        (np.zeros((0, 3), np.uint8), 'mono8', 'array.shape'),
        (np.zeros((2, 3), np.uint8), 'mono9', 'encoding'),
    ],
)
def test_arrays_that_are_none_of_the_encoding_are_refused(bag, array_, encoding, field):
    with pytest.raises(MessageError) as caught:
        array_to_image(bag, array_, encoding, 0, '')
    assert caught.value.field == field


@pytest.mark.parametrize('stamp_ns', [-1, 2**31 * 10**9])
def test_stamps_that_no_message_can_hold_are_refused(types, stamp_ns):
    with pytest.raises(MessageError, match='stamp'):
        array_to_image(types, np.zeros((2, 3), np.uint8), 'mono8', stamp_ns, '')
