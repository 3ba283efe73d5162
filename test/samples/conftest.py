# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Recordings and cache entries of a test's own, and samples opened from them."""

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest

from helpers.thermal_bags import HEIGHT, WIDTH, Contents, write
from thermal_depth_ros.samples import DataConfig, open_samples
from thermal_depth_ros.samples.frame_cache import About, FrameStore


@pytest.fixture
def record(tmp_path: Path):
    """Write a recording of a name and return its path as text."""

    def make(contents: Contents, name: str = 'drive', storage: str = 'mcap') -> str:
        suffix = '.bag' if storage.startswith('ros1') else ''
        return str(write(tmp_path / f'{name}{suffix}', contents, storage))

    return make


@pytest.fixture
def open_bags(tmp_path: Path):
    """Open samples of recordings with a cache of the test's own and no validation."""

    def make(*bags: str, advance=None, **settings):
        defaults = {
            'width': WIDTH,
            'height': HEIGHT,
            'frame_interval': 1,
            'validation_fraction': 0.0,
            'cache_dir': str(tmp_path / 'cache'),
        }
        return open_samples(DataConfig(bags=bags, **{**defaults, **settings}), advance)

    return make


@pytest.fixture
def frame_store(tmp_path: Path):
    """Make an entry of the image cache with black colour images."""

    def make(name: str = 'frames-1', count: int = 4, size: tuple[int, int] = (6, 9)) -> FrameStore:
        folder = tmp_path / name
        folder.mkdir()
        np.save(folder / 'images.npy', np.zeros((count, *size, 3), np.uint8))
        about = About('rgb8', 'rgb', False, {}, ())
        (folder / 'about.json').write_text(json.dumps(dataclasses.asdict(about)))
        return FrameStore(folder)

    return make
