# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Samples with near neighbours learn from comparing views, the others from true depth."""

import dataclasses

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from helpers.day_and_night import LABELS_ALONE, data_config, make_batch, silent
from thermal_depth_ros.base.settings import SettingsError
from thermal_depth_ros.losses.measured_depth import measured_depth_loss
from thermal_depth_ros.losses.reprojection import ReprojectionOptions, Source, reprojection_loss
from thermal_depth_ros.networks.depthseg import DepthSegOutput
from thermal_depth_ros.samples.sample_set import SampleSet, Triplet
from thermal_depth_ros.training.engine.config import RunConfig
from thermal_depth_ros.training.engine.task import SampleKey
from thermal_depth_ros.training.registry import task_kind
from thermal_depth_ros.training.rgb.batch import Augmentation, LightBatch, RgbBatch, are_near
from thermal_depth_ros.training.rgb.config import RgbTrainingConfig
from thermal_depth_ros.training.rgb.data import open_day_and_night
from thermal_depth_ros.training.rgb.monocular_config import DepthTeacherConfig
from thermal_depth_ros.training.rgb.monocular_objective import MonocularObjective
from thermal_depth_ros.training.rgb.task import RgbTask

H, W = 32, 48
SETTINGS = {
    'compare_within_m': 0.5,
    'depth_weight': 1.0,
    'pose_source': 'odometry',
    'pose_weight': 0.0,
}
NEAR_AND_FAR, BOTH_NEAR, NONE_NEAR = [True, False], [True, True], [False, False]


class FreeMaps(torch.nn.Module):
    """A network whose outputs are its weights: a map of each scale for each image."""

    n_classes = 0

    def __init__(self, count):
        super().__init__()
        random = torch.Generator().manual_seed(7)
        self.maps = torch.nn.ParameterList(
            0.02 + 0.05 * torch.rand(count, 1, H >> s, W >> s, generator=random) for s in range(4)
        )

    def forward(self, image, depth_scales, class_scales):
        return DepthSegOutput(tuple(self.maps)[:depth_scales], (), torch.zeros_like(image), image)


def day_batch(compared):
    """Return two samples whose neighbours are 0.1 m to both sides, with true depth if far."""
    random = torch.Generator().manual_seed(3)
    images = torch.rand(2, 3, 3, H, W, generator=random)
    T = torch.eye(4).repeat(2, 2, 1, 1)
    T[:, :, 0, 3] = torch.tensor([0.1, -0.1])
    known = ~torch.tensor(compared)
    day = LightBatch(
        images=images,
        target=images[:, 0],
        K=torch.tensor([[40.0, 0, 23.5], [0, 40.0, 15.5], [0, 0, 1]]).repeat(2, 1, 1),
        T=T,
        zoom=torch.ones(2),
        focal_ratio=torch.ones(2),
        depth_m=3.0 * known[:, None, None, None] * torch.ones(2, 1, H, W),
        compared=torch.tensor(compared),
    )
    return RgbBatch(day)


def losses(batch, **settings):
    """Return the terms for a batch and, by term, which images a map of each scale has to follow."""
    config = DepthTeacherConfig(auto_mask=False, **{**SETTINGS, **settings})
    made = MonocularObjective(FreeMaps(2), torch.nn.Identity(), config)
    terms = made(batch).terms
    follows = {}
    for name in ('day', 'depth_day'):
        maps = list(made.network.maps)
        found = torch.autograd.grad(
            getattr(terms, name), maps, retain_graph=True, allow_unused=True
        )
        follows[name] = [
            None if gradient is None else gradient.flatten(1).any(1).tolist() for gradient in found
        ]
    return terms, follows


def test_near_samples_follow_views_at_all_scales_and_the_others_true_depth():
    _, follows = losses(day_batch(NEAR_AND_FAR))
    assert follows['day'] == [[True, False]] * 4
    assert follows['depth_day'] == [[False, True], None, None, None]


def test_every_sample_of_a_batch_has_the_same_weight():
    """Each near sample is the mean of its own loss; the others count as 0."""
    options = ReprojectionOptions(auto_mask=False)
    batch = day_batch(NEAR_AND_FAR).day
    alone = []
    for row in (slice(0, 1), slice(1, 2)):
        images, T = batch.images[row], batch.T[row]
        sources = [Source(images[:, 1 + side], T[:, side]) for side in (0, 1)]
        maps = [values[row] for values in FreeMaps(2).maps]
        alone.append(reprojection_loss(images[:, 0], sources, maps, batch.K[row], options).total)
    one, _ = losses(day_batch(NEAR_AND_FAR))
    torch.testing.assert_close(one.day, alone[0] / 2)
    both, _ = losses(day_batch(BOTH_NEAR))
    torch.testing.assert_close(both.day, (alone[0] + alone[1]) / 2)
    everything, _ = losses(
        RgbBatch(dataclasses.replace(batch, compared=None)), compare_within_m=0.0
    )
    torch.testing.assert_close(both.day, everything.day)


def test_without_a_near_sample_all_scales_still_have_a_gradient():
    """It is 0: processes average their gradients, and wait for all of them."""
    terms, follows = losses(day_batch(NONE_NEAR))
    assert terms.day.item() == 0.0 and terms.depth_day > 0
    assert follows['day'] == [[False, False]] * 4


