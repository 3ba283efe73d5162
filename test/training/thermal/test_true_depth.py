# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Thermal training on the depth of its recordings, without any comparison of views."""

import dataclasses

import numpy as np
import pytest
import torch

from thermal_depth_ros.base.settings import SettingsError
from thermal_depth_ros.bundles import read_spec
from thermal_depth_ros.geometry.focal import mean_focal_px
from thermal_depth_ros.samples.config import DataConfig
from thermal_depth_ros.samples.opening import open_samples
from thermal_depth_ros.training.engine.accelerator import make_accelerator
from thermal_depth_ros.training.engine.config import RunConfig
from thermal_depth_ros.training.engine.task import SampleKey
from thermal_depth_ros.training.thermal.config import ThermalTrainingConfig
from thermal_depth_ros.training.thermal.task import ThermalTask

H, W = 64, 80
RUN = RunConfig(batch_size=2, device='cpu', threads=1, seed=3, precision='fp32')
METHOD = ThermalTrainingConfig(
    architecture='tiny',
    freeze_random_backbone=True,
    stage1_epochs=1,
    stage2_epochs=0,
    stage1_backbone='trained',
    min_valid_elements=0,
    learning_rate=1e-3,
    max_zoom=1.0,
    pose_source='odometry',
    pose_weight=0.0,
    depth_weight=1.0,
    reconstruction_weight=0.0,
    geometry_weight=0.0,
    smoothness_weight=0.0,
    start_depth=8.0,
)


@pytest.fixture(scope='module')
def open_drive(small_drive, tmp_path_factory):
    cache = tmp_path_factory.mktemp('samples')

    def make(train_depth=True):
        config = DataConfig(
            bags=(str(small_drive),),
            width=W,
            height=H,
            frame_interval=1,
            pose_topic='none',
            twist_topic='none',
            cache_dir=str(cache),
        )
        return open_samples(config, train_depth=train_depth)

    return make


@pytest.fixture
def make_task(open_drive):
    from accelerate.state import AcceleratorState, GradientState

    def make(run=RUN, **values):
        task = ThermalTask(dataclasses.replace(METHOD, **values), run, open_drive())
        task.enter(task.stages[0], make_accelerator(run, task.suits_bf16))
        return task

    yield make
    AcceleratorState._reset_state(True)
    GradientState._reset_state()


def batch(task):
    return task.load([SampleKey(index, 0, 3) for index in (1, 4)])


def test_it_learns_from_depth_alone_and_says_so(make_task, tmp_path):
    task = make_task()
    losses = [task.step(batch(task)).losses for _ in range(8)]
    assert set(losses[0]) == {'total', 'depth'}
    assert losses[-1]['depth'] < 0.9 * losses[0]['depth']
    spec = read_spec(task.export(tmp_path / 'bundle', {}))
    assert spec.scale.metric and spec.scale.source == 'depth of the recordings in training'


def test_bf16_learns_the_same(make_task):
    followed = []
    for precision in ('fp32', 'bf16'):
        task = make_task(dataclasses.replace(RUN, precision=precision))
        assert task.suits_bf16, 'no loss compares views'
        followed.append([float(task.step(batch(task)).losses['total']) for _ in range(4)])
        assert all(p.dtype == torch.float32 for p in task._objective.parameters())
    assert followed[0] != followed[1], 'the second one computes in bf16'
    assert followed[1] == pytest.approx(followed[0], rel=0.05)


def test_views_are_compared_in_full_precision(make_task):
    assert not make_task(pose_source='network', reconstruction_weight=1.0).suits_bf16
    assert not make_task(pose_source='network').suits_bf16, 'the pose network learns'


def test_a_batch_holds_the_target_alone_and_its_depth(make_task, open_drive):
    made, train = batch(make_task(flip_probability=1.0)), open_drive().train
    assert made.image.shape == (2, 1, 1, H, W) and made.loss_image is None
    truth = train.target_depth_m(1)
    rows = ((np.arange(H) + 0.5) * truth.shape[0] / H).astype(int)
    columns = ((np.arange(W) + 0.5) * truth.shape[1] / W).astype(int)
    expected = truth[rows][:, columns][:, ::-1]
    known = made.depth_m[0, 0].numpy()
    assert (truth < 0).any(), 'there is sky'
    assert (known == METHOD.far_depth_m)[expected < 0].all()
    np.testing.assert_array_equal(known[expected > 0], expected[expected > 0])


def test_without_a_far_depth_the_sky_is_unknown(make_task):
    known = batch(make_task(far_depth_m=0.0)).depth_m
    assert (known == 0).any() and known.max() < 1e3


def test_depth_is_compared_in_metres_of_the_camera(make_task):
    """A camera of twice the canonical focal length: the network has to say half of the depth."""
    task = make_task()
    made, objective = batch(task), task._objective.eval()
    with torch.no_grad():
        twice = dataclasses.replace(made, focal_ratio=torch.full((2,), 2.0))
        fits = dataclasses.replace(twice, depth_m=2.0 * objective._depths(made)[:, 0])
        assert float(objective(fits).terms.depth) == pytest.approx(0.0, abs=1e-6)
        assert float(objective(twice).terms.depth) > 0.1


def test_the_first_recording_has_the_canonical_camera(make_task, open_drive, tmp_path):
    task, camera = make_task(), open_drive().camera
    assert batch(task).focal_ratio.tolist() == [1.0, 1.0]
    spec = read_spec(task.export(tmp_path / 'bundle', {}))
    assert spec.canonical_focal_px == pytest.approx(mean_focal_px(camera.K))


def test_a_start_bundle_keeps_its_canonical_camera(make_task, open_drive, tmp_path):
    from thermal_depth_ros.bundles.store import copy_bundle

    first = make_task().export(tmp_path / 'first', {})
    focal_px = mean_focal_px(open_drive().camera.K) / 3.0
    changed = dataclasses.replace(read_spec(first), canonical_focal_px=focal_px)
    copy_bundle(first, changed, tmp_path / 'wide')
    ratio = batch(make_task(start_bundle=str(tmp_path / 'wide'))).focal_ratio
    torch.testing.assert_close(ratio, torch.full((2,), 3.0))


def test_recordings_without_depth_are_refused(open_drive):
    with pytest.raises(SettingsError, match='depth_weight: no training recording has depth'):
        ThermalTask(METHOD, RUN, open_drive(train_depth=False))
