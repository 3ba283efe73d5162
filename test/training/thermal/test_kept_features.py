# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Features of a frozen backbone: kept where images are always the same, and never stale."""

import copy
import dataclasses

import pytest
import torch

from thermal_depth_ros.samples import DataConfig, open_samples
from thermal_depth_ros.training.engine.accelerator import make_accelerator
from thermal_depth_ros.training.engine.config import RunConfig
from thermal_depth_ros.training.engine.task import SampleKey
from thermal_depth_ros.training.thermal.config import ThermalTrainingConfig
from thermal_depth_ros.training.thermal.kept import FeaturePlan
from thermal_depth_ros.training.thermal.task import ThermalTask
from thermal_depth_ros.training.video.kept_features import why_too_large

METHOD = ThermalTrainingConfig(
    architecture='tiny',
    stage1_epochs=2,
    stage2_epochs=1,
    freeze_random_backbone=True,
    min_valid_elements=0,
    learning_rate=1e-3,
    pose_source='odometry',
    max_zoom=1.0,
)
OFF = {'keep_features_gb': 0.0}


@pytest.fixture(scope='module')
def samples(small_drive, tmp_path_factory):
    cache = str(tmp_path_factory.mktemp('samples'))
    size = {'width': 80, 'height': 64, 'frame_interval': 1}
    return open_samples(DataConfig(bags=(str(small_drive),), cache_dir=cache, **size))


@pytest.fixture
def make_task(samples, tmp_path):
    def make(entered=1, precision='fp32', **values):
        output = str(tmp_path / 'out')
        run = RunConfig(batch_size=2, device='cpu', seed=3, output=output, precision=precision)
        task = ThermalTask(dataclasses.replace(METHOD, **values), run, samples)
        accelerator = make_accelerator(run)
        for stage in task.stages[:entered]:
            task.enter(stage, accelerator)
        task.passes = []
        task._start.depth.backbone.register_forward_hook(
            lambda module, inputs, taps: task.passes.append(len(inputs[0]))
        )
        return task

    return make


def losses(task, epochs=(0, 1, 2), indices=(1, 4)):
    """Return the losses of steps, in some of which the images are mirrored."""
    batches = [task.load([SampleKey(index, epoch, 3) for index in indices]) for epoch in epochs]
    return [float(task.step(batch).losses['total']) for batch in batches]


@pytest.mark.parametrize('precision', ['fp32', 'bf16'])
def test_losses_are_those_of_features_computed_in_every_step(make_task, precision):
    plain, kept = make_task(precision=precision, **OFF), make_task(precision=precision)
    expected, found = losses(plain), losses(kept)
    # Matrix products of one image round otherwise than those of six.
    assert found == pytest.approx(expected, rel=1e-5 if precision == 'fp32' else 2e-2)
    assert plain.passes == [6, 6, 6]
    batches = [kept.load([SampleKey(index, epoch, 3) for index in (1, 4)]) for epoch in range(3)]
    seen = {entry for batch in batches for entry in batch.entries.flatten().tolist()}
    assert {entry % 2 for entry in seen} == {0, 1}, 'as they are, and mirrored'
    assert kept.passes == [1] * len(seen), 'each is computed once'


def test_features_that_are_read_are_those_that_were_computed(make_task):
    """A run that is resumed computes them again, beside other images."""
    task, other = make_task(), make_task()
    losses(other, indices=(4, 2))
    other._objective.load_state_dict(task._objective.state_dict())  # the backbone is the same
    batch = task.load([SampleKey(index, 0, 3) for index in (1, 4)])
    with torch.no_grad():
        found = [made._objective._depths(batch) for made in (task, task, other, other)]
    assert all(torch.equal(depths, found[0]) for depths in found)


def test_features_of_other_weights_are_never_used(make_task):
    task = make_task()
    losses(task)
    state = copy.deepcopy(task.state())
    for name, value in state['networks'].items():
        if name.startswith('depth.backbone.vit.blocks'):
            value *= 1.5
    task.load_state(state)
    plain = make_task(**OFF)
    plain.load_state(copy.deepcopy(state))
    assert losses(task) == pytest.approx(losses(plain), rel=1e-5)
    first, second = make_task(entered=1), make_task(entered=2)
    assert first._objective.kept is not None and second._objective.kept is None, 'adapters'


@pytest.mark.parametrize(
    ('values', 'reason'),
    [
        ({'max_zoom': 1.2}, 'max_zoom is 1.2'),
        ({'defocus_px': 1.0}, 'random cameras'),
        ({'stage1_epochs': 1}, 'seen once'),
        (OFF, 'keep_features_gb is 0'),
        ({'keep_features_gb': 1e-6}, 'GB, more than keep_features_gb 1e-06'),
    ],
)
def test_it_is_told_once_why_none_are_kept(make_task, values, reason):
    task = make_task(**values)
    notes = [note for note in task.notes if 'frozen backbone' in note]
    assert len(notes) == 1 and 'not kept' in notes[0] and reason in notes[0]
    losses(task, epochs=(0, 1))
    assert task.passes == [6, 6]


def test_what_is_kept_is_told_and_leaves_nothing_behind(make_task, tmp_path):
    task = make_task()
    assert any('are kept: ' in note and 'images' in note for note in task.notes)
    assert list((tmp_path / 'out').iterdir()) == [], 'the file has no name'
    trained = make_task(stage1_backbone='trained', variant='no_stage2')
    assert not any('frozen backbone' in note for note in trained.notes)


def test_a_backbone_that_drops_at_random_is_not_kept(make_task):
    task = make_task()
    depth = task._start.depth
    arguments = METHOD, task._run, task.stages, depth, (64, 80), 4
    assert FeaturePlan.make(*arguments).kept
    next(m for m in depth.backbone.modules() if isinstance(m, torch.nn.Dropout)).p = 0.1
    assert 'at random' in FeaturePlan.make(*arguments).note


def test_a_file_leaves_room_on_the_disk(tmp_path):
    assert why_too_large(tmp_path, 1000, 1.0) == ''
    assert 'are free in' in why_too_large(tmp_path, 10**18, 1e12)
