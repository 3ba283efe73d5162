# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""The temperature that a validation finds for a network whose logits are too large."""

import numpy as np
import pytest
import torch
from torch import nn

from thermal_depth_ros.evaluation.truth.labels import LabelMap
from thermal_depth_ros.networks.depthseg import DepthSegOutput
from thermal_depth_ros.samples.sample_set import Frame
from thermal_depth_ros.training.rgb.data import ValidationSet
from thermal_depth_ros.training.rgb.validation import RgbValidation

NAMES = ('road', 'car', 'sky')
SIZE = (16, 20)
CPU = torch.device('cpu')


class FakeSamples:
    """Images whose red tells the class that is likely."""

    def __init__(self, count=6):
        rng = np.random.default_rng(2)
        self.likely = rng.integers(0, 3, (count, *SIZE))
        wrong = rng.random(self.likely.shape) < 0.25
        self.true = np.where(wrong, (self.likely + 1) % 3, self.likely).astype(np.uint8)
        self.true[:, :2] = 255
        self.frame_count = count

    def frame(self, index):
        image = np.zeros((*SIZE, 3), np.uint8)
        image[..., 0] = self.likely[index]
        return Frame(image, np.eye(3), index, f'frame {index}')

    def frame_place(self, index):
        return 0, index

    def row(self, index):
        return self.true[index]


class TooSure(nn.Module):
    """Logits that give the likely class 0.75 and the next 0.25, times a factor."""

    n_classes = 3

    def __init__(self, factor):
        super().__init__()
        self.factor = factor

    def forward(self, images, depth_scales, class_scales):
        likely = (images[:, 0] * 255).round().long()
        share = torch.full((len(images), 3, *SIZE), 1e-6)
        share.scatter_(1, likely[:, None], 0.75)
        share.scatter_(1, ((likely + 1) % 3)[:, None], 0.25)
        logits = (self.factor * share.log(),)
        return DepthSegOutput(disparities=(), logits=logits, light_map=images, enhanced=images)


def validation(samples, labels):
    sets = {'day': ValidationSet(samples, labels)}
    return RgbValidation(sets, LabelMap(NAMES), (0.1, 100.0), 'nuscenes', 0, canonical_px=1.0)


@pytest.mark.parametrize('factor', [1.0, 3.0])
def test_it_undoes_the_factor(factor):
    samples = FakeSamples()
    found = validation(samples, (samples,)).temperature(TooSure(factor), CPU)
    assert found == pytest.approx(factor, rel=0.1)


def test_without_true_classes_there_is_none():
    assert validation(FakeSamples(), (None,)).temperature(TooSure(1.0), CPU) is None
