# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""RVL against a hand-made stream, and against an encoder written from the published algorithm."""

import contextlib
import struct
import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from helpers.rvl import encode_rvl
from thermal_depth_ros.messages.errors import MessageError
from thermal_depth_ros.messages.rvl import decode_rvl


def octets(data: bytes) -> np.ndarray:
    return np.frombuffer(data, np.uint8)


def test_a_stream_made_by_hand():
    # 1 hole; 3 pixels: 1500, 1501, 1499; 2 holes; none. Differences 1500, +1, -2 are written as
    # 3000 (octal 5670, least significant group first: 8|0, 8|7, 8|6, 5), 2 and 3.
    nibbles = [1, 3, 8, 15, 14, 5, 2, 3, 2, 0, 0, 0, 0, 0, 0, 0]
    words = [int(''.join(f'{n:x}' for n in nibbles[i : i + 8]), 16) for i in (0, 8)]
    data = struct.pack('<iiII', 3, 2, *words)
    np.testing.assert_array_equal(decode_rvl(octets(data)), [[0, 1500, 1501], [1499, 0, 0]])


@settings(max_examples=60, deadline=None)
@given(
    arrays(
        np.uint16,
        st.tuples(st.integers(1, 9), st.integers(1, 9)),
        elements=st.one_of(st.just(0), st.integers(0, 65535), st.integers(900, 1100)),
    )
)
def test_every_image_comes_back(image):
    np.testing.assert_array_equal(decode_rvl(octets(encode_rvl(image))), image)


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=60), st.integers(0, 60))
def test_other_bytes_are_an_image_or_an_error(data, kept):
    whole = encode_rvl(np.arange(40, dtype=np.uint16).reshape(5, 8))
    for trial in (data, struct.pack('<ii', 7, 3) + data, whole[:kept]):
        with contextlib.suppress(MessageError):
            assert decode_rvl(octets(trial)).dtype == np.uint16


def test_truncated_and_damaged_data_say_so():
    image = np.full((4, 8), 1000, np.uint16)
    with pytest.raises(MessageError, match='truncated'):
        decode_rvl(octets(encode_rvl(image)[:-8]))
    below_zero = struct.pack('<iiI', 2, 1, 0x02330000)  # two pixels, -2 and -2
    with pytest.raises(MessageError, match='does not fit into 16 bits'):
        decode_rvl(octets(below_zero))
    too_many = struct.pack('<iiI', 2, 1, 0x05000000)
    with pytest.raises(MessageError, match='more than the 2 pixels'):
        decode_rvl(octets(too_many))


def test_a_declared_size_is_checked_before_anything_is_allocated():
    tracemalloc.start()
    try:
        for width, height in ((2**31 - 1, 2**31 - 1), (-1, 5), (0, 0), (65536, 2048)):
            with pytest.raises(MessageError, match='declared size'):
                decode_rvl(octets(struct.pack('<iiI', width, height, 0)))
        # Within the limit, but far more than the data can hold.
        with pytest.raises(MessageError, match='truncated'):
            decode_rvl(octets(struct.pack('<ii', 4000, 4000)))
        assert tracemalloc.get_traced_memory()[1] < 1 << 20
    finally:
        tracemalloc.stop()
