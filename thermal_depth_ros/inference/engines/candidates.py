# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Chooses what runs each network: the fastest engine that is installed and agrees with PyTorch."""

import importlib.util
import os
from collections.abc import Mapping, Sequence

import torch

from thermal_depth_ros.base.remedies import of_missing
from thermal_depth_ros.base.settings import SettingsError
from thermal_depth_ros.inference.device import INT8
from thermal_depth_ros.inference.engines.report import Candidate
from thermal_depth_ros.inference.engines.runner import (
    MIXED,
    ONNXRUNTIME,
    OPENVINO,
    TENSORRT,
    TORCH,
)

AUTO = 'auto'
ENGINE_VARIABLE = 'THERMAL_DEPTH_ENGINE'  # what auto means, if it is set
ENGINES = (TORCH, ONNXRUNTIME, OPENVINO, TENSORRT)
_MODULES = {ONNXRUNTIME: 'onnxruntime', OPENVINO: 'openvino', TENSORRT: 'onnxruntime'}


def installed(engine: str) -> bool:
    """Whether the library of an engine is there."""
    return engine == TORCH or importlib.util.find_spec(_MODULES[engine]) is not None


def usable(engine: str, device: torch.device) -> str:
    """Return why an engine cannot run on a device of this machine, or ''."""
    if engine == TORCH:
        return ''
    if not installed(engine):
        return f'{engine} is not installed: {of_missing(_MODULES[engine])}'
    if engine == OPENVINO:
        return '' if device.type == 'cpu' else f'{engine} runs on the CPU alone, not on {device}'
    if engine == TENSORRT and device.type != 'cuda':
        return f'{engine} needs a CUDA device, not {device}'
    if device.type == 'cuda':
        from thermal_depth_ros.inference.engines.onnxruntime_runner import providers

        wanted = 'TensorrtExecutionProvider' if engine == TENSORRT else 'CUDAExecutionProvider'
        if wanted not in providers():
            return (
                f'{engine}: the installed ONNX Runtime has no {wanted}: '
                'python3 -m pip install onnxruntime-gpu'
            )
    return ''


def candidates(engine: str, precision: str, device: torch.device) -> list[Candidate]:
    """Return what to try, fastest first; PyTorch comes last.

    Args:
        engine: auto, or one of ENGINES.
        precision: auto, fp32, bf16 or fp16.
        device: Compute device.

    Raises:
        SettingsError: The engine cannot run here, or not in this precision.
    """
    engine = _meant(engine)
    if engine == AUTO:
        # On a GPU ONNX Runtime's CUDA provider has not been measured against PyTorch.
        order = (TENSORRT,) if device.type == 'cuda' else (OPENVINO, ONNXRUNTIME)
        wanted = [name for name in order if not usable(name, device)]
    else:
        if problem := usable(engine, device):
            raise SettingsError(f'engine: {problem}')
        wanted = [] if engine == TORCH else [engine]
    found = [
        Candidate(name, one) for name in wanted for one in _precisions(name, precision, device)
    ]
    if engine not in (AUTO, TORCH) and not found:
        raise SettingsError(f'precision: {precision} is not possible in {engine} on {device}')
    return found


def _meant(engine: str) -> str:
    """Return the engine that auto means on this machine."""
    chosen = os.environ.get(ENGINE_VARIABLE, AUTO)
    if engine != AUTO or chosen == AUTO:
        return engine
    if chosen not in ENGINES:
        raise SettingsError(
            f'{ENGINE_VARIABLE}: {chosen!r} is not one of {AUTO}, {", ".join(ENGINES)}'
        )
    return chosen


def _precisions(engine: str, precision: str, device: torch.device) -> Sequence[str]:
    if engine == TENSORRT:
        possible: Sequence[str] = ('fp16', 'fp32')
    elif engine == OPENVINO:
        from thermal_depth_ros.inference.engines.openvino_runner import has_bf16

        possible = ('bf16', MIXED, 'fp32') if has_bf16() else ('fp32',)
    else:
        possible = ('fp32',)
    if precision == INT8 and device.type == 'cpu':
        return (INT8,)
    return possible if precision == AUTO else [one for one in possible if one == precision]


def versions() -> Mapping[str, str]:
    """Return the version of each installed engine."""
    found = {TORCH: str(torch.__version__)}
    if installed(ONNXRUNTIME):
        from thermal_depth_ros.inference.engines import onnxruntime_runner

        found[ONNXRUNTIME] = onnxruntime_runner.version()
    if installed(OPENVINO):
        from thermal_depth_ros.inference.engines import openvino_runner

        found[OPENVINO] = openvino_runner.version()
    return found
