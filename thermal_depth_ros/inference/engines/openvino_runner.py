# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""OpenVINO on the CPU."""

import functools
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch

from thermal_depth_ros.inference.engines.bf16_window import lower
from thermal_depth_ros.inference.engines.runner import (
    MIXED,
    OPENVINO,
    EngineError,
    Tensors,
    fed,
)

_HINTS = {'fp32': 'f32', 'bf16': 'bf16', 'fp16': 'f16', 'int8': 'f32', MIXED: 'f32'}
_CPU = 'CPU'


@functools.cache
def _core() -> Any:
    """Return the only core of the process.

    Raises:
        ImportError: OpenVINO is not installed.
    """
    # `import openvino` reports itself over the network through this package where it is there.
    sys.modules.setdefault('openvino_telemetry', None)  # type: ignore[arg-type]
    import openvino

    return openvino.Core()


def version() -> str:
    """Return the version of the installed library."""
    _core()
    import openvino

    return str(openvino.__version__).partition('-')[0]


def has_bf16() -> bool:
    """Whether the processor computes in bfloat16, as OpenVINO sees it."""
    return 'BF16' in _core().get_property(_CPU, 'OPTIMIZATION_CAPABILITIES')


def machine() -> str:
    """Return what decides how the library computes: its version, and the processor."""
    return f'{version()} on {_core().get_property(_CPU, "FULL_DEVICE_NAME")}'


class OpenVinoRunner:
    """Runs an ONNX file."""

    engine = OPENVINO

    def __init__(
        self,
        model: Path | bytes,
        precision: str,
        threads: int,
        shapes: Mapping[str, tuple[int, ...]],
        cache: Path | None = None,
        *,
        reuse_outputs: bool = False,
        outputs: Sequence[str] = (),
        bf16_share: float = 0.0,
    ) -> None:
        """Compile a model.

        Args:
            model: ONNX file, or its content.
            precision: fp32; bf16 or mixed where `has_bf16`.
            threads: Of the CPU.
            shapes: Shapes of the inputs, by name.
            cache: Folder where compiled models are kept; OpenVINO compiles again whatever was
                made for another model, processor, setting or version.
            outputs: Names of the outputs to return; all of them without any.
            reuse_outputs: Let the outputs lie in memory that the next call writes to.
            bf16_share: With mixed precision, the share of the multiplications in bf16: none for
                0, all for 1; see `bf16_window.lower`.

        Raises:
            EngineError: It cannot be compiled, for example for an unknown operator.
        """
        self.precision = precision
        self._reuse = reuse_outputs
        everything = precision == MIXED and bf16_share == 1.0
        options: dict[str, Any] = {
            'INFERENCE_PRECISION_HINT': 'bf16' if everything else _HINTS[precision],
            'INFERENCE_NUM_THREADS': threads,
            'PERFORMANCE_HINT': 'LATENCY',
            # Two cameras in two processes would both be pinned to the first core.
            'ENABLE_CPU_PINNING': False,
        }
        if cache is not None:
            options['CACHE_DIR'] = str(cache)
        try:
            read = _core().read_model(model if isinstance(model, bytes) else str(model))
            read.reshape({name: list(shape) for name, shape in shapes.items()})
            if precision == MIXED and 0.0 < bf16_share < 1.0:
                lower(read, bf16_share)
            self._compiled = _core().compile_model(read, _CPU, options)
            self._request = self._compiled.create_infer_request()
            self._outputs = self._compiled.outputs
            if outputs:
                self._outputs = [self._compiled.output(name) for name in outputs]
        except RuntimeError as error:
            raise EngineError(f'openvino: {_last_line(error)}') from error
        self._types = {
            port.any_name: port.element_type.to_dtype() for port in self._compiled.inputs
        }

    def __call__(self, inputs: Sequence[torch.Tensor]) -> Tensors:
        """Return the outputs.

        Raises:
            EngineError: The model fails.
        """
        arrays = {
            name: fed(tensor, dtype)
            for (name, dtype), tensor in zip(self._types.items(), inputs, strict=True)
        }
        try:
            found = self._request.infer(arrays, share_inputs=True, share_outputs=self._reuse)
        except RuntimeError as error:
            raise EngineError(f'openvino: {_last_line(error)}') from error
        return tuple(torch.from_numpy(found[port]) for port in self._outputs)


def _last_line(error: Exception) -> str:
    """Return the reason, which OpenVINO puts after the places in its own source."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[-1] if lines else type(error).__name__
