# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Bits of the images: 16, 8, colours, temperatures, and what compression has cut off."""

import numpy as np
import pytest

from helpers.thermal_bags import (
    IMAGES,
    Messages,
    passing,
)
from thermal_depth_ros.samples import SamplesError


def test_eight_bit_video_says_what_it_loses(record, open_bags) -> None:
    contents = passing(4)
    contents.images = [(t, (a // 16).astype(np.uint8), 'mono8') for t, a, _ in contents.images]
    samples = open_bags(record(contents))
    assert not samples.deep and samples.train.triplet(0).images.dtype == np.uint8
    assert any('8-bit' in note and 'temperatures are lost' in note for note in samples.notes)


def test_colour_images_keep_their_colours(record, open_bags) -> None:
    contents = passing(4)
    grey = [(a // 16).astype(np.uint8) for _, a, _ in contents.images]
    rgb = [np.stack([g, g // 2, 255 - g], 2) for g in grey]
    contents.images = [(0.1 * i, image, 'rgb8') for i, image in enumerate(rgb)]
    contents.image_topic = '/rgb/image_raw'
    samples = open_bags(record(contents), camera='rgb')
    assert samples.channels == 3
    np.testing.assert_array_equal(samples.train.triplet(0).images[1], rgb[0])


def test_eight_bits_where_sixteen_are_asked_for_are_refused(record, open_bags) -> None:
    contents = passing(4)
    contents.images = [(t, (a // 16).astype(np.uint8), 'mono8') for t, a, _ in contents.images]
    with pytest.raises(SamplesError, match=r'/thermal/image_raw.*8 bit.*mono8.*bit_depth is 16'):
        open_bags(record(contents), bit_depth='16')


def test_sixteen_bits_that_a_jpeg_has_cut_off_are_refused(record, open_bags) -> None:
    contents, messages = passing(4), Messages(False)
    contents.image_topic = f'{IMAGES}/compressed'
    contents.images = [
        (
            t,
            messages.compressed(t, (a // 16).astype(np.uint8), 'mono16; jpeg compressed', '.jpg'),
            '',
        )
        for t, a, _ in contents.images
    ]
    contents.k = None
    contents.extra = messages.info_alone()
    path = record(contents)
    with pytest.raises(SamplesError, match='compression has cut them off.*bit_depth to 8'):
        open_bags(path)
    assert not open_bags(path, bit_depth='8').deep


def test_sixteen_bit_png_is_as_good_as_raw(record, open_bags) -> None:
    contents, messages = passing(4), Messages(False)
    raw = [a for _, a, _ in contents.images]
    contents.image_topic = '/thermal/image_raw/compressed'
    contents.images = [
        (t, messages.compressed(t, a, 'mono16; png compressed '), '') for t, a, _ in contents.images
    ]
    contents.k = None
    contents.extra = messages.info_alone()
    samples = open_bags(record(contents))
    np.testing.assert_array_equal(samples.train.triplet(0).images[0], raw[1])


def test_recordings_of_different_depth_do_not_mix(record, open_bags) -> None:
    shallow = passing(4)
    shallow.images = [(t, (a // 16).astype(np.uint8), 'mono8') for t, a, _ in shallow.images]
    with pytest.raises(SamplesError, match='16 bit.*8 bit.*cannot be mixed'):
        open_bags(record(passing(4), 'a'), record(shallow, 'b'))


def test_temperatures_are_trained_on_and_it_is_reported(record, open_bags) -> None:
    contents = passing(5)
    contents.images = [
        (t, (image / 100 - 20).astype(np.float32), '32FC1') for t, image, _ in contents.images
    ]
    samples = open_bags(record(contents))
    assert sum('read as temperatures' in note for note in samples.notes) == 1
    whole = open_bags(record(passing(5), 'counts'))
    np.testing.assert_array_equal(
        samples.train.triplet(0).images, whole.train.triplet(0).images + (27315 - 2000)
    )
