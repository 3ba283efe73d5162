# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""`thermal-depth train` with the thermal task in double precision.

Two ways to compute the same loss (one batch, or shares of it in two processes) differ by rounding.
In single precision Adam makes more of that: where a gradient is nothing but rounding (1e-9 to 1e-8,
as large as Adam's epsilon), the first step of an optimiser moves the weight by the whole learning
rate, in a direction that depends on which kernels the processor has for which batch size. In
double precision rounding is 1e-8 of the epsilon, and so is what it moves.
"""

import contextlib
import sys
from collections.abc import Iterator
from typing import Any

import torch

from thermal_depth_ros.training.thermal_task import ThermalTask


def _in_double(batch: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    return {name: x.double() if x.is_floating_point() else x for name, x in batch.items()}


@contextlib.contextmanager
def double_precision() -> Iterator[None]:
    """Build networks and optimisers in double precision meanwhile, and feed them with it."""
    step = ThermalTask.step

    def step_in_double(self: ThermalTask, batch: dict[str, torch.Tensor]) -> Any:
        return step(self, _in_double(batch))

    torch.set_default_dtype(torch.float64)
    ThermalTask.step = step_in_double  # type: ignore[method-assign]
    try:
        yield
    finally:
        torch.set_default_dtype(torch.float32)
        ThermalTask.step = step  # type: ignore[method-assign]


if __name__ == '__main__':
    from thermal_depth_ros.cli.main import main

    with double_precision():
        sys.exit(main())
