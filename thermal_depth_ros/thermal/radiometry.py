# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Conversion between raw thermal counts and temperature (Planck form of FLIR cameras)."""

import dataclasses

import numpy as np

ZERO_CELSIUS_K = 273.15


@dataclasses.dataclass(frozen=True)
class PlanckConstants:
    """Camera constants of raw = R / (exp(B / T_K) - F) + O; defaults are those of the FLIR A65C."""

    R: float = 380747.0
    B: float = 1428.0
    F: float = 1.0
    O: float = -88.539  # noqa: E741 - the letters of the formula

    def __post_init__(self) -> None:
        values = dataclasses.astuple(self)
        if not np.isfinite(values).all() or self.R <= 0 or self.B <= 0:
            raise ValueError(f'Planck constants R, B, F, O = {values} are not those of a camera')


def celsius_to_counts(celsius: np.ndarray, constants: PlanckConstants) -> np.ndarray:
    """Raw counts of a temperature in degrees Celsius."""
    kelvin = np.asarray(celsius, np.float64) + ZERO_CELSIUS_K
    return constants.R / (np.exp(constants.B / kelvin) - constants.F) + constants.O
