# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Ground truth of the samples of one recording."""

import numpy as np

from thermal_depth_ros.samples.sample_set import SampleSet


def true_depth_m(samples: SampleSet, triplet: int) -> np.ndarray | None:
    """Return the true depth (H, W) of the target of a triplet, m, or None."""
    (part,) = samples.parts
    return samples.frame_depth_m(int(part.triplets[triplet, 0]))
