# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Fusing the many small operations of a step, by torch.compile."""

import os
import shutil

import torch
from torch import nn

from thermal_depth_ros.settings import SettingsError
from thermal_depth_ros.training.config import AUTO, OFF, ON


def compile_in_place(module: nn.Module, wanted: str, device: torch.device, processes: int) -> bool:
    """Let a module compile itself when it is first called; names and weights stay.

    Args:
        module: Module whose inputs keep their shapes.
        wanted: ON; OFF; or AUTO, which compiles for one GPU where its compiler is here, and
            computes as it is written where that fails.
        device: Device of the module.
        processes: Number of training processes.

    Returns:
        Whether it is going to.

    Raises:
        SettingsError: ON, and there is no compiler.
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
    """Drop what was compiled for an earlier stage, which would count against a limit.

    Args:
        go_on_without: Compute what cannot be compiled as it is written.
    """
    import torch._dynamo

    torch._dynamo.reset()
    torch._dynamo.config.suppress_errors = go_on_without


def _what_is_missing(device: torch.device) -> str:
    """Return what compiling needs and is not here, in words; '' for nothing."""
    compilers = (os.environ.get('CC', 'cc'), 'gcc', 'clang')
    if not any(shutil.which(compiler) for compiler in compilers):
        return 'a C compiler'
    if device.type == 'cuda':
        from torch.utils._triton import has_triton

        return '' if has_triton() else 'Triton, and a GPU that it knows'
    return ''
