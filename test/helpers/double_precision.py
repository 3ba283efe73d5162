# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""`thermal-depth train` with the thermal and the translation task in double precision.

Two ways to compute the same loss (one batch, or shares of it in two processes) differ by rounding.
In single precision Adam makes more of that: where a gradient is nothing but rounding (1e-9 to 1e-8,
as large as Adam's epsilon), the first step of an optimiser moves the weight by the whole learning
rate, in a direction that depends on which kernels the processor has for which batch size. In
double precision rounding is 1e-8 of the epsilon, and so is what it moves.
"""

import contextlib
import sys
from collections.abc import Callable, Iterator
from typing import Any
from unittest import mock

import torch

from thermal_depth_ros.training.thermal.batch import ThermalBatch
from thermal_depth_ros.training.thermal.task import ThermalTask
from thermal_depth_ros.training.translation import task as translation_task

SCRIPT = __file__


def _in_double(step: Callable[..., Any]) -> Callable[..., Any]:
    """Return the step of a task, on a batch in double precision."""

    def step_in_double(self: Any, batch: ThermalBatch) -> Any:
        return step(self, batch.map(lambda x: x.double() if x.is_floating_point() else x))

    return step_in_double


def _signed_in_double(images: torch.Tensor) -> torch.Tensor:
    return images.double() / 127.5 - 1.0


@contextlib.contextmanager
def double_precision() -> Iterator[None]:
    """Build networks and optimisers in double precision meanwhile, and feed them with it."""
    torch.set_default_dtype(torch.float64)
    try:
        with (
            mock.patch.object(ThermalTask, 'step', _in_double(ThermalTask.step)),
            mock.patch.object(translation_task, 'as_signed', _signed_in_double),
        ):
            yield
    finally:
        torch.set_default_dtype(torch.float32)


if __name__ == '__main__':
    # The executable: `cli.main.main` alone leaves the end of the process to Python, which aborts
    # now and then beside the threads of gloo (base/stopping.py).
    from thermal_depth_ros.cli.executables import thermal_depth

    with double_precision():
        sys.exit(thermal_depth())
