# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""The pose network of one bundle beside the depth model of another."""

from collections.abc import Sequence

import torch
import torch.nn.functional as F

from thermal_depth_ros.bundles.spec import BundleSpec
from thermal_depth_ros.inference.engines.runner import Runner, Tensors


class BorrowedPose:
    """Feeds a pose network images of the size it was trained with, and converts its unit."""

    def __init__(self, inner: Runner, lender: BundleSpec, borrower: BundleSpec) -> None:
        """Wrap the runner of a pose network.

        Args:
            inner: Runs the stage 'pose' of the lender.
            lender: Description of the bundle with the pose network.
            borrower: Description of the bundle with the depth, in whose unit motion is returned.
        """
        self.engine, self.precision = inner.engine, inner.precision
        self._inner, self._size = inner, lender.input_size
        self._factor = lender.scale.factor / borrower.scale.factor

    def __call__(self, inputs: Sequence[torch.Tensor]) -> Tensors:
        """Return the motion (1, 6) between two images (1, 1, H, W) of any size."""
        images = [
            F.interpolate(image, self._size, mode='bilinear', align_corners=False, antialias=True)
            for image in inputs
        ]
        (vector,) = self._inner(images)
        return (torch.cat([self._factor * vector[:, :3], vector[:, 3:]], 1),)
