# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Corrupts true classes like an imperfect teacher, to make training labels for synthetic drives."""

import cv2
import numpy as np

from thermal_depth_ros.base.contract import UNLABELLED
from thermal_depth_ros.training.labelling.config import CorruptionConfig

# Classes that teachers confuse, by name.
LOOK_ALIKES = {
    'road': ('sidewalk',),
    'sidewalk': ('road', 'terrain'),
    'building': ('wall', 'vegetation'),
    'wall': ('fence', 'building'),
    'fence': ('wall', 'vegetation'),
    'pole': ('traffic sign', 'fence'),
    'traffic light': ('pole', 'traffic sign'),
    'traffic sign': ('building', 'traffic light'),
    'vegetation': ('terrain', 'building'),
    'terrain': ('sidewalk', 'vegetation'),
    'sky': ('building',),
    'person': ('rider', 'pole'),
    'rider': ('person', 'bicycle'),
    'car': ('truck',),
    'truck': ('bus', 'car'),
    'bus': ('truck',),
    'train': ('bus',),
    'motorcycle': ('bicycle',),
    'bicycle': ('motorcycle',),
}
_SURE = 0.95  # confidence far from any border, without noise
_AT_BORDER = 0.55
_COARSE = 16  # pixels: correlation length of the noise in the confidence
_LEAST = 1.0 / 255.0  # of a labelled pixel


def corrupted(
    labels: np.ndarray,
    names: tuple[str, ...],
    config: CorruptionConfig,
    rng: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray]:
    """Return labels as an imperfect teacher would give them, and their confidences.

    Args:
        labels: (H, W) uint8 true class ids, 255 where there is none.
        names: Names of the classes.
        config: Strength of the corruption.
        rng: Random generator of this image.

    Returns:
        Class ids (H, W) uint8 and confidences (H, W) float32 in [0, 1], 0 where unlabelled.
    """
    corrupted_labels = moved_borders(labels, config.boundary_px, rng)
    corrupted_labels = confused_regions(corrupted_labels, names, config.confusion, rng)
    return corrupted_labels, _confidence(corrupted_labels, config, rng)


def moved_borders(labels: np.ndarray, most_px: float, rng: np.random.Generator) -> np.ndarray:
    """Grow or shrink every class, in random order, by a rounded draw from -most..most pixels."""
    moved = labels.copy()
    for class_id in rng.permutation(np.unique(labels[labels != UNLABELLED])):
        radius = round(rng.uniform(-most_px, most_px))
        mask = moved == class_id
        others = ~mask & (moved != UNLABELLED)
        if radius == 0 or not mask.any() or not others.any():
            continue
        if radius > 0:
            grown = cv2.dilate(mask.astype(np.uint8), _disc(radius)) != 0
            moved[grown & others] = class_id
            continue
        # The removed border takes the class of the nearest pixel of another class.
        distance, nearest = cv2.distanceTransformWithLabels(
            (~others).astype(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
        )
        table = np.empty(int(nearest.max()) + 1, np.uint8)
        table[nearest[others]] = moved[others]
        rim = mask & (distance <= -radius)
        moved[rim] = table[nearest[rim]]
    return moved


def confused_regions(
    labels: np.ndarray, names: tuple[str, ...], probability: float, rng: np.random.Generator
) -> np.ndarray:
    """Give each connected region, with a probability, a class of LOOK_ALIKES."""
    confused = labels.copy()
    for class_id in np.unique(labels[labels != UNLABELLED]):
        alike = [names.index(n) for n in LOOK_ALIKES.get(names[class_id], ()) if n in names]
        count, regions = cv2.connectedComponents((labels == class_id).astype(np.uint8))
        table = np.full(count, class_id, np.uint8)
        for region in range(1, count):
            if rng.random() < probability and alike:
                table[region] = alike[int(rng.integers(len(alike)))]
        inside = regions != 0
        confused[inside] = table[regions[inside]]
    return confused


def _confidence(
    labels: np.ndarray, config: CorruptionConfig, rng: np.random.Generator
) -> np.ndarray:
    """Return confidences, lower near borders, with spatially correlated noise."""
    height, width = labels.shape
    inner = np.ones_like(labels)
    inner[:-1][labels[1:] != labels[:-1]] = 0
    inner[:, :-1][labels[:, 1:] != labels[:, :-1]] = 0
    reach = config.boundary_px + 1.0
    # Without borders, no pixel is near one.
    distance = cv2.distanceTransform(inner, cv2.DIST_L2, 3) if not inner.all() else reach * inner
    sure = _AT_BORDER + (_SURE - _AT_BORDER) * np.minimum(distance / reach, 1.0)
    coarse = rng.normal(0.0, 1.0, (height // _COARSE + 2, width // _COARSE + 2))
    noise = cv2.resize(coarse.astype(np.float32), (width, height), interpolation=cv2.INTER_LINEAR)
    confidence = np.clip(sure + config.confidence_noise * noise, _LEAST, 1.0).astype(np.float32)
    confidence[labels == UNLABELLED] = 0.0
    return confidence


def _disc(radius: int) -> np.ndarray:
    return cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1))
