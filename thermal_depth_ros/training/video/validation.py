# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Choice of frames and depth metrics of a validation during training."""

import numpy as np

from thermal_depth_ros.metrics.accumulators import DepthAccumulator
from thermal_depth_ros.metrics.baselines import FIXED_MAP


def evenly_spread(count: int, limit: int) -> list[int]:
    """Return at most `limit` of `count` indices from the first to the last; all if it is 0."""
    chosen = np.linspace(0, count - 1, min(count, limit or count))
    indices: list[int] = chosen.round().astype(int).tolist()
    return indices


def depth_metrics(score: DepthAccumulator) -> dict[str, float]:
    """Return metrics by name; {} without images.

    Names ending in `_metric` are without median scaling; those ending in `_fixed_map` are of the
    mean map of the validation images, which never looks at an image.
    """
    if not score.images:
        return {}
    result = score.result()
    scaled, metric = result.scaled, result.metric
    metrics = {
        'abs_rel': scaled.abs_rel,
        'sq_rel': scaled.sq_rel,
        'rmse': scaled.rmse,
        'rmse_log': scaled.rmse_log,
        'delta1': scaled.delta1,
        'abs_rel_metric': metric.abs_rel,
        'delta1_metric': metric.delta1,
        'median_ratio': result.median_ratio,
    }
    if result.fixed_map is None:
        return metrics
    fixed = result.fixed_map
    return metrics | {
        f'abs_rel{FIXED_MAP}': fixed.scaled.abs_rel,
        f'delta1{FIXED_MAP}': fixed.scaled.delta1,
        f'abs_rel_metric{FIXED_MAP}': fixed.metric.abs_rel,
        f'delta1_metric{FIXED_MAP}': fixed.metric.delta1,
    }
