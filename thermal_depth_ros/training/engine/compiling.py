# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Compilation of the training step with torch.compile."""

import os
import shutil

import torch
from torch import nn

from thermal_depth_ros.base.settings import SettingsError
from thermal_depth_ros.training.engine.config import AUTO, OFF, ON


def compile_in_place(module: nn.Module, wanted: str, device: torch.device, processes: int) -> bool:
    """Compile a module at its first call; names and weights do not change.

    Args:
        module: Module whose inputs keep their shapes.
        wanted: ON; OFF; or AUTO, which compiles for a single GPU if a compiler is available, and
            falls back to eager execution on failure.
        device: Device of the module.
        processes: Number of training processes.

    Returns:
        Whether it will be compiled.

    Raises:
        SettingsError: ON without a compiler.
    """
    if wanted == AUTO and (device.type != 'cuda' or processes > 1):
        wanted = OFF
    missing = '' if wanted == OFF else _what_is_missing(device)
    if wanted == ON and missing:
        raise SettingsError(f'compile: needs {missing}')
    if wanted == OFF or missing:
        return False
    _forget(go_on_without=wanted == AUTO)
    module.compile(dynamic=False)
    return True


def _forget(go_on_without: bool) -> None:
    """Drop the code compiled for an earlier stage, which would count against a limit.

    Args:
        go_on_without: Whether to fall back to eager execution if compilation fails.
    """
    import torch._dynamo

    torch._dynamo.reset()
    torch._dynamo.config.suppress_errors = go_on_without


def _what_is_missing(device: torch.device) -> str:
    """Return what is missing for compilation, in words; '' if nothing is."""
    compilers = (os.environ.get('CC', 'cc'), 'gcc', 'clang')
    if not any(shutil.which(compiler) for compiler in compilers):
        return 'a C compiler'
    if device.type == 'cuda':
        from torch.utils._triton import has_triton

        return '' if has_triton() else 'Triton and a GPU that it supports'
    return ''
