# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Geometry of batches of triplets."""

import dataclasses

import cv2
import numpy as np
import torch

from thermal_depth_ros.geometry.focal import mean_focal_px
from thermal_depth_ros.samples.sample_set import SampleSet, Triplet
from thermal_depth_ros.training.engine.batch import TensorBatch
from thermal_depth_ros.training.video.augmentation import (
    View,
    apply_to_intrinsics,
    apply_to_labels,
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
        focal_ratio: (B,) focal length of the camera relative to the canonical one, which works like
            an enlargement.
    """

    K: torch.Tensor
    T: torch.Tensor
    zoom: torch.Tensor
    focal_ratio: torch.Tensor

    @property
    def depth_factor(self) -> torch.Tensor:
        """Metres (B,) per metre that a network predicts for its canonical camera."""
        return self.zoom * self.focal_ratio


def geometry(view: View, triplet: Triplet, canonical_px: float) -> TripletBatch:
    """Return K (3, 3), T (2, 4, 4), zoom () and focal_ratio () of a triplet seen through the view.

    Args:
        view: What the augmentation shows.
        triplet: The triplet.
        canonical_px: Focal length of the camera for which networks predict metres.
    """
    height, width = triplet.images.shape[1:3]
    K = apply_to_intrinsics(view, triplet.K, height, width)
    T = np.tile(np.eye(4), (2, 1, 1))
    if triplet.T_target_source is not None:
        T = apply_to_motions(view, triplet.T_target_source)
    return TripletBatch(
        K=torch.from_numpy(K).float(),
        T=torch.from_numpy(np.ascontiguousarray(T)).float(),
        zoom=torch.tensor(np.sqrt(np.linalg.det(K) / np.linalg.det(triplet.K))).float(),
        focal_ratio=torch.tensor(mean_focal_px(triplet.K) / canonical_px).float(),
    )


def target_depth(
    samples: SampleSet, index: int, view: View, size: tuple[int, int], far_m: float
) -> torch.Tensor:
    """Return the true depth (1, H, W) m of a target seen through the view, 0 where unknown.

    Args:
        samples: Samples with true depth.
        index: Index of the triplet.
        view: What the augmentation shows.
        size: Height and width of the samples.
        far_m: Depth of pixels that are too far to measure; 0 if it is unknown.
    """
    depth_m = samples.target_depth_m(index)
    if depth_m is None:
        return torch.zeros(1, *size)
    if depth_m.shape != size:
        depth_m = cv2.resize(depth_m, size[::-1], interpolation=cv2.INTER_NEAREST_EXACT)
    depth_m = np.where(depth_m < 0, np.float32(far_m), depth_m)
    return torch.from_numpy(np.ascontiguousarray(apply_to_labels(view, depth_m[None])))
