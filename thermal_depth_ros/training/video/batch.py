# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Geometry of batches of triplets."""

import dataclasses

import numpy as np
import torch

from thermal_depth_ros.samples.sample_set import Triplet
from thermal_depth_ros.training.engine.batch import TensorBatch
from thermal_depth_ros.training.video.augmentation import (
    View,
    apply_to_intrinsics,
    apply_to_motions,
)


@dataclasses.dataclass(frozen=True)
class TripletBatch(TensorBatch):
    """B triplets as the augmentation shows them.

    Attributes:
        K: (B, 3, 3).
        T: (B, 2, 4, 4) target to sources in metres, identity where not known.
        zoom: (B,) enlargement by the augmentation. An enlarged image looks as if everything were
            nearer: a metric depth that a network predicts must be multiplied by it.
    """

    K: torch.Tensor
    T: torch.Tensor
    zoom: torch.Tensor


def geometry(view: View, triplet: Triplet) -> TripletBatch:
    """Return K (3, 3), T (2, 4, 4) and zoom () of one triplet seen through the view."""
    height, width = triplet.images.shape[1:3]
    K = apply_to_intrinsics(view, triplet.K, height, width)
    T = np.tile(np.eye(4), (2, 1, 1))
    if triplet.T_target_source is not None:
        T = apply_to_motions(view, triplet.T_target_source)
    return TripletBatch(
        K=torch.from_numpy(K).float(),
        T=torch.from_numpy(np.ascontiguousarray(T)).float(),
        zoom=torch.tensor(np.sqrt(np.linalg.det(K) / np.linalg.det(triplet.K))).float(),
    )