def triplet(*sideways_m):
    T = np.tile(np.eye(4), (2, 1, 1))
    T[:, 0, 3] = sideways_m
    nothing = np.zeros((3, H, W, 3), np.uint8)
    return Triplet(nothing, np.eye(3), (1, 0, 2), T, None, 'here')


@pytest.mark.parametrize(
    ('sideways_m', 'near'),
    [
        ((0.1, -0.1), True),
        ((0.1, -0.6), False),
        ((-0.6, 0.1), False),
        ((0.0, 0.1), True),
        ((0.0, 0.001), False),
    ],
)
def test_near_is_within_the_limit_on_both_sides_and_not_at_a_standstill(sideways_m, near):
    assert are_near(triplet(*sideways_m), 0.5) is near


METHOD = RgbTrainingConfig(
    **LABELS_ALONE,
    segmentation_scales='finest',
    **SETTINGS,
)


@pytest.fixture
def moving(monkeypatch):
    """Let the camera of all recordings, which stands still, move by 0.1 m an image."""
    read = SampleSet.triplet

    def moved(samples, index):
        return dataclasses.replace(
            read(samples, index), T_target_source=triplet(0.1, -0.1).T_target_source
        )

    monkeypatch.setattr(SampleSet, 'triplet', moved)


@pytest.mark.usefixtures('moving')
@pytest.mark.parametrize('within_m', [0.05, 0.5])
def test_a_training_step_reads_every_weight_and_loads_neighbours_by_day_alone(world, within_m):
    from accelerate import Accelerator

    method = dataclasses.replace(METHOD, compare_within_m=within_m)
    data = open_day_and_night(data_config(world), method, 'cpu', silent)
    task = RgbTask(method, RunConfig(batch_size=2, device='cpu'), data)
    task.enter(task.stages[0], Accelerator(cpu=True))
    batch = task.load([SampleKey(index, 0, 3) for index in (0, 1)])
    near = within_m > 0.1
    assert batch.day.compared.tolist() == [near, near]
    assert batch.day.depth_m.any().item() is not near
    assert batch.day.images.shape[1] == 3
    assert batch.night.images.shape[1] == 1 and batch.night.compared is None
    assert batch.night.depth_m.any()
    found = task.step(batch).losses
    assert (found['day'] > 0, found['depth_day'] > 0) == (near, not near)
    assert 'night' not in found and found['depth_night'] > 0
    trained = dict(task._objective.named_parameters())
    assert [n for n, p in trained.items() if p.requires_grad and p.grad is None] == []


@pytest.mark.usefixtures('moving')
def test_distances_are_measured_only_where_views_are_compared(data):
    plain = Augmentation(max_zoom=1.0, flip_probability=0.0, jitter_probability=0.0)
    assert make_batch(data, plain).day.compared is None
    limited = dataclasses.replace(plain, neighbours_by_night=False, compare_within_m=0.5)
    batch = make_batch(data, limited)
    assert batch.day.compared.all() and batch.night.compared is None


def test_outputs_of_the_coarser_scales_may_learn_true_depth_alone():
    near, _ = losses(day_batch(NONE_NEAR))
    settings = {'depth_scales': 'coarser', 'compare_within_m': 0.0, 'day_weight': 0.0}
    whole = {'start_architecture': 'bundle', 'start_bundle': 'given'}
    batch = RgbBatch(dataclasses.replace(day_batch(NONE_NEAR).day, compared=None))
    config = DepthTeacherConfig(**{**SETTINGS, **settings, **whole})
    assert config.problems() == []
    objective = MonocularObjective(FreeMaps(2), torch.nn.Identity(), config)
    terms, maps = objective(batch).terms, list(objective.network.maps)
    finest, *coarser = torch.autograd.grad(terms.depth_day, maps, allow_unused=True)
    assert finest is None and all(gradient.flatten(1).any(1).all() for gradient in coarser)
    expected = [
        measured_depth_loss(
            objective.depths(F.interpolate(values, (H, W), mode='bilinear')), batch.day.depth_m
        )
        for values in maps[1:]
    ]
    torch.testing.assert_close(terms.depth_day, sum(expected) / 3)
    assert not torch.allclose(terms.depth_day, near.depth_day)


@pytest.mark.parametrize(
    ('changes', 'words'),
    [
        ({'depth_weight': 0.0}, 'coarser learns nothing with depth_weight 0'),
        ({}, 'coarser needs start_architecture bundle'),
        ({'day_weight': 1.0}, 'coarser needs day_weight 0 and pose_weight 0'),
    ],
)
def test_contradictions_of_coarser_scales_are_named(changes, words):
    plain = {'depth_weight': 1.0, 'day_weight': 0.0, 'pose_weight': 0.0}
    with pytest.raises(SettingsError, match=f'depth_scales: {words}'):
        task_kind('depth_teacher').build(
            {'bags': ('a',), 'depth_scales': 'coarser', **plain, **changes}
        )


@pytest.mark.parametrize(
    ('changes', 'words'),
    [
        ({'pose_source': 'network'}, 'needs the distances of pose_source odometry, not network'),
        ({'day_weight': 0.0}, 'near samples learn nothing with day_weight 0'),
        ({'depth_weight': 0.0}, 'the other samples learn nothing with depth_weight 0'),
    ],
)
def test_contradictions_are_named(changes, words):
    with pytest.raises(SettingsError, match=f'compare_within_m: {words}'):
        task_kind('depth_teacher').build({'bags': ('a',), **SETTINGS, **changes})
