# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Drives by day and by night with their labels and translated images, and batches of both."""

import pickle

from thermal_depth_ros.samples.config import DayNightDataConfig, cache_root
from thermal_depth_ros.samples.single_images import open_images
from thermal_depth_ros.samples.translated_frames import TranslatedFrames
from thermal_depth_ros.training.engine.task import SampleKey
from thermal_depth_ros.training.rgb.batch import Augmentation, BatchMaker, PairedSamples

H, W = 64, 96
SIZE = ['--width', str(W), '--height', str(H)]
PLAIN = Augmentation(max_zoom=1.0, flip_probability=0.0, jitter_probability=0.0)
# Settings of a small network that learns from the recordings as they are, without translations.
LABELS_ALONE = {
    'encoder_width': 8,
    'light_enhancement': False,
    'synthetic_night': False,
    'day_distillation': False,
    'synthetic_consistency_weight': 0.0,
    'night_weight': 0.0,
}


def silent(*_):
    """Ignore progress."""


def translated(image):
    """Stand in for a translation: something else, from which the image can be told."""
    return 255 - image


def data_config(world, **values):
    defaults = {
        'bags': (str(world / 'day'),),
        'night_bags': (str(world / 'night'),),
        'width': W,
        'height': H,
        'skip_stationary': False,
        'validation_fraction': 0.3,
        'cache_dir': str(world / 'cache'),
    }
    return DayNightDataConfig(**{**defaults, **values})


def recording(world, light):
    config = data_config(world, bags=(str(world / light),), night_bags=())
    return cache_root(config), open_images(config, silent).recordings[0]


def translate(world, light, name, leave_out=()):
    root, frames = recording(world, light)
    made = TranslatedFrames.make(root, name, frames.store, 'inverted')
    with made.writer() as writer:
        for index, row in enumerate(frames.rows.tolist()):
            if index not in leave_out:
                made.write(writer, row, translated(frames.image(index)))


def make_batch(data, augmentation=PLAIN, indices=(0, 1)):
    maker = pickle.loads(
        pickle.dumps(BatchMaker(PairedSamples(data.day, data.night), augmentation, 40.0))
    )
    return maker([SampleKey(index, epoch=0, seed=5) for index in indices])
