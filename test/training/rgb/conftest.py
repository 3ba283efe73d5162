# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Drives by day and by night, made once, and what is opened of them."""

import pytest

from helpers.day_and_night import SIZE, H, W, data_config, silent, translate
from helpers.drives import record_drive
from thermal_depth_ros.cli.main import main
from thermal_depth_ros.training.rgb.config import RgbTrainingConfig
from thermal_depth_ros.training.rgb.data import open_day_and_night


@pytest.fixture(scope='session')
def world(tmp_path_factory):
    """Return a folder with drives by day and night, their labels and translations cached."""
    folder = tmp_path_factory.mktemp('world')
    street = {'rgb': (H, W), 'scene': 'street', 'seed': 7, 'thermal_rate_hz': 1.0}
    for light, duration_s in (('day', 0.9), ('night', 0.7)):
        record_drive(folder / light, light=light, duration_s=duration_s, **street)
    cache = ['--cache-dir', str(folder / 'cache')]
    bags = [str(folder / light) for light in ('day', 'night')]
    sheet = ['--sheet', str(folder / 'labels.png')]
    assert main(['label', '--bags', *bags, *SIZE, *cache, *sheet, '--teacher', 'truth']) == 0
    for light, name in (('day', 'day_to_night'), ('night', 'night_to_day')):
        translate(folder, light, name)
    return folder


@pytest.fixture(scope='session')
def data(world):
    """Return everything that is opened for a training without a depth teacher."""
    return open_day_and_night(
        data_config(world), RgbTrainingConfig(day_distillation=False), 'cpu', silent
    )
