# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Pictures are of a bounded size before they are decoded, and a truncated one is not filled in."""

import subprocess
import sys

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from thermal_depth_ros.messages.compressed import decode_compressed
from thermal_depth_ros.messages.decode import decode_camera_image
from thermal_depth_ros.messages.errors import MessageError
from thermal_depth_ros.messages.image import (
    PixelLimit,
    array_to_image,
    calibrated_limit,
    camera_limit,
)
from thermal_depth_ros.messages.picture_decoding import decode_picture

END = b'\xff\xd9'
WAYS = {
    'baseline': [],
    'progressive': [cv2.IMWRITE_JPEG_PROGRESSIVE, 1],
    'restarts': [cv2.IMWRITE_JPEG_RST_INTERVAL, 3],
    'best quality': [cv2.IMWRITE_JPEG_QUALITY, 100],
    'other tables': [cv2.IMWRITE_JPEG_OPTIMIZE, 1],
}


def picture(seed=0, size=(96, 128), colours=True):
    rng = np.random.default_rng(seed)
    noise = rng.integers(0, 255, (*size, 3), dtype=np.uint8)
    smooth = cv2.normalize(cv2.GaussianBlur(noise, (0, 0), 3), None, 0, 255, cv2.NORM_MINMAX)
    return smooth if colours else np.ascontiguousarray(smooth[..., 0])


def jpeg(array, way='baseline'):
    done, data = cv2.imencode('.jpg', array, WAYS[way])
    assert done
    return data.tobytes()


def octets(data):
    return np.frombuffer(data, np.uint8)


def entropy_start(data):
    """Position of the first byte of the last scan."""
    start = data.rindex(b'\xff\xda')
    return start + 2 + int.from_bytes(data[start + 2 : start + 4], 'big')


@pytest.mark.parametrize('colours', [True, False])
@pytest.mark.parametrize('way', WAYS)
@pytest.mark.parametrize('part', [0.0, 0.1, 0.5, 0.9])
def test_a_truncated_jpeg_with_an_end_marker_is_refused(way, colours, part):
    data = jpeg(picture(colours=colours), way)
    start = entropy_start(data)
    cut = data[: start + int((len(data) - 2 - start) * part)] + END
    with pytest.raises(MessageError, match='truncated'):
        decode_picture(octets(cut))


