# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""What runs one stage, and PyTorch, which runs all of them."""

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
import torch
from torch import nn

from thermal_depth_ros.base.errors import ThermalDepthError
from thermal_depth_ros.inference.device import PRECISIONS

TORCH, ONNXRUNTIME, OPENVINO, TENSORRT = 'torch', 'onnxruntime', 'openvino', 'tensorrt'
MIXED = 'mixed'  # precision of parts: bf16 where that is good enough, otherwise fp32
Tensors = tuple[torch.Tensor, ...]


class EngineError(ThermalDepthError, RuntimeError):
    """An engine cannot run a stage; the message says which and why."""


def fed(tensor: torch.Tensor, dtype: Any) -> np.ndarray:
    """Return what an input of a type is fed: an array that shares memory where it can.

    Args:
        tensor: Float32, on the CPU.
        dtype: Of numpy; for whole numbers, values are rounded and kept within its range.
    """
    array: np.ndarray = tensor.numpy()
    wanted: np.dtype[Any] = np.dtype(dtype)
    if wanted.kind in 'iu':
        limits = np.iinfo(wanted)
        array = np.rint(array).clip(limits.min, limits.max)
    return np.ascontiguousarray(array, wanted)


class Runner(Protocol):
    """Runs one stage. One thread at a time may use it."""

    engine: str
    precision: str

    def __call__(self, inputs: Sequence[torch.Tensor]) -> Tensors:
        """Return the outputs, float32, on the device of the inputs.

        They may lie in memory that the next call writes to.
        """


class TorchRunner:
    """Runs a stage in PyTorch as it is."""

    engine = TORCH

    def __init__(self, module: nn.Module, device: torch.device, precision: str) -> None:
        self.precision = precision
        self._module, self._device = module, device
        self._dtype = PRECISIONS[precision]

    def __call__(self, inputs: Sequence[torch.Tensor]) -> Tensors:
        """Return the outputs of the module under autocast."""
        low = self._dtype is not torch.float32
        with torch.autocast(self._device.type, self._dtype if low else None, enabled=low):
            outputs: Tensors = self._module(*inputs)
        return outputs
