# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Stages in 8-bit integers: static quantisation with inputs from recorded frames."""

import logging
import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np

from thermal_depth_ros.base.text_output import write_bytes
from thermal_depth_ros.inference.device import INT8
from thermal_depth_ros.inference.engines.onnx_files import PREFIX, ExportError, load_onnx

Inputs = Mapping[str, np.ndarray]


def int8_file(folder: Path, stage: str) -> Path:
    """Return where the quantised stage of a bundle lies."""
    return folder / f'{stage}.{INT8}.onnx'


def write_int8(source: Path, target: Path, samples: Sequence[Inputs]) -> None:
    """Quantise the convolutions and matrix products of an exported stage.

    Args:
        source: File of `write_stage`, for one image at a time.
        target: File to write; it says about itself what the source says.
        samples: Inputs of the stage by name, from which the ranges of activations are taken.

    Raises:
        ExportError: ONNX Runtime cannot quantise it.
        OSError: It cannot be written.
    """
    from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType
    from onnxruntime.quantization import quantize_static as quantise

    class Reader(CalibrationDataReader):  # type: ignore[misc]
        """Hands out the samples one by one."""

        def __init__(self) -> None:
            self._left: Iterator[Inputs] = iter(samples)

        def get_next(self) -> dict[str, np.ndarray] | None:
            """Return the next inputs; None at the end, as ONNX Runtime wants it."""
            following = next(self._left, None)
            return None if following is None else dict(following)

    with tempfile.TemporaryDirectory() as scratch:
        result = Path(scratch) / 'quantised.onnx'
        before = logging.root.manager.disable
        logging.disable(logging.WARNING)  # its advice is for people who call it by hand
        try:
            quantise(
                str(source),
                str(result),
                Reader(),
                quant_format=QuantFormat.QDQ,
                op_types_to_quantize=['Conv', 'MatMul'],
                per_channel=True,
                activation_type=QuantType.QInt8,
                weight_type=QuantType.QInt8,
            )
        except Exception as error:  # what it raises is not documented
            raise ExportError(f'{source}: cannot be quantised: {error}') from error
        finally:
            logging.disable(before)
        model = load_onnx(result)
    del model.metadata_props[:]
    said = load_onnx(source).metadata_props
    model.metadata_props.extend(said)
    model.metadata_props.add(key=f'{PREFIX}precision', value=INT8)
    write_bytes(target, model.SerializeToString())
    os.chmod(target, 0o644)
