# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Single images of several recordings under one index, and what they do not need."""

import numpy as np
import pytest

from thermal_depth_ros.bags.errors import BagError
from thermal_depth_ros.samples.config import ImagesConfig
from thermal_depth_ros.samples.errors import SamplesError
from thermal_depth_ros.samples.opening import open_samples
from thermal_depth_ros.samples.single_images import open_images


@pytest.fixture
def config(tmp_path, colour_drive):
    def make(*counts, **settings):
        bags = tuple(str(colour_drive(f'drive_{count}', count)) for count in counts)
        cache = {'width': 48, 'height': 32, 'cache_dir': str(tmp_path / 'cache')}
        return ImagesConfig(bags=bags, **{**cache, **settings})

    return make


def quiet(what, done, total):
    pass


def test_images_of_several_recordings_have_one_index(config):
    settings = config(3, 5)
    images = open_images(settings.data(settings.bags), quiet)
    assert len(images) == 8 and [len(r) for r in images.recordings] == [3, 5]
    assert images.image(7).shape == (32, 48, 3)
    assert 'drive_3 /rgb/image_raw frame 2' in images.name(2)
    assert 'drive_5 /rgb/image_raw frame 0' in images.name(3)
    np.testing.assert_array_equal(images.image(2), images.image(5))  # both are image 2 of a drive
    for wrong in (-1, 8):
        with pytest.raises(IndexError):
            images.image(wrong)


def test_limits_hold_and_one_image_will_do(config):
    settings = config(5, first_frame=2, last_frame=3)
    images = open_images(settings.data(settings.bags), quiet)
    assert len(images) == 1 and images.name(0).endswith('frame 2')
    none = config(5, first_frame=7)
    with pytest.raises(SamplesError, match='no usable image of /rgb/image_raw is left'):
        open_images(none.data(none.bags), quiet)


def test_the_cache_is_that_of_triplets(config):
    """Results stored for single images must be found by training on triplets."""
    settings = config(6)
    data = settings.data(settings.bags)
    store = open_images(data, quiet).recordings[0].store
    samples = open_samples(
        type(data)(
            bags=data.bags,
            camera='rgb',
            width=48,
            height=32,
            cache_dir=data.cache_dir,
            frame_interval=1,
            validation_fraction=0.0,
            skip_stationary=False,
        )
    )
    assert [part.frames.store.folder for part in samples.train.parts] == [store.folder]


def test_missing_recordings_are_named(config, tmp_path):
    with pytest.raises(BagError, match='nowhere'):
        open_images(config(3).data((str(tmp_path / 'nowhere'),)), quiet)
    assert ImagesConfig().problems() == ['bags: no training recording is given']
