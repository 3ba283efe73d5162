# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Cropped images: rows of telemetry, camera, depth and cache."""

import numpy as np
import pytest

from helpers.sample_truth import true_depth_m
from helpers.thermal_bags import (
    CAMERA_K,
    HEIGHT,
    WIDTH,
    passing,
)
from thermal_depth_ros.samples import SamplesError


def telemetry(count: int = 6):
    """A drive with true depth whose images have two rows of telemetry below."""
    contents = passing(count)
    rows = np.zeros((2, WIDTH), np.uint16)
    rows[:, :9] = 60000
    contents.images = [(t, np.vstack([image, rows]), e) for t, image, e in contents.images]
    return contents


def test_rows_of_telemetry_are_named_and_left_out_where_asked(record, open_bags) -> None:
    path = record(telemetry())
    with pytest.raises(SamplesError, match='2 rows more than its camera_info.*crop_bottom: 2'):
        open_bags(path)
    samples = open_bags(path, crop_bottom=2)
    clean = open_bags(record(passing(6), 'clean'))
    for index in range(len(clean.train)):
        cut, whole = samples.train.triplet(index), clean.train.triplet(index)
        np.testing.assert_array_equal(cut.images, whole.images)
        np.testing.assert_array_equal(cut.K, whole.K)


def test_a_camera_and_depth_of_the_whole_image_are_cropped_with_it(record, open_bags) -> None:
    contents = passing(6)
    depth = np.tile(np.arange(1, HEIGHT + 1, dtype=np.float32)[:, None], (1, WIDTH))
    contents.depth = [(t, depth) for t, _, _ in contents.images]
    crop = {
        'crop_top': 8,
        'crop_left': 16,
        'height': HEIGHT - 8,
        'width': WIDTH - 16,
    }
    samples = open_bags(record(contents), **crop, validation_fraction=0.5)
    plain = open_bags(record(contents, 'plain'), validation_fraction=0.5)
    K = np.reshape(CAMERA_K, (3, 3)) - [[0, 0, 16], [0, 0, 8], [0, 0, 0]]
    np.testing.assert_allclose(samples.train.triplet(0).K, K)
    whole = plain.train.triplet(0).images
    np.testing.assert_array_equal(samples.train.triplet(0).images, whole[:, 8:, 16:])
    np.testing.assert_array_equal(true_depth_m(samples.validation, 0), depth[8:, 16:])


def test_the_cache_tells_crops_apart_and_forgets_nothing_without(record, open_bags) -> None:
    path = record(passing(6))
    told = []
    size = {'height': 40, 'width': 64}
    for crop in ({}, {'crop_top': 8}, {'crop_bottom': 8}, {}):
        told.append(0)

        def advance(stage: str, _done: int, _total: int) -> None:
            told[-1] += stage.startswith('decoding')

        open_bags(path, advance=advance, **crop, **size)
    assert told[0] and told[1] and told[2] and not told[3]


def test_telemetry_that_camera_info_counts_is_noted(record, open_bags) -> None:
    contents = telemetry()
    contents.size = (HEIGHT + 2, WIDTH)
    (note,) = [note for note in open_bags(record(contents)).notes if 'crop_bottom: 2' in note]
    assert 'lie far outside of the rest' in note
    cut = open_bags(record(contents, 'cut'), crop_bottom=2)
    assert not any('crop_' in note for note in cut.notes)


def test_a_crop_that_leaves_nothing_is_named(record, open_bags) -> None:
    path = record(passing(4))
    with pytest.raises(SamplesError, match='nothing is left of an image of 64x48 .crop_top: 48'):
        open_bags(path, crop_top=48)
