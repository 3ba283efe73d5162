# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Parts of a network in bfloat16: which ones are found, kept, and really compute in it."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from helpers.toy_stages import CPU, SIZE, toy_stage
from thermal_depth_ros.bundles.sections import StoredModel
from thermal_depth_ros.inference.engines import mixed
from thermal_depth_ros.inference.engines.model import prepare_model
from thermal_depth_ros.inference.engines.onnx_files import Shapes, write_stage
from thermal_depth_ros.inference.engines.report import Candidate
from thermal_depth_ros.inference.engines.workshop import REFUSE

ERRORS = {'encoder': 9.0, 'depth': 1.2, 'semantics': 0.3}  # of a stage that is wholly in bf16


def within(limit: float):
    """Return a check in which the errors of all stages add up."""
    tried: list[dict[str, float]] = []

    def passes(shares):
        tried.append(dict(shares))
        return sum(ERRORS[name] * share for name, share in shares.items()) <= limit

    return passes, tried


def test_later_stages_are_lowered_first_and_only_as_far_as_all_pass_together():
    passes, tried = within(1.0)
    found = mixed.search(list(ERRORS), passes)
    # 0.3 for the classes; of the 0.7 that are left, depth takes 0.5 * 1.2; the encoder nothing
    assert found == {'encoder': 0.0, 'depth': 0.5, 'semantics': 1.0}
    assert len(tried) == 7 and tried[-1] == {**found, 'encoder': mixed.SHARES[-1]}
    assert mixed.words(found) == 'bf16: 50% of depth, semantics'


def test_one_stage_is_not_tried_as_a_whole_again():
    passes, tried = within(100.0)
    assert mixed.search(['depth'], passes) == {'depth': mixed.SHARES[0]}
    assert all(one['depth'] < mixed.WHOLE for one in tried)


def test_what_was_found_is_read_on_the_same_machine_alone(tmp_path: Path):
    file, names = tmp_path / 'depth.json', ['encoder', 'depth']
    assert mixed.read(file, names, 'a') is None
    shares = {'encoder': 0.0, 'depth': 0.35}
    mixed.write(file, shares, 'a')
    assert mixed.read(file, names, 'a') == shares
    assert mixed.read(file, names, 'b') is None
    assert mixed.read(file, [*names, 'semantics'], 'a') is None
    for damaged in ('{', '[]', '{"machine": "a", "shares": {"encoder": 0, "depth": 0.36}}'):
        file.write_text(damaged)
        assert mixed.read(file, names, 'a') is None
    mixed.write(tmp_path / 'nowhere' / 'depth.json', shares, 'a')  # searched for again


@pytest.mark.parametrize(('share', 'expected'), [(0.2, 'fffbf'), (0.35, 'ffbbf'), (1.0, 'bbbbf')])
def test_the_last_layers_but_one_are_lowered(share, expected):
    """Five convolutions of one size: the window ends before the last one."""
    openvino = pytest.importorskip('openvino')
    from thermal_depth_ros.inference.engines.bf16_window import lower

    op = openvino.opset13
    image = op.parameter([1, 4, 8, 8], openvino.Type.f32)
    weights = np.random.default_rng(3).normal(0, 0.2, (4, 4, 3, 3)).astype(np.float32)
    layer, convolutions = image, []
    for _ in range(5):
        layer = op.convolution(layer, op.constant(weights), [1, 1], [1, 1], [1, 1], [1, 1])
        convolutions.append(layer)
        layer = op.relu(layer)
    skipped = op.add(layer, op.relu(convolutions[3]))  # read inside the window and outside
    model = openvino.Model([skipped], [image])
    values = np.random.default_rng(4).normal(size=(1, 4, 8, 8)).astype(np.float32)

    def computed():
        options = {'INFERENCE_PRECISION_HINT': 'f32', 'INFERENCE_NUM_THREADS': 1}
        return next(iter(openvino.Core().compile_model(model, 'CPU', options)(values).values()))

    exact = computed().copy()
    lower(model, share)
    types = [one.get_output_element_type(0).get_type_name()[0] for one in convolutions]
    assert ''.join(types) == expected
    assert model.outputs[0].get_element_type() == openvino.Type.f32
    np.testing.assert_allclose(computed(), exact, rtol=0.05, atol=0.02)


