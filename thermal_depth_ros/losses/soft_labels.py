# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Class scores of a teacher, complete or the highest few of every pixel."""

import dataclasses

import torch


@dataclasses.dataclass(frozen=True)
class SoftLabels:
    """Scores between 0 and 1; those of a pixel need not sum to one."""

    scores: torch.Tensor  # (B, k, H, W)
    class_ids: torch.Tensor  # (B, k, H, W) or broadcastable to it, int64; score 0 makes it idle

    @classmethod
    def full(cls, scores: torch.Tensor) -> 'SoftLabels':
        """Wrap scores (B, C, H, W) of all classes."""
        ids = torch.arange(scores.shape[1], device=scores.device)
        return cls(scores, ids.reshape(1, -1, 1, 1))

    @classmethod
    def stored(cls, class_ids: torch.Tensor, scores: torch.Tensor) -> 'SoftLabels':
        """Wrap scores as stored on disk: uint8 class ids and scores in units of 1/255."""
        return cls(scores.float() / 255.0, class_ids.long())

    def best(self) -> tuple[torch.Tensor, torch.Tensor]:
        """Return the highest score and its class id, each (B, 1, H, W)."""
        score, place = self.scores.max(1, keepdim=True)
        return score, self.class_ids.expand_as(self.scores).gather(1, place)
