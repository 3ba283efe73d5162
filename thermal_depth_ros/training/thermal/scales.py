# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Views of a triplet at coarser sizes, on which the motion between them is shorter."""

import dataclasses
from collections.abc import Sequence

import torch
import torch.nn.functional as F

from thermal_depth_ros.losses.pairwise import PairwiseLoss, PairwiseOptions, View


def coarser_view(view: View, factor: int) -> View:
    """Average the image and the inverse depth of squares of `factor` pixels."""
    inverse = F.avg_pool2d(1.0 / view.depth, factor)
    return View(F.avg_pool2d(view.image, factor), 1.0 / inverse)


def coarser_matrix(K: torch.Tensor, factor: int) -> torch.Tensor:
    """Return the camera matrices (B, 3, 3) of such images; pixel centres are at whole numbers."""
    offset = K.new_tensor([0.5 - 0.5 / factor, 0.5 - 0.5 / factor, 0.0])
    scale = K.new_tensor([1.0 / factor, 1.0 / factor, 1.0])
    scaled = K * scale[:, None]
    return torch.cat([scaled[..., :2], (scaled[..., 2] - offset)[..., None]], -1)


def coarser_options(options: PairwiseOptions, factor: int) -> PairwiseOptions:
    """Ask for fewer valid pixels, as there are fewer."""
    fewest = options.min_valid_elements // factor**2
    return dataclasses.replace(options, min_valid_elements=fewest)


def mean_of_scales(scales: Sequence[PairwiseLoss]) -> PairwiseLoss:
    """Average the terms over all sizes; the maps are those of the first."""
    return dataclasses.replace(
        scales[0],
        reconstruction=torch.stack([scale.reconstruction for scale in scales]).mean(),
        geometry=torch.stack([scale.geometry for scale in scales]).mean(),
    )
