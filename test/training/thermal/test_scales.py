# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Views at coarser sizes, and terms that are means over the sizes."""

import dataclasses

import numpy as np
import pytest
import torch

from helpers import exact_scene
from thermal_depth_ros.losses.pairwise import PairwiseOptions, View
from thermal_depth_ros.training.thermal.config import ThermalTrainingConfig
from thermal_depth_ros.training.thermal.objective import ThermalObjective
from thermal_depth_ros.training.thermal.scales import halved_options, halved_view

CONFIG = ThermalTrainingConfig(min_valid_elements=0)


def test_a_coarse_view_holds_means_of_the_image_and_of_inverse_depth():
    image = torch.arange(16.0).reshape(1, 1, 4, 4)
    depth = torch.full((1, 1, 4, 4), 4.0)
    depth[..., :2] = 1.0
    depth[..., 0] = 2.0
    view = halved_view(View(image, depth))
    torch.testing.assert_close(view.image, torch.tensor([[[[2.5, 4.5], [10.5, 12.5]]]]))
    torch.testing.assert_close(view.depth, torch.tensor([[[[4 / 3, 4.0], [4 / 3, 4.0]]]]))


def test_fewer_pixels_are_asked_for():
    options = halved_options(PairwiseOptions(min_valid_elements=1000, alpha=0.5))
    assert (options.min_valid_elements, options.alpha) == (250, 0.5)


def terms(scene, config, factor=1.0, offset=0.0):
    depth = exact_scene.known_depth(scene, 1, factor=factor)
    pose = exact_scene.known_pose(scene, 1, offset=offset)
    with torch.no_grad():
        return ThermalObjective(depth, pose, config)(scene.batch())


@pytest.fixture(scope='module')
def scene():
    return exact_scene.make_scene()


def test_the_truth_is_a_minimum_at_all_sizes_together(scene):
    config = dataclasses.replace(CONFIG, comparison_scales=3)
    best = terms(scene, config).total
    for factor in (0.9, 1.1):
        assert terms(scene, config, factor=factor).total > best
    for direction in range(6):
        offset = np.zeros((4, 6))
        offset[0, direction] = 0.03 if direction < 3 else 0.005
        assert terms(scene, config, offset=offset).total > best
        assert terms(scene, config, offset=-offset).total > best


def test_maps_are_those_of_the_finest_size_and_terms_are_means(scene):
    one = terms(scene, CONFIG, factor=1.1)
    three = terms(scene, dataclasses.replace(CONFIG, comparison_scales=3), factor=1.1)
    assert torch.equal(one.maps.warped, three.maps.warped)
    assert one.terms.reconstruction != three.terms.reconstruction
    torch.testing.assert_close(one.terms.smoothness, three.terms.smoothness)


def test_a_wrong_motion_of_many_pixels_is_felt_at_coarse_sizes(scene):
    """The slope of the loss far from the truth, along a motion that shifts the images."""

    def slope(scales: int) -> float:
        config = dataclasses.replace(CONFIG, comparison_scales=scales, auto_mask=False)
        offsets = np.zeros((2, 4, 6))
        offsets[0, :, 0], offsets[1, :, 0] = 0.5, 0.6
        near, far = (terms(scene, config, offset=one).terms.reconstruction for one in offsets)
        return float(far - near)

    assert slope(4) > slope(1)
