# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Depth teachers: bundles of every RGB form, at any image size."""

import pytest
import torch
import torch.nn.functional as F

from thermal_depth_ros.bundles import BundleError, load_bundle
from thermal_depth_ros.inference.depth_teacher import DepthTeacher

CPU = torch.device('cpu')


@pytest.mark.parametrize('fixture', ['depth_bundle', 'tiny_rgb_bundle'])
def test_disparity_is_that_of_the_network(request, fixture):
    bundle = request.getfixturevalue(fixture)
    image = torch.rand(2, 3, 64, 96)
    with torch.inference_mode():
        sigma = load_bundle(bundle).networks['depthseg'](image).disparities[0]
    teacher = DepthTeacher(bundle, CPU)
    assert teacher.depth_range == (0.1, 100.0)
    torch.testing.assert_close(teacher.disparity(image), 0.01 + (10 - 0.01) * sigma)


def test_images_of_another_size_get_their_own_size_back(depth_bundle):
    image = torch.rand(1, 3, 64, 96)
    teacher = DepthTeacher(depth_bundle, CPU)
    large = F.interpolate(image, (128, 192), mode='nearest')
    found = teacher.disparity(large)
    assert found.shape == (1, 1, 128, 192)
    small = teacher.disparity(image)
    wanted = F.interpolate(small, (128, 192), mode='bilinear', align_corners=False)
    torch.testing.assert_close(found, wanted)


def test_a_thermal_bundle_cannot_teach(tiny_thermal_bundle):
    with pytest.raises(BundleError, match="kind is 'thermal'"):
        DepthTeacher(tiny_thermal_bundle, CPU)
