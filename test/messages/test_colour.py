# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest

from thermal_depth_ros.messages.decode import to_rgb, to_thermal
from thermal_depth_ros.messages.errors import MessageError

RED, GREEN, BLUE = (200, 0, 0), (0, 200, 0), (0, 0, 200)


def filled(pixel, dtype=np.uint8, size=(6, 8)):
    return np.full((*size, len(pixel)), pixel, dtype)


@pytest.mark.parametrize('colour', [RED, GREEN, BLUE, (10, 120, 250)])
@pytest.mark.parametrize(
    ('encoding', 'order'),
    [('rgb', (0, 1, 2)), ('bgr', (2, 1, 0)), ('rgba', (0, 1, 2, 3)), ('bgra', (2, 1, 0, 3))],
)
@pytest.mark.parametrize('bits', [8, 16])
def test_orders_of_colours(colour, encoding, order, bits):
    known = (*colour, 77)  # the alpha
    scale, dtype = (1, np.uint8) if bits == 8 else (256, np.uint16)
    array = filled([known[i] * scale for i in order], dtype)
    rgb = to_rgb(array, f'{encoding}{bits}')
    assert rgb.dtype == np.uint8
    assert (rgb == colour).all()
    assert rgb.shape == (6, 8, 3)


def test_opencv_names_are_blue_first():
    assert (to_rgb(filled((200, 0, 0)), '8UC3') == BLUE).all()
    assert (to_rgb(filled((200, 0, 0, 255)), '8UC4') == BLUE).all()


def test_rgb8_is_not_copied():
    array = filled(RED)
    assert np.shares_memory(to_rgb(array, 'rgb8'), array)


@pytest.mark.parametrize(
    ('encoding', 'dtype', 'value'),
    [
        ('mono8', np.uint8, 90),
        ('8UC1', np.uint8, 90),
        ('mono16', np.uint16, 90 * 256 + 255),
        ('16UC1', np.uint16, 90 * 256),
    ],
)
def test_grey_becomes_three_equal_colours(encoding, dtype, value):
    assert (to_rgb(np.full((4, 6), value, dtype), encoding) == (90, 90, 90)).all()


@pytest.mark.parametrize('size', [(4, 4), (5, 7), (6, 8)])
@pytest.mark.parametrize('pattern', ['rggb', 'bggr', 'gbrg', 'grbg'])
@pytest.mark.parametrize('bits', [8, 16])
def test_bayer_of_one_colour(size, pattern, bits):
    scale, dtype = (1, np.uint8) if bits == 8 else (256, np.uint16)
    values = {'r': 200, 'g': 100, 'b': 50}
    rows, columns = np.indices(size)
    mosaic = np.array([values[c] for c in pattern], dtype)[rows % 2 * 2 + columns % 2] * scale
    rgb = to_rgb(mosaic.astype(dtype), f'bayer_{pattern}{bits}')
    assert rgb.shape == (*size, 3)
    assert np.abs(rgb.astype(int) - (200, 100, 50)).max() <= 1


@pytest.mark.parametrize('pattern', ['rggb', 'bggr', 'gbrg', 'grbg'])
def test_bayer_of_a_picture_is_that_picture_about(pattern):
    rows, columns = np.indices((40, 60))
    picture = np.stack([rows * 5, columns * 4, (rows + columns) * 2], axis=-1).astype(np.uint8)
    channel = np.array(['rgb'.index(c) for c in pattern])[rows % 2 * 2 + columns % 2]
    mosaic = np.take_along_axis(picture, channel[..., None], axis=2)[..., 0]
    error = np.abs(to_rgb(mosaic, f'bayer_{pattern}8').astype(int) - picture)
    assert error[2:-2, 2:-2].max() <= 1


def yuv(rgb):
    """BT.601, studio range: what cameras put into 4:2:2."""
    r, g, b = (v / 255 for v in rgb)
    y = 16 + 65.481 * r + 128.553 * g + 24.966 * b
    u = 128 - 37.797 * r - 74.203 * g + 112.0 * b
    v = 128 + 112.0 * r - 93.786 * g - 18.214 * b
    return round(y), round(u), round(v)


@pytest.mark.parametrize('colour', [RED, GREEN, BLUE, (255, 255, 255), (0, 0, 0), (120, 90, 30)])
@pytest.mark.parametrize('encoding', ['yuv422', 'uyvy', 'yuv422_yuy2', 'yuyv'])
def test_yuv_of_one_colour(colour, encoding):
    y, u, v = yuv(colour)
    four = (u, y, v, y) if encoding in ('yuv422', 'uyvy') else (y, u, y, v)
    array = np.tile(np.array(four, np.uint8), 6 * 4).reshape(6, 8, 2)
    assert np.abs(to_rgb(array, encoding).astype(int) - colour).max() <= 3


