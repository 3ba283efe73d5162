# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Translated images: stored for the cached images, and written as a recording."""

import numpy as np
import pytest

from thermal_depth_ros.bags.errors import BagError
from thermal_depth_ros.bags.recording import Recording
from thermal_depth_ros.messages.stamps import stamp_ns
from thermal_depth_ros.samples.config import ImagesConfig
from thermal_depth_ros.samples.errors import SamplesError
from thermal_depth_ros.samples.single_images import open_images
from thermal_depth_ros.samples.translated_frames import TranslatedFrames, write_translated_bag


def test_images_are_kept_and_missing_ones_are_named(tmp_path, frame_store):
    store = frame_store(size=(6, 9))
    made = TranslatedFrames.make(tmp_path / 'cache', 'night', store, 'cyclegan:1')
    image = np.random.default_rng(0).integers(0, 256, (6, 9, 3), np.uint8)
    with made.writer() as writer:
        made.write(writer, 1, image)
        with pytest.raises(SamplesError, match=r'image 2 has shape \(6, 8, 3\)'):
            made.write(writer, 2, image[:, :8])
    found = TranslatedFrames.find(tmp_path / 'cache', 'night', store)
    np.testing.assert_array_equal(found.read(1), image)
    assert found.missing().tolist() == [0, 2, 3]
    with pytest.raises(SamplesError, match="translated images 'night'.*image 3 has none yet"):
        found.read(3)


def test_another_translator_and_grey_images_are_refused(tmp_path, frame_store):
    store = frame_store()
    TranslatedFrames.make(tmp_path / 'cache', 'night', store, 'cyclegan:1')
    with pytest.raises(SamplesError, match="translator is 'cyclegan:1', not 'cyclegan:2'"):
        TranslatedFrames.make(tmp_path / 'cache', 'night', store, 'cyclegan:2')
    np.save(store.folder / 'images.npy', np.zeros((4, 6, 9), np.uint16))
    with pytest.raises(SamplesError, match='without colours'):
        TranslatedFrames.make(tmp_path / 'cache', 'day', type(store)(store.folder), 'x')


@pytest.fixture
def partly(tmp_path, colour_drive):
    """Images 1 to 3 of a drive, of which 1 and 3 have been translated, and so has 4."""
    settings = ImagesConfig(
        bags=(str(colour_drive('friday', 5)),),
        first_frame=1,
        last_frame=4,
        width=24,
        height=16,
        cache_dir=str(tmp_path / 'cache'),
    )
    images = open_images(settings.data(settings.bags), lambda what, done, total: None)
    frames = images.recordings[0]
    made = TranslatedFrames.make(tmp_path / 'cache', 'night', frames.store, 'grey')
    with made.writer() as writer:
        for row in (1, 3, 4):
            made.write(writer, row, np.full((16, 24, 3), 10 * row, np.uint8))
    return frames, made


def test_what_has_not_been_made_is_left_out(tmp_path, partly):
    frames, made = partly
    assert write_translated_bag(tmp_path / 'night', frames, made) == 2
    with Recording(tmp_path / 'night') as recording:
        images = [record.message for record in recording.read(['/rgb/image_raw'])]
        info = recording.first('/rgb/camera_info').message
    assert [stamp_ns(image.header) for image in images] == frames.stamps_ns[[0, 2]].tolist()
    assert [int(np.unique(image.data)[0]) for image in images] == [10, 30]
    assert {image.header.frame_id for image in images} == {'rgb_optical'}
    # 40 pixels of 48 columns become half as many on half as many columns.
    assert (info.width, info.height, info.k[0]) == (24, 16, pytest.approx(20.0))


def test_a_recording_that_is_there_stays(tmp_path, partly):
    write_translated_bag(tmp_path / 'night', *partly)
    with pytest.raises(BagError, match='exists already'):
        write_translated_bag(tmp_path / 'night', *partly)
    assert write_translated_bag(tmp_path / 'night', *partly, overwrite=True) == 2
