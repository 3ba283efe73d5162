# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Triplets of paper 1 as tensors: augmented, mapped to network input and to loss images."""

import dataclasses
from collections.abc import Sequence

import cv2
import numpy as np
import torch

from thermal_depth_ros.samples.sample_set import SampleSet, Triplet
from thermal_depth_ros.thermal.normalisation import ThermalPreprocessing, for_pictures
from thermal_depth_ros.thermal.temporal_mapping import (
    TemporalMapping,
    group_window,
    standardise,
    temporal_mapping,
)
from thermal_depth_ros.training import augmentation
from thermal_depth_ros.training.task import SampleKey

Batch = dict[str, torch.Tensor]


@dataclasses.dataclass(frozen=True)
class BatchMaker:
    """Makes batches of a sample set; pickled into the processes that load samples."""

    samples: SampleSet
    mapping: ThermalPreprocessing
    loss_image: str  # 'window', 'temporal_mapping' or 'input'
    temporal: TemporalMapping
    max_zoom: float
    flip_probability: float

    def __call__(self, keys: Sequence[SampleKey]) -> Batch:
        """Return a batch of B triplets, target first.

        Returns:
            image: (B, 3, 1, H, W) network input in [0, 1];
            loss_image: (B, 3, 1, H, W), standardised;
            K: (B, 3, 3); T: (B, 2, 4, 4) target to sources in metres, identity where not known;
            travelled_m: (B, 2), 0 where not known.
        """
        rows = [self._row(self.samples.triplet(key.index), key.generator()) for key in keys]
        return {name: torch.stack([row[name] for row in rows]) for name in rows[0]}

    def _row(self, triplet: Triplet, rng: np.random.Generator) -> Batch:
        counts = np.stack([as_grey(image) for image in triplet.images])
        height, width = counts.shape[1:]
        view = augmentation.draw_view(rng, height, width, self.max_zoom, self.flip_probability)
        seen = augmentation.apply_to_images(view, counts)
        mapped = map_counts(self.mapping, seen, picture=counts.dtype == np.uint8)
        K = augmentation.apply_to_intrinsics(view, triplet.K, height, width)
        T = np.tile(np.eye(4), (2, 1, 1))
        if triplet.T_target_source is not None:
            T = augmentation.apply_to_motions(view, triplet.T_target_source)
        travelled = np.zeros(2) if triplet.travelled_m is None else triplet.travelled_m
        return {
            'image': torch.from_numpy(mapped)[:, None],
            'loss_image': self._loss_images(torch.from_numpy(seen)[:, None], mapped),
            'K': torch.from_numpy(K).float(),
            'T': torch.from_numpy(np.ascontiguousarray(T)).float(),
            'travelled_m': torch.from_numpy(np.asarray(travelled)).float(),
        }

    def _loss_images(self, counts: torch.Tensor, mapped: np.ndarray) -> torch.Tensor:
        """Return the standardised loss images (3, 1, H, W) of one triplet (method 1.3)."""
        if self.loss_image == 'input':
            return standardise(torch.from_numpy(mapped)[:, None])
        if self.loss_image == 'window':
            return standardise(group_window(counts))
        return standardise(temporal_mapping(counts, self.temporal))


def as_grey(image: np.ndarray) -> np.ndarray:
    """Return counts (H, W) of an image (H, W) or, by its luminance, (H, W, 3) R, G, B."""
    return image if image.ndim == 2 else cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)


def map_counts(mapping: ThermalPreprocessing, images: np.ndarray, picture: bool) -> np.ndarray:
    """Map images (N, H, W) of counts, or of 8-bit grey, to network input in [0, 1]."""
    chosen = for_pictures(mapping) if picture else mapping
    return np.stack([chosen(image) for image in images])
