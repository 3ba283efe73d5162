# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Reconstruction from the best neighbour: what one neighbour hides, the other shows."""

import numpy as np
import pytest
import torch

from helpers import exact_scene
from thermal_depth_ros.losses.pairwise import PairwiseOptions, View, pairwise_loss
from thermal_depth_ros.training.thermal.min_reprojection import min_reprojection_loss

PLAIN = PairwiseOptions(self_discovered_mask=False, auto_mask=False, min_valid_elements=0)
# Sideways both ways, so that each neighbour sees behind another side of the pillar.
SIDEWAYS = ((0.5, 0.0, 0.1, 0.0, -0.05, 0.0), (-0.5, 0.0, 0.1, 0.0, 0.05, 0.0))


def views_of(scene):
    batch = scene.batch()
    depths = torch.from_numpy(scene.depth_m).float()[:, None, None]
    views = [View(batch.loss_image[:, i], depths[i]) for i in range(3)]
    return views[0], views[1:], batch.T, batch.K


@pytest.fixture(scope='module')
def hidden():
    """A scene with a pillar before the wall."""
    return views_of(exact_scene.make_scene(pillar=True, motions=SIDEWAYS))


def alone(given, options):
    target, sources, T, K = given
    return [pairwise_loss(target, s, T[:, i], K, options) for i, s in enumerate(sources)]


def test_what_one_neighbour_hides_the_other_shows(hidden):
    best = min_reprojection_loss(*hidden, PLAIN)
    each = alone(hidden, PLAIN)
    assert best.reconstruction < 0.3 * min(loss.reconstruction for loss in each)
    assert best.geometry < 0.3 * min(loss.geometry for loss in each)
    wrong = [((loss.weighted_error > 0.2) & loss.mask).sum().item() for loss in each]
    assert min(wrong) > 100, 'each neighbour alone has hidden pixels'
    assert ((best.weighted_error > 0.2) & best.mask).sum() < 0.4 * min(wrong)


def test_each_pixel_takes_the_smaller_error_of_those_that_see_it(hidden):
    best, (first, second) = min_reprojection_loss(*hidden, PLAIN), alone(hidden, PLAIN)
    nothing = torch.full_like(first.weighted_error, torch.inf)
    errors = [torch.where(loss.mask, loss.weighted_error, nothing) for loss in (first, second)]
    expected = torch.minimum(*errors)
    assert torch.equal(best.mask, first.mask | second.mask)
    torch.testing.assert_close(best.weighted_error[best.mask], expected[best.mask])
    chosen = best.mask & (errors[1] < errors[0])
    torch.testing.assert_close(best.warped[chosen], second.warped[chosen])
    torch.testing.assert_close(best.depth_difference[chosen], second.depth_difference[chosen])
    assert best.reconstruction.item() == pytest.approx(expected[best.mask].mean().item(), rel=1e-5)


def test_self_weight_does_not_decide_which_source_is_best(hidden):
    """A hidden pixel has depths that disagree; weighed first, its error would seem small."""
    weighing = PairwiseOptions(self_discovered_mask=True, auto_mask=False, min_valid_elements=0)
    plain, weighed = min_reprojection_loss(*hidden, PLAIN), min_reprojection_loss(*hidden, weighing)
    assert torch.equal(weighed.warped, plain.warped)
    torch.testing.assert_close(
        weighed.weighted_error[plain.mask],
        (plain.weighted_error * (1 - plain.depth_difference))[plain.mask],
    )


def test_pixels_that_look_better_without_motion_are_left_out(hidden):
    target, sources, T, K = hidden
    masking = PairwiseOptions(self_discovered_mask=False, auto_mask=True, min_valid_elements=0)
    still = [View(target.image, source.depth) for source in sources]
    assert min_reprojection_loss(target, still, T, K, masking).mask.sum() == 0
    moved = min_reprojection_loss(target, sources, T, K, masking)
    one_still = min_reprojection_loss(target, [sources[0], still[1]], T, K, masking)
    assert moved.mask.float().mean() > 0.8
    assert one_still.mask.sum() == 0, 'any unmoved source counts'


def test_pixels_that_no_source_shows_are_left_out(hidden):
    target, sources, T, K = hidden
    behind = T.clone()
    behind[:, :, 2, 3] = -100.0
    depth = target.depth.clone().requires_grad_()
    loss = min_reprojection_loss(View(target.image, depth), sources, behind, K, PLAIN)
    assert not loss.mask.any()
    assert loss.reconstruction == 0 and loss.geometry == 0
    (loss.reconstruction + loss.geometry).backward()
    assert (depth.grad == 0).all()


def test_the_true_depth_is_a_minimum():
    target, sources, T, K = views_of(exact_scene.make_scene())
    losses = [
        min_reprojection_loss(
            View(target.image, target.depth * f), sources, T, K, PLAIN
        ).reconstruction
        for f in (0.9, 0.97, 1.0, 1.03, 1.1)
    ]
    assert int(np.argmin(losses)) == 2
