# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Pictures of an RGB training step: the first day sample and the first night sample."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import torch

from thermal_depth_ros.bundles.labels import coloured_labels
from thermal_depth_ros.messages.pictures import class_overlay
from thermal_depth_ros.pages.colouring import DepthRange, depth_picture, depth_range
from thermal_depth_ros.training.rgb.objective import DAY, NIGHT, SYNTHETIC_DAY, SYNTHETIC_NIGHT

_INPUTS = {
    DAY: 'day_seen',
    SYNTHETIC_NIGHT: 'day_counterpart',
    NIGHT: 'night_seen',
    SYNTHETIC_DAY: 'night_counterpart',
}
_OPACITY = 0.6


def step_pictures(
    batch: Mapping[str, torch.Tensor],
    found: Mapping[str, torch.Tensor],
    classes: Sequence[str],
    depths: Callable[[torch.Tensor], torch.Tensor],
) -> dict[str, np.ndarray]:
    """Return pictures (H, W, 3) uint8 by name.

    Args:
        batch: Batch of the step.
        found: Result of the objective.
        classes: Names, () without semantics.
        depths: Conversion from sigmoid maps to depth.
    """
    kinds = [name for name in _INPUTS if f'{name}_sigma' in found]
    maps = {name: depths(found[f'{name}_sigma'][0, 0]).float().cpu().numpy() for name in kinds}
    # NaN is possible here: losses are checked after the pictures of the step are made.
    shown = depth_range(list(maps.values())) or DepthRange(0.1, 100.0)
    pictures = {}
    for name in kinds:
        image = batch[_INPUTS[name]][0]
        said = name.replace('_', ' ')
        pictures[f'{said}'] = _rgb(image)
        if found[f'{name}_light'].any():
            pictures[f'{said}, enhanced'] = _rgb(image + found[f'{name}_light'][0])
        pictures[f'{said}, depth'] = depth_picture(maps[name], shown)
        if classes:
            best = found[f'{name}_logits'][0].argmax(0).to(torch.uint8).cpu().numpy()
            colours = np.array(coloured_labels(classes).colours, np.uint8)
            beneath = pictures[f'{said}']
            pictures[f'{said}, classes'] = class_overlay(beneath, best, colours, _OPACITY)
    return pictures


def _rgb(image: torch.Tensor) -> np.ndarray:
    levels = (image.float().nan_to_num().clamp(0, 1) * 255).byte()
    return np.ascontiguousarray(levels.permute(1, 2, 0).cpu().numpy())
