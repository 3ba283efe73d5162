# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""The files of camera effects switch on every effect of their camera."""

import dataclasses
from pathlib import Path

import pytest
import yaml

from thermal_depth_ros.base.settings import describe
from thermal_depth_ros.training.registry import task_kind
from thermal_depth_ros.training.rgb.monocular_config import MonocularConfig
from thermal_depth_ros.training.video.config import VideoConfig
from thermal_depth_ros.training.video.effects.config import (
    CameraEffectsConfig,
    RgbEffectsConfig,
    ThermalEffectsConfig,
)

FOLDER = Path(__file__).parents[2] / 'config'
BAGS = {'bags': ['day'], 'night_bags': ['night']}
# Without real images of the user, nothing is mixed.
OF_THE_USER = {'style_bags', 'style_night_bags', 'style_topic'}


def own_settings(*classes: type) -> set[str]:
    shared = {entry.name for entry in describe(VideoConfig)}
    return {entry.name for cls in classes for entry in describe(cls)} - shared


@pytest.mark.parametrize(
    ('effects', 'recipe', 'config'),
    [
        ('rgb', 'rgb_default', RgbEffectsConfig),
        ('rgb', 'rgb_small_teacher', RgbEffectsConfig),
        ('rgb', 'handheld_rgbd', RgbEffectsConfig),
        ('thermal', 'thermal_default', ThermalEffectsConfig),
        ('thermal', 'thermal_small', ThermalEffectsConfig),
    ],
)
def test_they_extend_the_recipes(effects: str, recipe: str, config: type) -> None:
    chosen = yaml.safe_load((FOLDER / 'effects' / f'{effects}.yaml').read_text('utf-8'))
    values = yaml.safe_load((FOLDER / 'training' / f'{recipe}.yaml').read_text('utf-8'))
    task = values.pop('task')
    bags = BAGS if task == 'rgb' else {'bags': ['day']}
    method = task_kind(task).build({**values, **chosen, **bags})[1]
    assert set(chosen) == own_settings(CameraEffectsConfig, config) - OF_THE_USER
    off = dataclasses.replace(method, **{name: default(config, name) for name in chosen})
    with_user = {'style_bags': ('real',)} if isinstance(method, MonocularConfig) else {}
    assert all(strength > 0 for strength in dataclasses.replace(method, **with_user).strengths)
    assert not any(off.strengths)


def default(config: type, name: str) -> object:
    return next(entry.default for entry in describe(config) if entry.name == name)
