# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Translated images beside the real ones."""

import numpy as np
import pytest

from thermal_depth_ros.samples.errors import SamplesError
from thermal_depth_ros.samples.translated_frames import TranslatedFrames


def test_images_are_kept_and_missing_ones_are_named(tmp_path, frame_store):
    store = frame_store(size=(6, 9))
    made = TranslatedFrames.make(tmp_path / 'cache', 'night', store, 'cyclegan:1')
    image = np.random.default_rng(0).integers(0, 256, (6, 9, 3), np.uint8)
    with made.results.writer() as writer:
        made.write(writer, 1, image)
        with pytest.raises(SamplesError, match=r'image 2 has shape \(6, 8, 3\)'):
            made.write(writer, 2, image[:, :8])
    found = TranslatedFrames.find(tmp_path / 'cache', 'night', store)
    np.testing.assert_array_equal(found.read(1), image)
    assert found.results.missing().tolist() == [0, 2, 3]
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