class Convolutions(nn.Module):
    """Disparity of three convolutions, around 1."""

    def __init__(self) -> None:
        super().__init__()
        generator = torch.Generator().manual_seed(0)
        self.layers = nn.ModuleList(nn.Conv2d(a, b, 3, padding=1) for a, b in ((1, 8), (8, 8)))
        self.last = nn.Conv2d(8, 1, 3, padding=1)
        with torch.no_grad():
            for values in self.parameters():
                values.copy_(0.1 * torch.randn(values.shape, generator=generator))

    def forward(self, image: torch.Tensor) -> tuple[torch.Tensor]:
        for layer in self.layers:
            image = layer(image).relu()
        return (1.0 + 0.1 * self.last(image).tanh(),)


def test_a_network_runs_in_part_in_bf16_and_says_so(workshop, monkeypatch):
    pytest.importorskip('openvino')
    wanted = [Candidate('openvino', 'mixed')]
    torch_fp32 = Candidate('torch', 'fp32')
    module = Convolutions()
    found = workshop(module, 21).prepare(wanted, torch_fp32, REFUSE, SIZE)
    assert str(found.report.engines['depth']) == 'openvino mixed (bf16: 75% of depth)'
    assert 'depth differs by' in found.report.checks['depth'] and found.report.warnings == ()
    image = torch.rand(1, 1, *SIZE)
    (disparity,) = found.runners['depth']([image])
    torch.testing.assert_close(disparity, module(image)[0], rtol=0.01, atol=0.0)
    monkeypatch.setattr(mixed, 'search', lambda *_: pytest.fail('searched again'))
    again = workshop(module, 21).prepare(wanted, torch_fp32, REFUSE, SIZE)
    assert again.report.engines['depth'].detail == 'bf16: 75% of depth'


def test_a_model_of_others_runs_in_part_in_bf16_where_it_agrees_with_onnx_runtime(
    toy_spec, tmp_path, monkeypatch
):
    pytest.importorskip('openvino')
    file = tmp_path / 'model.onnx'
    write_stage(toy_stage(Convolutions()), Shapes(((1, 1, *SIZE),)), toy_spec(23), file)
    spec = dataclasses.replace(
        toy_spec(23),
        architecture={
            'output': 'disparity',
            'model': file.name,
            'model_output': 'disparity',
            'input_name': 'image',
            'output_name': 'disparity',
            'channels': 1,
        },
        input_size=SIZE,
        weights=StoredModel(file.name, '1' * 64),
    )
    wanted = [Candidate('openvino', 'mixed')]
    found = prepare_model(spec, file, CPU, wanted, REFUSE)
    assert str(found.report.engines['depth']) == 'openvino mixed (bf16: 75% of depth)'
    assert 'from ONNX Runtime' in found.report.checks['depth'] and found.report.warnings == ()
    monkeypatch.setattr(mixed, 'search', lambda *_: pytest.fail('searched again'))
    again = prepare_model(spec, file, CPU, wanted, REFUSE)
    image = torch.rand(1, 1, *SIZE)
    lowered, exact = again.runners['depth']([image])[0], Convolutions()(image)[0]
    torch.testing.assert_close(lowered, exact, rtol=0.01, atol=0.0)


def test_a_network_that_may_not_be_lowered_anywhere_is_left_to_others(workshop, monkeypatch):
    pytest.importorskip('openvino')
    monkeypatch.setattr(mixed, 'search', lambda stages, passes: dict.fromkeys(stages, 0.0))
    torch_fp32 = Candidate('torch', 'fp32')
    wanted = [Candidate('openvino', 'mixed'), Candidate('openvino', 'fp32')]
    found = workshop(Convolutions(), 22).prepare(wanted, torch_fp32, REFUSE, SIZE)
    assert found.report.engines == {'depth': Candidate('openvino', 'fp32')}
    assert 'openvino mixed: no part of it' in found.report.notes[0]
