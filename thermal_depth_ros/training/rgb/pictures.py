# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Pictures of an RGB training step: the first day sample and the first night sample."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import torch

from thermal_depth_ros.bundles.labels import coloured_labels
from thermal_depth_ros.messages.pictures import class_overlay
from thermal_depth_ros.pages.colouring import DepthRange, depth_picture, depth_range
from thermal_depth_ros.training.rgb.batch import RgbBatch
from thermal_depth_ros.training.rgb.objective import ImageKind, RgbMaps, network_images

_OPACITY = 0.6


def step_pictures(
    batch: RgbBatch,
    maps: Mapping[ImageKind, RgbMaps],
    classes: Sequence[str],
    depths: Callable[[torch.Tensor], torch.Tensor],
) -> dict[str, np.ndarray]:
    """Return pictures (H, W, 3) uint8 by name.

    Args:
        batch: Batch of the step.
        maps: Outputs of the network.
        classes: Names, () without semantics.
        depths: Conversion from sigmoid maps to depth.
    """
    depth = {kind: depths(own.disparity[0, 0]).float().cpu().numpy() for kind, own in maps.items()}
    # NaN is possible here: losses are checked after the pictures of the step are made.
    shown = depth_range(list(depth.values())) or DepthRange(0.1, 100.0)
    pictures = {}
    for kind, images in network_images(batch).items():
        image, own = images[0], maps[kind]
        title = kind.replace('_', ' ')
        pictures[title] = _rgb(image)
        if own.light_map.any():
            pictures[f'{title}, enhanced'] = _rgb(image + own.light_map[0])
        pictures[f'{title}, depth'] = depth_picture(depth[kind], shown)
        if own.logits is not None:
            best = own.logits[0].argmax(0).to(torch.uint8).cpu().numpy()
            colours = np.array(coloured_labels(classes).colours, np.uint8)
            overlay = class_overlay(pictures[title], best, colours, _OPACITY)
            pictures[f'{title}, classes'] = overlay
    return pictures


def _rgb(image: torch.Tensor) -> np.ndarray:
    levels = (image.float().nan_to_num().clamp(0, 1) * 255).byte()
    return np.ascontiguousarray(levels.permute(1, 2, 0).cpu().numpy())
