# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Images of folders and recordings as styles."""

import dataclasses
import pickle

import cv2
import numpy as np
import pytest
import torch

from helpers.drives import record_drive
from thermal_depth_ros.bags.recording import Recording
from thermal_depth_ros.samples.config import RgbDataConfig
from thermal_depth_ros.samples.errors import SamplesError
from thermal_depth_ros.training.rgb.monocular_config import DepthTeacherConfig
from thermal_depth_ros.training.video.effects.draws import Draws
from thermal_depth_ros.training.video.effects.styles import open_styles

DATA = RgbDataConfig(width=96, height=64)


def silent(*_) -> None:
    """Ignore progress."""


@pytest.fixture
def folder(tmp_path):
    """Return a folder with a red and a dark picture, and something else."""
    for name, bgr in (('1.png', (20, 20, 220)), ('2.jpg', (30, 30, 30))):
        cv2.imwrite(str(tmp_path / name), np.full((80, 90, 3), bgr, np.uint8))
    (tmp_path / 'LICENCE').write_text('CC0')
    return tmp_path


def opened(folder, **settings):
    config = DepthTeacherConfig(style_bags=(str(folder),), **settings)
    return open_styles(config.style_bags, config, DATA, silent)


def test_images_take_colour_and_brightness_of_a_picture(folder):
    styles = pickle.loads(pickle.dumps(opened(folder, style_band=0.02)))
    assert styles.amplitudes.shape == (2, 3, 3, 2)
    images, draws = torch.rand(1, 3, 64, 96), Draws(np.random.default_rng(0), 1.0)
    for _ in range(20):
        style = styles.draw(draws)
        mean = style(images).mean((0, 2, 3)).numpy()
        picture = np.array([220, 20, 20]) if style.amplitude[0, 0, 0] > 3000 else np.full(3, 30)
        mixed = (1 - style.share) * images.mean((0, 2, 3)).numpy() + style.share * picture / 255
        np.testing.assert_allclose(mean, mixed, atol=0.12)  # clipping brightens dark images


def test_without_styles_nothing_is_mixed():
    config = DepthTeacherConfig()
    styles = open_styles((), config, DATA, silent)
    images = torch.rand(1, 3, 64, 96)
    assert styles.draw(Draws(np.random.default_rng(0), 1.0))(images) is images


def test_a_damaged_picture_is_named(folder):
    (folder / '3.png').write_bytes(b'no picture')
    with pytest.raises(SamplesError, match=r'style_bags: .*3\.png is not an image'):
        opened(folder)


def test_recordings_are_read_by_their_topic(tmp_path):
    drive = tmp_path / 'drive'
    record_drive(drive, light='day', duration_s=0.5, rgb=(64, 96), thermal_rate_hz=1.0)
    config = DepthTeacherConfig(style_bags=(str(drive),), style_topic='/rgb/image_raw')
    data = dataclasses.replace(DATA, cache_dir=str(tmp_path / 'cache'))
    styles = open_styles(config.style_bags, config, data, silent)
    with Recording(drive) as bag:
        counted = sum(1 for _ in bag.read(['/rgb/image_raw']))
    assert len(styles.amplitudes) == counted > 1
