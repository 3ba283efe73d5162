# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""RGB training on the depth of its recordings, without other views or translations."""

import dataclasses

import numpy as np
import pytest
import torch

from helpers.day_and_night import LABELS_ALONE, SIZE, data_config, silent
from thermal_depth_ros.base.settings import SettingsError
from thermal_depth_ros.cli.main import main
from thermal_depth_ros.samples import SamplesError
from thermal_depth_ros.training.engine.config import RunConfig
from thermal_depth_ros.training.engine.task import SampleKey
from thermal_depth_ros.training.registry import task_kind
from thermal_depth_ros.training.rgb.config import RgbTrainingConfig
from thermal_depth_ros.training.rgb.data import open_day_and_night
from thermal_depth_ros.training.rgb.task import RgbTask

METHOD = RgbTrainingConfig(
    **LABELS_ALONE,
    day_weight=0.0,
    depth_weight=1.0,
    pose_source='odometry',
    pose_weight=0.0,
    learning_rate=5e-3,
    start_depth=8.0,
)


@pytest.fixture
def make_task(world):
    from accelerate import Accelerator

    def make(**values):
        method = dataclasses.replace(METHOD, **values)
        data = open_day_and_night(data_config(world, pose_topic='none'), method, 'cpu', silent)
        task = RgbTask(method, RunConfig(batch_size=2, device='cpu'), data)
        task.enter(task.stages[0], Accelerator(cpu=True))
        return task

    return make


def batch(task):
    return task.load([SampleKey(index, 0, 3) for index in (0, 1)])


def test_it_learns_depth_and_classes_by_day_and_night(make_task):
    task = make_task(flip_probability=0.0, jitter_probability=0.0)
    losses = [task.step(batch(task)).losses for _ in range(8)]
    assert set(losses[0]) == {
        'total',
        'depth_day',
        'depth_night',
        'segmentation_day',
        'segmentation_night',
    }
    assert losses[-1]['depth_day'] + losses[-1]['depth_night'] < 0.9 * (
        losses[0]['depth_day'] + losses[0]['depth_night']
    )


def test_a_loss_reads_every_weight_that_is_trained(make_task):
    """Gradients are averaged over processes only if all of them arrive."""
    task = make_task(segmentation_scales='finest')
    task.step(batch(task))
    trained = dict(task._objective.named_parameters())
    assert [n for n, p in trained.items() if p.requires_grad and p.grad is None] == []


def test_a_batch_holds_targets_alone_with_their_depth(make_task):
    made = batch(make_task(flip_probability=0.0))
    for light in (made.day, made.night):
        assert light.images.shape[1] == 1 and light.pose_images is None
        assert (light.depth_m > 0).all(), 'the sky is far'
        assert light.translated is None and light.disparity is None
    torch.testing.assert_close(made.day.depth_factor, made.day.zoom)


def test_a_zoomed_view_of_depth_is_a_part_of_it(make_task):
    plain, zoomed = (batch(make_task(max_zoom=zoom)).day.depth_m for zoom in (1.0, 2.0))
    assert set(np.unique(zoomed[0].numpy())) <= set(np.unique(plain[0].numpy()))


def test_images_without_classes_can_teach_depth_alone(world):
    """Of two recordings one has labels of this name."""
    cache = ['--cache-dir', str(world / 'cache'), '--sheet', str(world / 'some.png')]
    command = ['label', '--bags', str(world / 'day'), *SIZE, *cache, '--teacher', 'truth']
    assert main([*command, '--name', 'some']) == 0
    both = (str(world / 'day'), str(world / 'night'))
    config = data_config(world, bags=both, night_bags=(), pose_topic='none')
    method = dataclasses.replace(METHOD, class_labels='some', real_night=False)
    with pytest.raises(SamplesError, match="'some' .* have not been made"):
        open_day_and_night(config, method, 'cpu', silent)
    method = dataclasses.replace(method, missing_labels='ignore')
    data = open_day_and_night(config, method, 'cpu', silent)
    assert any('teach depth alone' in note for note in data.notes)
    first, last = (data.day.scores(index) for index in (0, len(data.day) - 1))
    assert first.scores.any() and not last.scores.any()
    assert first.scores.shape == last.scores.shape


def test_depth_that_is_nowhere_is_named(world):
    data = open_day_and_night(
        data_config(world, depth_topic='none'), dataclasses.replace(METHOD), 'cpu', silent
    )
    with pytest.raises(SettingsError, match='depth_weight: no training recording has depth'):
        RgbTask(METHOD, RunConfig(batch_size=2, device='cpu'), data)
    values = {'bags': ['a'], 'night_bags': ['b'], 'depth_topic': 'none', 'depth_weight': 1.0}
    with pytest.raises(SettingsError, match='depth_weight: needs depth, but depth_topic is none'):
        task_kind('rgb').build(values)
