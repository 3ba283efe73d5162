# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Opens an ONNX file in an engine."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import torch

from thermal_depth_ros.inference.engines.report import Candidate
from thermal_depth_ros.inference.engines.runner import OPENVINO, Runner


def file_runner(
    candidate: Candidate,
    file: Path,
    device: torch.device,
    threads: int,
    inputs: Mapping[str, tuple[int, ...]],
    compiled: Path | None,
    *,
    outputs: Sequence[str] = (),
    reuse_outputs: bool = False,
    bf16_share: float = 0.0,
) -> Runner:
    """Compile a file.

    Args:
        candidate: Engine and precision; any but PyTorch.
        file: The ONNX file.
        device: Compute device.
        threads: Of the CPU.
        inputs: Shapes of the inputs by name; -1 for any number.
        compiled: Folder where the engine keeps what it compiles; None for none.
        outputs: Names of the outputs to return; all of them without any.
        reuse_outputs: Whether OpenVINO's outputs may lie in memory that the next call writes to.
        bf16_share: Of OpenVINO in mixed precision; see `bf16_window.lower`.

    Raises:
        EngineError: The engine cannot run it.
    """
    if candidate.engine == OPENVINO:
        from thermal_depth_ros.inference.engines.openvino_runner import OpenVinoRunner

        return OpenVinoRunner(
            file,
            candidate.precision,
            threads,
            inputs,
            compiled,
            reuse_outputs=reuse_outputs,
            outputs=outputs,
            bf16_share=bf16_share,
        )
    from thermal_depth_ros.inference.engines.onnxruntime_runner import OnnxRuntimeRunner

    return OnnxRuntimeRunner(
        file, device, candidate.precision, threads, candidate.engine, compiled, outputs=outputs
    )
