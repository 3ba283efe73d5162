# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Memory layout and compilation, which affect only speed, up to rounding."""

import os
import shutil

import torch
from torch import nn

from thermal_depth_ros.base.settings import SettingsError
from thermal_depth_ros.training.engine.config import AUTO, OFF, ON


def lay_channels_last(network: nn.Module) -> None:
    """Set the convolution weights to channels last, in place; maps follow them."""
    network.to(memory_format=torch.channels_last)


def has_bf16_instructions() -> bool:
    """Return whether this CPU multiplies in bfloat16; others only imitate it, slowly."""
    features = torch.cpu.get_capabilities()
    return bool(features.get('avx512_bf16') or features.get('amx_bf16'))


def has_wide_vectors() -> bool:
    """Return whether this CPU computes convolutions in channels last without a penalty.

    Without AVX-512, the gradients of some of them take several times as long.
    """
    return torch.backends.cpu.get_cpu_capability() == 'AVX512'


def lay_out_state(optimiser: torch.optim.Optimizer) -> None:
    """Give the optimiser state of each parameter the memory layout of the parameter.

    A saved state has the layout of the device it comes from, and a fused step requires equal
    layouts.
    """
    for parameter, state in optimiser.state.items():
        for name, value in state.items():
            if torch.is_tensor(value) and value.shape == parameter.shape:
                state[name] = torch.empty_like(parameter).copy_(value)


def compile_in_place(module: nn.Module, mode: str, device: torch.device, processes: int) -> bool:
    """Compile a module at its first call; names and weights do not change.

    Args:
        module: Module whose inputs keep their shapes.
        mode: ON; OFF; or AUTO, which compiles for a single GPU if a compiler is available, and
            falls back to eager execution on failure.
        device: Device of the module.
        processes: Number of training processes.

    Returns:
        Whether it will be compiled.

    Raises:
        SettingsError: ON without a compiler.
    """
    if mode == AUTO and (device.type != 'cuda' or processes > 1):
        mode = OFF
    missing = '' if mode == OFF else _what_is_missing(device)
    if mode == ON and missing:
        raise SettingsError(f'compile: needs {missing}')
    if mode == OFF or missing:
        return False
    _reset_compiler(fall_back=mode == AUTO)
    module.compile(dynamic=False)
    return True


def _reset_compiler(fall_back: bool) -> None:
    """Drop the code compiled for an earlier stage, which would count against a limit.

    Args:
        fall_back: Whether to fall back to eager execution if compilation fails.
    """
    import torch._dynamo

    torch._dynamo.reset()
    torch._dynamo.config.suppress_errors = fall_back


def _what_is_missing(device: torch.device) -> str:
    """Return what is missing for compilation, in words; '' if nothing is."""
    compilers = (os.environ.get('CC', 'cc'), 'gcc', 'clang')
    if not any(shutil.which(compiler) for compiler in compilers):
        return 'a C compiler'
    if device.type == 'cuda':
        from torch.utils._triton import has_triton

        return '' if has_triton() else 'Triton and a GPU that it supports'
    return ''
