# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""The training configurations that ship say nothing that the trainer does not understand."""

from pathlib import Path

import pytest
import yaml

from thermal_depth_ros.training.registry import task_kind

FOLDER = Path(__file__).parents[2] / 'config' / 'training'
NIGHT = ('rgb', 'translation')


@pytest.mark.parametrize('path', sorted(FOLDER.glob('*.yaml')), ids=lambda path: path.stem)
def test_a_recipe_is_understood(path: Path) -> None:
    values = yaml.safe_load(path.read_text('utf-8'))
    task = values.pop('task')
    nights = {'night_bags': ['night']} if task in NIGHT else {}
    parts = task_kind(task).build({**values, 'bags': ['day'], **nights})
    told = {name: value for part in parts for name, value in vars(part).items()}
    for name, value in values.items():
        assert told[name] == value, name


def test_every_recipe_is_there() -> None:
    """Names that the documentation gives."""
    names = {path.stem for path in FOLDER.glob('*.yaml')}
    shipped = {f'{kind}_default{part}' for kind in ('rgb', 'thermal') for part in ('', '_motion')}
    small = {'thermal_small', 'rgb_small', 'rgb_small_teacher', 'rgb_small_translation'}
    assert {'handheld_rgbd', 'unsupervised_video', *shipped, *small} <= names
