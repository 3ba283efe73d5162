# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Batches of unpaired day and night images: enlarged, cropped and flipped."""

import dataclasses
from collections.abc import Sequence

import cv2
import numpy as np
import torch

from thermal_depth_ros.samples.single_images import SingleImages
from thermal_depth_ros.training.engine.batch import TensorBatch, stacked
from thermal_depth_ros.training.engine.task import SampleKey


@dataclasses.dataclass(frozen=True)
class UnpairedBatch(TensorBatch):
    """Images (B, 3, H, W) uint8 by day and by night."""

    day: torch.Tensor
    night: torch.Tensor


@dataclasses.dataclass(frozen=True)
class UnpairedBatches:
    """Makes batches of two sets in the data loader workers.

    An epoch has every image of the larger set once, each with a random one of the other set.
    """

    day: SingleImages
    night: SingleImages
    enlarged: tuple[int, int]  # (height, width) before cropping
    crop: tuple[int, int]  # (height, width) of the training crop
    flip_probability: float

    def __len__(self) -> int:
        return max(len(self.day), len(self.night))

    def __call__(self, keys: Sequence[SampleKey]) -> UnpairedBatch:
        """Return a batch of one sample for each key."""
        return stacked([self._row(key) for key in keys])

    def indices(self, key: SampleKey) -> tuple[int, int]:
        """Return the indices of the day and the night image of a sample."""
        return self._draw(key.index, key.generator())

    def _draw(self, index: int, rng: np.random.Generator) -> tuple[int, int]:
        other = int(rng.integers(min(len(self.day), len(self.night))))
        return (index, other) if len(self.day) >= len(self.night) else (other, index)

    def _row(self, key: SampleKey) -> UnpairedBatch:
        rng = key.generator()
        day, night = self._draw(key.index, rng)
        by_day = self._augmented(self.day.image(day), rng)
        return UnpairedBatch(by_day, self._augmented(self.night.image(night), rng))

    def _augmented(self, image: np.ndarray, rng: np.random.Generator) -> torch.Tensor:
        (high, wide), (height, width) = self.enlarged, self.crop
        if image.shape[:2] != self.enlarged:
            image = cv2.resize(image, (wide, high), interpolation=cv2.INTER_CUBIC)
        top, left = int(rng.integers(high - height + 1)), int(rng.integers(wide - width + 1))
        window = image[top : top + height, left : left + width]
        if rng.random() < self.flip_probability:
            window = window[:, ::-1]
        return torch.from_numpy(np.ascontiguousarray(window.transpose(2, 0, 1)))
