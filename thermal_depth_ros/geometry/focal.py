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


def mean_focal_px(K: np.ndarray) -> float:
    """Return the geometric mean of both focal lengths of intrinsics (3, 3), pixels."""
    return math.sqrt(float(K[0, 0]) * float(K[1, 1]))


def pose_vector_for_focal(vectors: torch.Tensor, ratio: torch.Tensor | float) -> torch.Tensor:
    """Return the pose vectors (B, ..., 6) of a camera with another focal length.

    Args:
        vectors: What the network found: translation, then small angles (rotation vector or Euler).
        ratio: Focal length relative to that of the canonical camera, a number or (B,).
    """
    tx, ty, tz, rx, ry, rz = vectors.unbind(-1)
    if isinstance(ratio, torch.Tensor):
        ratio = ratio.reshape(-1, *([1] * (tz.dim() - 1)))
    return torch.stack([tx, ty, tz * ratio, rx / ratio, ry / ratio, rz], -1)
