# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Lets consecutive layers of an OpenVINO model compute in bfloat16, and all others in float32."""

import math
from collections.abc import Sequence
from typing import Any

_HEAVY = ('Convolution', 'GroupConvolution', 'ConvolutionBackpropData', 'MatMul')
_NO_LAYER = ('Constant', 'Parameter', 'Result')
_EXACT_FROM = {'Interpolate': 1}  # inputs from this one on are no data


def lower(model: Any, share: float) -> None:
    """Insert conversions around the last layers of a model, but for the very last one.

    Rounding early in a network is amplified by everything after it, and rounding before the last
    activation is seen as it is. OpenVINO's own setting of the precision has no finer unit than a
    model, and its marks on operators are lost when it replaces them by others.

    Args:
        model: openvino.Model with float32 inputs, which is changed.
        share: Least share of all multiplications that the layers shall have, 0 to 1.

    Raises:
        RuntimeError: An operator does not compute in bfloat16.
    """
    import openvino

    layers = _layers(model.get_ordered_ops())
    inside = [op for layer in _window(layers, share) for op in layer]
    names = {op.get_friendly_name() for op in inside}
    single = openvino.Type.f32
    # Found before anything is inserted, for inserted conversions read these outputs as well.
    leaving = [
        (output, readers)
        for op in inside
        for output in op.outputs()
        if output.get_element_type() == single and (readers := _outside(output, names))
    ]
    _convert_inputs(inside, names)
    convert = openvino.opset13.convert
    for output, readers in leaving:
        exact = convert(output, 'f32').output(0)
        for reader in readers:
            reader.replace_source_output(exact)
    model.validate_nodes_and_infer_types()


def _convert_inputs(inside: Sequence[Any], names: set[str]) -> None:
    """Convert what comes in from outside, every output once."""
    import openvino

    rounded: dict[tuple[str, int], Any] = {}
    for op in inside:
        data = op.inputs()[: _EXACT_FROM.get(op.get_type_name())]
        for entry in data:
            source = entry.get_source_output()
            name = source.get_node().get_friendly_name()
            if name in names or entry.get_element_type() != openvino.Type.f32:
                continue
            key = name, source.get_index()
            if key not in rounded:
                rounded[key] = openvino.opset13.convert(source, 'bf16').output(0)
            entry.replace_source_output(rounded[key])


def _outside(output: Any, names: set[str]) -> list[Any]:
    """Return the inputs of other operators that read an output."""
    readers = output.get_target_inputs()
    return [one for one in readers if one.get_node().get_friendly_name() not in names]


def _layers(ops: Sequence[Any]) -> list[list[Any]]:
    """Group operators: every convolution or matrix product with what follows it."""
    layers: list[list[Any]] = [[]]
    for op in ops:
        if op.get_type_name() in _NO_LAYER:
            continue
        if op.get_type_name() in _HEAVY and layers[-1]:
            layers.append([])
        layers[-1].append(op)
    return layers


def _window(layers: Sequence[Sequence[Any]], share: float) -> Sequence[Sequence[Any]]:
    """Return the last layers but one that have a share of the multiplications."""
    costs = [multiplications(layer[0]) if layer else 0 for layer in layers]
    last = len(layers) - 1
    first = last
    while first > 0 and sum(costs[first:last]) < share * sum(costs):
        first -= 1
    return layers[first:last]


def multiplications(op: Any) -> int:
    """Return the multiplications of an operator with fixed shapes; 0 for all but heavy ones."""
    kind = op.get_type_name()
    if kind not in _HEAVY:
        return 0
    outputs: int = math.prod(op.get_output_shape(0))
    if kind == 'MatMul':
        return outputs * int(op.get_input_shape(0)[-1])
    # Weights are (out, in, y, x), of groups (groups, out, in, y, x), of a transposed convolution
    # (in, out, y, x), where every input is multiplied instead.
    weights = [int(size) for size in op.get_input_shape(1)]
    if kind == 'ConvolutionBackpropData':
        inputs: int = math.prod(op.get_input_shape(0))
        return inputs * math.prod(weights[1:])
    return outputs * math.prod(weights[2 if kind == 'GroupConvolution' else 1 :])
