# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""How alike the features of RGB and thermal images of one moment are, and of different ones."""

import dataclasses

import numpy as np


@dataclasses.dataclass(frozen=True)
class Similarity:
    """Cosine similarities of RGB and thermal images.

    Attributes:
        paired_mean: Mean over images taken at the same time.
        paired_std: Its standard deviation.
        unpaired_mean: Mean over images taken at different times.
        unpaired_std: Its standard deviation.
        separation: Probability that a paired similarity exceeds an unpaired one; 0.5 is chance.
        found: Share of the thermal images whose most similar RGB image is the one of their time.
    """

    paired_mean: float
    paired_std: float
    unpaired_mean: float
    unpaired_std: float
    separation: float
    found: float


def cosine_matrix(rgb: np.ndarray, thermal: np.ndarray, centred: bool = False) -> np.ndarray:
    """Return cos(theta) (N, N) of every thermal image (row) with every RGB image (column).

    Args:
        rgb: Features (N, C) of RGB images.
        thermal: Features (N, C) of thermal images.
        centred: Subtract the mean over images of each camera first: what all images of a camera
            have in common says nothing about the scene.
    """
    if centred:
        rgb, thermal = rgb - rgb.mean(0), thermal - thermal.mean(0)
    cosines: np.ndarray = _unit(thermal) @ _unit(rgb).T
    return cosines


def compare_pairs(cosines: np.ndarray) -> Similarity:
    """Compare the diagonal of similarities (N, N), images of one time, with the rest.

    Raises:
        ValueError: Fewer than two pairs.
    """
    count = len(cosines)
    if count < 2:
        raise ValueError(f'{count} pairs of images: unpaired ones take at least two')
    paired = np.diagonal(cosines)
    unpaired = cosines[~np.eye(count, dtype=bool)]
    above = (paired[:, None] > unpaired[None]).mean()
    level = (paired[:, None] == unpaired[None]).mean()
    best = cosines.max(axis=1)
    return Similarity(
        paired_mean=float(paired.mean()),
        paired_std=float(paired.std()),
        unpaired_mean=float(unpaired.mean()),
        unpaired_std=float(unpaired.std()),
        separation=float(above + 0.5 * level),
        found=float((paired >= best).mean()),
    )


def typical_pairs(cosines: np.ndarray, count: int) -> list[tuple[int, int]]:
    """Return some pairs with the thermal image of another time that is least like each.

    Args:
        cosines: Similarities (N, N).
        count: Largest number of pairs, which are spread evenly.

    Returns:
        Indices of the pair and of the other thermal image.
    """
    places = np.linspace(0, len(cosines) - 1, min(count, len(cosines))).round().astype(int)
    return [(int(place), int(cosines[:, place].argmin())) for place in dict.fromkeys(places)]


def principal_colours(maps: list[np.ndarray]) -> list[np.ndarray]:
    """Return pictures (h, w, 3) uint8 of feature maps (h, w, C): three components shared by all.

    The first three principal components of all positions together are red, green and blue, each
    stretched between its percentiles 1 and 99.
    """
    every = np.concatenate([one.reshape(-1, one.shape[-1]) for one in maps]).astype(np.float64)
    middle = every.mean(0)
    _, vectors = np.linalg.eigh(np.cov((every - middle).T))
    axes = vectors[:, ::-1][:, :3]
    projected = (every - middle) @ axes
    low, high = np.percentile(projected, (1, 99), axis=0)
    span = np.where(high > low, high - low, 1.0)
    pictures = []
    for one in maps:
        values = ((one.reshape(-1, one.shape[-1]) - middle) @ axes - low) / span
        picture = (255.0 * values.clip(0.0, 1.0)).round().astype(np.uint8)
        pictures.append(picture.reshape(*one.shape[:2], -1))
    return pictures


def _unit(features: np.ndarray) -> np.ndarray:
    lengths = np.linalg.norm(features, axis=1, keepdims=True)
    return features / np.where(lengths > 0, lengths, 1.0)
