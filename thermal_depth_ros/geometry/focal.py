# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""What a network that does not know the focal length makes of another camera.

A camera with r times the focal length of the canonical one sees a point (x, y, z) where the
canonical camera sees (x, y, z / r): the scene looks compressed along the optical axis. What a
network finds in its images is right again once depth and the translation along that axis are
multiplied by r, and small rotations across it are divided by r. (For depth alone this is the
canonical camera of Metric3D, Yin et al. 2023.)
"""

import math

import numpy as np
import torch

_Ratio = torch.Tensor | float


def mean_focal_px(K: np.ndarray) -> float:
    """Return the geometric mean of both focal lengths of intrinsics (3, 3), pixels."""
    return math.sqrt(float(K[0, 0]) * float(K[1, 1]))


def translation_for_focal(translation: torch.Tensor, ratio: _Ratio) -> torch.Tensor:
    """Return the translations (B, ..., 3) of a camera with another focal length.

    Args:
        translation: What the network found.
        ratio: Focal length relative to that of the canonical camera, a number or (B,).
    """
    x, y, z = translation.unbind(-1)
    return torch.stack([x, y, z * _spread(ratio, z)], -1)


def rotation_for_focal(rotation: torch.Tensor, ratio: _Ratio) -> torch.Tensor:
    """Return the rotation vectors or Euler angles (B, ..., 3) of such a camera.

    Args:
        rotation: What the network found, rad, small.
        ratio: As in `translation_for_focal`.
    """
    x, y, z = rotation.unbind(-1)
    spread = _spread(ratio, z)
    return torch.stack([x / spread, y / spread, z], -1)


def pose_vector_for_focal(vectors: torch.Tensor, ratio: _Ratio) -> torch.Tensor:
    """Return the pose vectors (B, ..., 6), translation and Euler angles, of such a camera."""
    translation = translation_for_focal(vectors[..., :3], ratio)
    return torch.cat([translation, rotation_for_focal(vectors[..., 3:], ratio)], -1)


def _spread(ratio: _Ratio, values: torch.Tensor) -> _Ratio:
    """Return a ratio for each sample (B,) so that it multiplies values (B, ...)."""
    if not isinstance(ratio, torch.Tensor):
        return ratio
    return ratio.reshape(-1, *([1] * (values.dim() - 1)))
