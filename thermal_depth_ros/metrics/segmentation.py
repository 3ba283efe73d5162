# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Intersection over union from one confusion matrix over a whole set (DepthSegNet24, Table 3)."""

import dataclasses
from collections.abc import Sequence

import numpy as np

from thermal_depth_ros.metrics.baselines import BlindClasses

IGNORED = 255

# Classes over which the papers average, by name, so that they apply to any label set.
PRESETS = {
    'nuscenes_8': (
        'road',
        'sidewalk',
        'fence',
        'vegetation',
        'terrain',
        'person',
        'car',
        'truck',
    ),
    'robotcar_9': (
        'road',
        'sidewalk',
        'building',
        'wall',
        'fence',
        'pole',
        'vegetation',
        'sky',
        'car',
    ),
}
ALL = 'all'


@dataclasses.dataclass(frozen=True)
class ClassScore:
    """One class: its IoU in [0, 1], or None if it is neither in the ground truth nor predicted."""

    name: str
    iou: float | None
    true_pixels: int
    predicted_pixels: int


@dataclasses.dataclass(frozen=True)
class SegmentationScore:
    """IoU of every class, and the mean over the listed classes that occur."""

    classes: tuple[ClassScore, ...]
    listed: tuple[str, ...]
    miou: float | None  # None if no listed class occurs
    pixels: int  # with a true class
    images: int
    empty_images: int  # without a pixel of a true class
    pixel_accuracy: float | None  # share of the pixels with a true class that are right
    fixed_map: BlindClasses | None  # the most frequent class of each place

    @property
    def not_seen(self) -> tuple[str, ...]:
        """Listed classes that neither occur in the ground truth nor are predicted; not averaged."""
        return tuple(c.name for c in self.classes if c.name in self.listed and c.iou is None)


def confusion(gt: np.ndarray, predicted: np.ndarray, classes: int) -> np.ndarray:
    """Count pixels by true and predicted class: (classes, classes + 1) int64.

    The last column counts labelled pixels without a prediction, which are misses. Pixels whose true
    class is IGNORED do not count.

    Raises:
        ValueError: The sizes differ, or a class id is not one of the classes nor IGNORED.
    """
    if gt.shape != predicted.shape:
        raise ValueError(f'labels of shape {predicted.shape} are compared with {gt.shape}')
    for name, labels in (('true', gt), ('predicted', predicted)):
        beyond = labels[(labels >= classes) & (labels != IGNORED)]
        if beyond.size:
            ids = ', '.join(map(str, np.unique(beyond)[:8].tolist()))
            raise ValueError(f'{name} class ids {ids} are not among {classes} classes')
    # A row for pixels that do not count, cut off at the end, is faster than leaving them out.
    true = np.where(gt == IGNORED, classes, gt).astype(np.intp).reshape(-1)
    kinds = true * (classes + 1) + np.minimum(predicted, classes).astype(np.intp).reshape(-1)
    counts = np.bincount(kinds, minlength=(classes + 1) ** 2)
    return counts.reshape(classes + 1, classes + 1)[:classes]


def class_scores(counts: np.ndarray, names: Sequence[str]) -> tuple[ClassScore, ...]:
    """Return the IoU of each class of a confusion matrix (C, C + 1)."""
    hits = np.diagonal(counts)
    true, predicted = counts.sum(axis=1), counts[:, :-1].sum(axis=0)
    union = true + predicted - hits
    return tuple(
        ClassScore(
            name,
            float(hits[i] / union[i]) if union[i] else None,
            int(true[i]),
            int(predicted[i]),
        )
        for i, name in enumerate(names)
    )


def pixel_accuracy(counts: np.ndarray) -> float | None:
    """Return the share of right pixels in a confusion matrix (C, C + 1); None without pixels."""
    total = float(counts.sum())
    return float(np.trace(counts[:, :-1])) / total if total else None


def listed_classes(choice: str | Sequence[str], names: Sequence[str]) -> tuple[str, ...]:
    """Return the classes to average over: a preset, ALL, or names.

    Raises:
        ValueError: A name is not one of the label set's.
    """
    if isinstance(choice, str):
        choice = tuple(names) if choice == ALL else PRESETS.get(choice, (choice,))
    unknown = [name for name in choice if name not in names]
    if unknown:
        raise ValueError(
            f'no class {", ".join(unknown)} in the label set; it has {", ".join(names)}'
        )
    return tuple(choice)


def mean_iou(classes: Sequence[ClassScore], listed: Sequence[str]) -> float | None:
    """Average the IoU of the listed classes that occur; None if none does."""
    occurring = [c.iou for c in classes if c.name in listed and c.iou is not None]
    return float(np.mean(occurring)) if occurring else None
