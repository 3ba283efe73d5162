# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Views of a triplet at coarser sizes, on which the motion between them is shorter."""

import dataclasses
from collections.abc import Sequence

import torch
import torch.nn.functional as F

from thermal_depth_ros.losses.pairwise import PairwiseLoss, PairwiseOptions, View


def halved_view(view: View) -> View:
    """Average the image and the inverse depth of squares of two pixels."""
    size = [length // 2 for length in view.image.shape[-2:]]
    inverse = F.interpolate(1.0 / view.depth, size, mode='area')
    return View(F.interpolate(view.image, size, mode='area'), 1.0 / inverse)


def halved_options(options: PairwiseOptions) -> PairwiseOptions:
    """Ask for fewer valid pixels, as there are fewer."""
    fewest = options.min_valid_elements // 4
    return dataclasses.replace(options, min_valid_elements=fewest)


def mean_of_scales(scales: Sequence[PairwiseLoss]) -> PairwiseLoss:
    """Average the terms over all sizes; the maps are those of the first."""
    return dataclasses.replace(
        scales[0],
        reconstruction=torch.stack([scale.reconstruction for scale in scales]).mean(),
        geometry=torch.stack([scale.geometry for scale in scales]).mean(),
    )
