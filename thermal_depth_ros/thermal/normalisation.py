# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Mapping of a raw thermal image to network input in [0, 1].

The same object runs in training, evaluation and the nodes; a bundle stores it.
"""

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np

from thermal_depth_ros.thermal.outlying_border import picture_area
from thermal_depth_ros.thermal.radiometry import PlanckConstants, celsius_to_counts

MODES = ('percentile', 'window', 'celsius', 'raw14')
RAW14_RANGE = 2.0**14


@dataclasses.dataclass(frozen=True)
class ThermalPreprocessing:
    """Settings of the input mapping.

    percentile: window between two percentiles of the image (the default); window: between its
    minimum and maximum; celsius: between two temperatures, using the Planck constants; raw14:
    counts / 2^14, which gives an RGB-trained network only a narrow range of grey.
    """

    mode: str = 'percentile'
    low_fraction: float = 0.01
    high_fraction: float = 0.99
    min_celsius: float = 0.0
    max_celsius: float = 30.0
    planck: PlanckConstants = dataclasses.field(default_factory=PlanckConstants)

    def __post_init__(self) -> None:
        if self.mode not in MODES:
            raise ValueError(f'thermal mode {self.mode!r} is not one of {", ".join(MODES)}')
        if not 0 <= self.low_fraction < self.high_fraction <= 1:
            raise ValueError(
                f'low_fraction {self.low_fraction} and high_fraction {self.high_fraction} must '
                'satisfy 0 <= low < high <= 1'
            )
        if not -200 < self.min_celsius < self.max_celsius:
            raise ValueError(
                f'min_celsius {self.min_celsius} must lie below max_celsius {self.max_celsius}'
            )

    def __call__(self, counts: np.ndarray) -> np.ndarray:
        """Map raw counts (H, W), of any real type, to float32 (H, W) in [0, 1].

        A window without width (a constant image) gives zeros.
        """
        low, high = self.window(counts)
        if not high > low:
            return np.zeros(counts.shape, np.float32)
        above_low = counts.astype(np.float32) - np.float32(low)
        scaled: np.ndarray = above_low * np.float32(1.0 / (high - low))
        np.clip(scaled, 0.0, 1.0, out=scaled)
        return scaled

    def window(self, counts: np.ndarray) -> tuple[float, float]:
        """Return the counts that map to 0 and to 1, ignoring telemetry at the border."""
        if self.mode == 'percentile':
            picture = picture_area(counts)
            return fraction_window(picture, self.low_fraction, self.high_fraction)
        if self.mode == 'window':
            picture = picture_area(counts)
            return float(picture.min()), float(picture.max())
        if self.mode == 'celsius':
            low, high = celsius_to_counts(
                np.array([self.min_celsius, self.max_celsius]), self.planck
            )
            return float(low), float(high)
        return 0.0, RAW14_RANGE

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for YAML."""
        return dataclasses.asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> 'ThermalPreprocessing':
        """Rebuild from `to_dict`.

        Raises:
            ValueError: A key is unknown or a value does not fit; all unknown keys are named.
        """
        known = {field.name for field in dataclasses.fields(cls)}
        if unknown := sorted(set(values) - known):
            raise ValueError(f'thermal preprocessing: unknown keys {", ".join(unknown)}')
        values = dict(values)
        try:
            planck = PlanckConstants(**values.pop('planck', {}))
            return cls(planck=planck, **values)
        except TypeError as error:
            raise ValueError(f'thermal preprocessing: {error}') from None


def fraction_window(counts: np.ndarray, low: float, high: float) -> tuple[float, float]:
    """Return sorted[round(low N)] and sorted[round(high N) - 1] of the N pixels.

    Integer images of at most 16 bits use a histogram instead of sorting, with the same result.
    """
    n = counts.size
    first = min(round(low * n), n - 1)
    last = min(max(round(high * n) - 1, 0), n - 1)
    if counts.dtype in (np.uint8, np.uint16):
        cumulative = np.cumsum(np.bincount(counts.ravel()))
        bins = np.searchsorted(cumulative, [first, last], side='right')
        return float(bins[0]), float(bins[1])
    ordered = np.partition(counts.ravel(), [first, last])
    return float(ordered[first]), float(ordered[last])


def for_pictures(mapping: ThermalPreprocessing) -> ThermalPreprocessing:
    """Return the mapping for 8-bit images with automatic gain control.

    Modes that need counts are replaced by percentiles.
    """
    if mapping.mode not in ('celsius', 'raw14'):
        return mapping
    return dataclasses.replace(mapping, mode='percentile')
