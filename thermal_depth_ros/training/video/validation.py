# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Choice of frames and depth metrics of a validation during training."""

import numpy as np

from thermal_depth_ros.metrics.accumulators import DepthAccumulator
from thermal_depth_ros.metrics.baselines import CONSTANT, FIXED_MAP
from thermal_depth_ros.metrics.depth import DepthMetrics

_SCALED = ('abs_rel', 'sq_rel', 'rmse', 'rmse_log', 'delta1')
_METRIC = ('abs_rel', 'delta1')


def evenly_spread(count: int, limit: int) -> list[int]:
    """Return at most `limit` of `count` indices from the first to the last; all if it is 0."""
    chosen = np.linspace(0, count - 1, min(count, limit or count))
    indices: list[int] = chosen.round().astype(int).tolist()
    return indices


def depth_metrics(score: DepthAccumulator) -> dict[str, float]:
    """Return metrics by name; {} without images.

    Names ending in `_metric` are without median scaling; those ending in `_fixed_map` and
    `_constant` are of the mean map and the mean of the validation images, which never look at an
    image.
    """
    if not score.images:
        return {}
    result = score.result()
    metrics = _named(result.scaled, result.metric, '')
    metrics['median_ratio'] = result.median_ratio
    for end, blind in ((FIXED_MAP, result.fixed_map), (CONSTANT, result.constant)):
        if blind is not None:
            metrics |= _named(blind.scaled, blind.metric, end)
    return metrics


def _named(scaled: DepthMetrics, metric: DepthMetrics, end: str) -> dict[str, float]:
    figures = {name: getattr(scaled, name) for name in _SCALED}
    figures |= {f'{name}_metric': getattr(metric, name) for name in _METRIC}
    return {f'{name}{end}': value for name, value in figures.items()}