@pytest.mark.parametrize('encoding', ['yuv422', 'uyvy', 'yuv422_yuy2', 'yuyv'])
def test_counts_of_yuv_are_its_brightness(encoding):
    counts = np.arange(48, dtype=np.uint8).reshape(6, 8)
    array = np.full((6, 8, 2), 128, np.uint8)
    array[..., 1 if encoding in ('yuv422', 'uyvy') else 0] = counts
    np.testing.assert_array_equal(to_thermal(array, encoding), counts)


@pytest.mark.parametrize('encoding', ['rgb', 'bgr', 'rgba', 'bgra'])
@pytest.mark.parametrize('bits', [8, 16])
def test_counts_of_grey_colours_are_exact(encoding, bits):
    dtype = np.uint8 if bits == 8 else np.uint16
    counts = np.linspace(0, np.iinfo(dtype).max, 600).astype(dtype).reshape(20, 30)
    array = np.repeat(counts[..., None], len(encoding), axis=2)
    if len(encoding) == 4:
        array[..., 3] = np.iinfo(dtype).max
    made = to_thermal(array, f'{encoding}{bits}')
    np.testing.assert_array_equal(made, counts)
    assert made.dtype == dtype


@pytest.mark.parametrize('encoding', ['mono8', 'mono16', '8UC1', '16UC1'])
def test_counts_are_not_copied(encoding):
    array = np.zeros((4, 6), np.uint8 if '8' in encoding else np.uint16)
    assert to_thermal(array, encoding) is array


@pytest.mark.parametrize(
    ('encoding', 'convert'),
    [
        *((name, to_rgb) for name in ('32FC1', '16SC1', '8UC2', '64FC3', '8SC1')),
        *((name, to_thermal) for name in ('32FC3', '16SC2', '8UC2', '64FC3', '8SC1', '32SC1')),
    ],
)
def test_numbers_are_no_picture(encoding, convert):
    with pytest.raises(MessageError, match=f"encoding is '{encoding}'"):
        convert(np.zeros((4, 6), np.float32), encoding)


def test_signed_counts_keep_their_order_and_spacing():
    signed = np.array([[-32768, -274, -1], [0, 1, 32767]], np.int16)
    made = to_thermal(signed[:, ::-1], '16SC1')
    assert made.dtype == np.uint16
    np.testing.assert_array_equal(made.astype(int), signed[:, ::-1].astype(int) + 32768)


def test_temperatures_become_counts_of_a_hundredth_of_a_kelvin():
    celsius = np.array([[-40.0, 0.0, 21.5], [np.nan, 100.25, np.inf]])
    expected = np.array([[23315, 27315, 29465], [23315, 37340, 23315]])
    for encoding, dtype in (('32FC1', np.float32), ('64FC1', np.float64)):
        made = to_thermal(celsius.astype(dtype), encoding)
        assert made.dtype == np.uint16
        np.testing.assert_array_equal(made, expected)
        np.testing.assert_array_equal(to_thermal((celsius + 273.15).astype(dtype), encoding), made)


@pytest.mark.parametrize('value', [np.nan, -300.0, 5000.0])
def test_what_is_no_temperature_is_refused(value):
    with pytest.raises(MessageError, match='temperature'):
        to_thermal(np.full((4, 6), value, np.float32), '32FC1')


def test_a_bayer_pattern_is_no_thermal_image():
    with pytest.raises(MessageError, match='bayer_rggb8'):
        to_thermal(np.zeros((4, 6), np.uint8), 'bayer_rggb8')


def test_a_bayer_image_of_a_few_pixels_is_refused():
    with pytest.raises(MessageError, match='2x2'):
        to_rgb(np.zeros((2, 2), np.uint8), 'bayer_rggb8')


@pytest.mark.parametrize('encoding', ['bgr8', 'bgra8', 'mono8', 'rgba8'])
def test_padded_and_read_only_arrays_convert_alike(encoding):
    channels = {'mono8': 1}.get(encoding, len(encoding) - 1)
    whole = np.random.default_rng(0).integers(0, 256, (8, 12, channels), dtype=np.uint8)
    view = whole[:, :9] if channels > 1 else whole[:, :9, 0]
    view.flags.writeable = False
    np.testing.assert_array_equal(to_rgb(view, encoding), to_rgb(view.copy(), encoding))


def test_grey_has_the_weights_of_the_eye():
    assert to_thermal(filled((255, 0, 0)), 'rgb8')[0, 0] == round(0.299 * 255)
    assert to_thermal(filled((255, 0, 0)), 'bgr8')[0, 0] == round(0.114 * 255)