def test_half_of_a_progressive_jpeg_lacks_scans():
    data = jpeg(picture(), 'progressive')
    with pytest.raises(MessageError, match='truncated'):
        decode_picture(octets(data[: len(data) // 2] + END))


@settings(max_examples=120, deadline=None)
@given(
    seed=st.integers(0, 20),
    way=st.sampled_from(sorted(WAYS)),
    colours=st.booleans(),
    part=st.floats(0.05, 0.999),
)
def test_what_a_cut_jpeg_gives_is_refused_or_lacks_no_more_than_its_last_block(
    seed, way, colours, part
):
    data = jpeg(picture(seed, colours=colours), way)
    whole = cv2.imdecode(octets(data), cv2.IMREAD_UNCHANGED)
    cut = data[: int((len(data) - 2) * part)].rstrip(b'\xff') + END
    try:
        read = decode_picture(octets(cut)).astype(int)
    except MessageError:
        return
    different = np.argwhere((read != whole).reshape(*whole.shape[:2], -1).any(axis=-1))
    assert (different >= np.array(whole.shape[:2]) - 17).all()


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 100),
    way=st.sampled_from(sorted(WAYS)),
    colours=st.booleans(),
    height=st.integers(1, 70),
    width=st.integers(1, 70),
    tail=st.binary(max_size=20),
)
def test_whole_jpegs_of_any_size_are_read_as_before(seed, way, colours, height, width, tail):
    data = jpeg(picture(seed, (height, width), colours), way)
    expected = cv2.imdecode(octets(data), cv2.IMREAD_UNCHANGED)
    np.testing.assert_array_equal(decode_picture(octets(data + tail)), expected)


@pytest.mark.parametrize('colours', [True, False])
@pytest.mark.parametrize('way', WAYS)
def test_a_picture_that_is_as_grey_as_a_filled_one_is_read(way, colours):
    grey = np.full((40, 56, 3) if colours else (40, 56), 128, np.uint8)
    assert (decode_picture(octets(jpeg(grey, way))) == 128).all()
    grey[:20] = 30
    read = decode_picture(octets(jpeg(grey, way)))
    assert (read[-8:] == 128).all()


def test_garbage_in_front_of_the_end_marker_does_no_harm():
    """Some cameras pad their pictures."""
    data = jpeg(picture())
    expected = cv2.imdecode(octets(data), cv2.IMREAD_UNCHANGED)
    padded = data[:-2] + bytes(40) + END
    np.testing.assert_array_equal(decode_picture(octets(padded)), expected)


def claiming(width, height, way='baseline'):
    data = bytearray(jpeg(picture(), way))
    frame = b'\xff\xc2' if way == 'progressive' else b'\xff\xc0'
    at = data.index(frame) + 5
    data[at : at + 4] = height.to_bytes(2, 'big') + width.to_bytes(2, 'big')
    return bytes(data)


def test_camera_info_bounds_the_size_of_images(compressed):
    class Info:
        width, height = 640, 480

    limit = camera_limit(25_000_000, Info)
    with pytest.raises(MessageError, match=r'2000x2000.*camera_info speaks of 640x480'):
        decode_camera_image(compressed(claiming(2000, 2000), 'jpeg'), 'rgb', limit)
    assert camera_limit(500_000, Info).pixels == 500_000
    assert camera_limit(25_000_000, None).pixels == 25_000_000


@pytest.mark.parametrize(
    ('size', 'pixels'),
    [((0, 0), 10**8), ((1, 1), 10**6), ((1000, 1000), 4 * 10**6), ((9000, 9000), 10**8)],
)
def test_calibrated_sizes_give_room_for_binning_and_placeholders(size, pixels):
    assert calibrated_limit(PixelLimit(10**8, 'x'), *size).pixels == pixels


def test_raw_images_are_bounded_as_well(types):
    message = array_to_image(types, np.zeros((50, 60), np.uint16), 'mono16', 0, 'optical')
    assert decode_camera_image(message, 'thermal', PixelLimit(3000, 'set by x')).shape == (50, 60)
    with pytest.raises(MessageError, match=r"'60x50'.*1 to 2999 pixels \(set by x\)"):
        decode_camera_image(message, 'thermal', PixelLimit(2999, 'set by x'))


def test_the_environment_sets_the_limit_of_everything_else(compressed, monkeypatch):
    message = compressed(jpeg(picture(size=(1100, 1000))), 'jpeg')
    assert decode_compressed(message).array.shape == (1100, 1000, 3)
    monkeypatch.setenv('THERMAL_DEPTH_IMAGE_MEGAPIXELS', '1')
    with pytest.raises(MessageError, match='THERMAL_DEPTH_IMAGE_MEGAPIXELS'):
        decode_compressed(message)


MEMORY = """
import sys
import numpy as np
from thermal_depth_ros.messages.errors import MessageError
from thermal_depth_ros.messages.picture_decoding import decode_picture
from thermal_depth_ros.messages.image import PixelLimit

def mib(name):  # unlike ru_maxrss, these do not know the process that this one was forked from
    with open('/proc/self/status') as status:
        return next(int(line.split()[1]) for line in status if line.startswith(name)) / 1024

octets = np.fromfile(sys.argv[1], np.uint8)
start = mib('VmRSS')
refused = 0
for _ in range(5):
    try:
        decode_picture(octets, PixelLimit(int(sys.argv[2]), 'set here'))
    except MessageError:
        refused += 1
print(refused, start, mib('VmHWM'), mib('VmRSS'))
"""


def memory_of(tmp_path, data, pixels):
    """Return how often a picture was refused, and the growth in MiB: at most, and for good."""
    (tmp_path / 'picture').write_bytes(data)
    command = [sys.executable, '-c', MEMORY, str(tmp_path / 'picture'), str(pixels)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    refused, start, peak, after = map(float, done.stdout.split())
    return refused, peak - start, after - start


@pytest.mark.parametrize('way', ['baseline', 'progressive'])
def test_a_small_file_that_claims_to_be_large_costs_no_memory(tmp_path, way):
    refused, grown, kept = memory_of(tmp_path, claiming(8000, 8000, way), 25_000_000)
    assert refused == 5
    assert grown < 60
    assert kept < 60


def test_memory_of_a_large_picture_is_given_back(tmp_path):
    refused, grown, kept = memory_of(tmp_path, claiming(8000, 8000), 64_000_000)
    assert refused == 5  # decoded as far as it went, and found to end early
    assert 150 < grown < 900
    assert kept < 60
