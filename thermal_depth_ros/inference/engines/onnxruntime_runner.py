# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""ONNX Runtime: CPU, CUDA and TensorRT."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from thermal_depth_ros.inference.engines.runner import (
    ONNXRUNTIME,
    TENSORRT,
    EngineError,
    Tensors,
    fed,
)

_ERROR = 3  # least severity that ONNX Runtime prints: the rest is raised, or of no use to a user
_TYPES = {  # of inputs, as ONNX Runtime names them
    'tensor(float)': torch.float32,
    'tensor(float16)': torch.float16,
    'tensor(uint8)': torch.uint8,
}
_PROVIDERS = {ONNXRUNTIME: 'CUDAExecutionProvider', TENSORRT: 'TensorrtExecutionProvider'}


def providers() -> tuple[str, ...]:
    """Return what the installed ONNX Runtime can run on.

    Raises:
        ImportError: It is not installed.
    """
    import onnxruntime

    return tuple(onnxruntime.get_available_providers())


def version() -> str:
    """Return the version of the installed library."""
    import onnxruntime

    return str(onnxruntime.__version__)


class OnnxRuntimeRunner:
    """Runs an ONNX file; on a GPU inputs and outputs stay there."""

    def __init__(
        self,
        model: Path | bytes,
        device: torch.device,
        precision: str,
        threads: int,
        engine: str = ONNXRUNTIME,
        cache: Path | None = None,
        outputs: Sequence[str] = (),
    ) -> None:
        """Load and compile a model.

        Args:
            model: ONNX file, or its content.
            device: CPU or CUDA device.
            precision: fp32; fp16 with TensorRT.
            threads: Of the CPU.
            engine: 'onnxruntime' or 'tensorrt'.
            cache: Folder for the engines of TensorRT.
            outputs: Names of the outputs to compute; all of them without any.

        Raises:
            EngineError: It cannot be loaded, for example for an unknown operator.
        """
        import onnxruntime

        self.engine, self.precision = engine, precision
        self._device = device
        options = onnxruntime.SessionOptions()
        options.log_severity_level = _ERROR
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        # Waiting threads would take the processor from the rest of the robot.
        options.add_session_config_entry('session.intra_op.allow_spinning', '0')
        source = model if isinstance(model, bytes) else str(model)
        chosen = _chosen_providers(device, engine, precision, cache)
        try:
            self._session: Any = onnxruntime.InferenceSession(source, options, providers=chosen)
        except Exception as error:  # ONNX Runtime derives from nothing narrower
            raise EngineError(f'{engine}: {_first_line(error)}') from error
        if device.type == 'cuda' and _PROVIDERS[engine] not in self._session.get_providers():
            raise EngineError(f'{engine}: {_PROVIDERS[engine]} could not be started')
        entries = self._session.get_inputs()
        self._inputs = [entry.name for entry in entries]
        self._types = [_input_type(engine, entry) for entry in entries]
        self._outputs = list(outputs) or [entry.name for entry in self._session.get_outputs()]

    def __call__(self, inputs: Sequence[torch.Tensor]) -> Tensors:
        """Return the outputs; those of the CPU share memory with nothing."""
        if self._device.type == 'cpu':
            arrays = [
                fed(tensor, _numpy_type(kind))
                for tensor, kind in zip(inputs, self._types, strict=True)
            ]
            try:
                found = self._session.run(
                    self._outputs, dict(zip(self._inputs, arrays, strict=True))
                )
            except Exception as error:  # ONNX Runtime derives from nothing narrower
                raise EngineError(f'{self.engine}: {_first_line(error)}') from error
            return tuple(torch.from_numpy(array) for array in found)
        return self._on_device(inputs)

    def _on_device(self, inputs: Sequence[torch.Tensor]) -> Tensors:
        """Run on tensors of the GPU without a copy through the host."""
        binding = self._session.io_binding()
        index = self._device.index or 0
        kept = [  # until the run is over
            (tensor if kind.is_floating_point else tensor.round()).to(kind).contiguous()
            for tensor, kind in zip(inputs, self._types, strict=True)
        ]
        for name, tensor in zip(self._inputs, kept, strict=True):
            kind = _numpy_type(tensor.dtype)
            binding.bind_input(name, 'cuda', index, kind, tuple(tensor.shape), tensor.data_ptr())
        for name in self._outputs:
            binding.bind_output(name, 'cuda', index)
        torch.cuda.synchronize(self._device)  # ONNX Runtime has a stream of its own
        self._session.run_with_iobinding(binding)
        return tuple(torch.from_dlpack(value) for value in binding.get_outputs())


def _chosen_providers(
    device: torch.device, engine: str, precision: str, cache: Path | None
) -> list[Any]:
    if device.type == 'cpu':
        return ['CPUExecutionProvider']
    options: dict[str, Any] = {'device_id': device.index or 0}
    if engine == TENSORRT:
        options['trt_fp16_enable'] = precision == 'fp16'
        if cache is not None:
            options |= {'trt_engine_cache_enable': True, 'trt_engine_cache_path': str(cache)}
    return [(_PROVIDERS[engine], options), 'CPUExecutionProvider']


def _input_type(engine: str, entry: Any) -> torch.dtype:
    if entry.type not in _TYPES:
        raise EngineError(
            f'{engine}: input {entry.name} is a {entry.type}, not {", ".join(_TYPES)}'
        )
    return _TYPES[entry.type]


def _numpy_type(kind: torch.dtype) -> np.dtype[Any]:
    return torch.empty(0, dtype=kind).numpy().dtype


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
