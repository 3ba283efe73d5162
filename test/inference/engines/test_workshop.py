# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Engines are checked before they are used, and PyTorch steps in with a reason."""

import os

import pytest
import torch
from torch import nn

from helpers.toy_stages import CPU, SIZE, ToyDepth, toy_stage
from thermal_depth_ros.inference.engines import cache
from thermal_depth_ros.inference.engines.onnx_files import Shapes, bundle_identity, write_stage
from thermal_depth_ros.inference.engines.report import Candidate
from thermal_depth_ros.inference.engines.runner import EngineError
from thermal_depth_ros.inference.engines.workshop import MARK, REFUSE

TORCH = Candidate('torch', 'fp32')
SHAPES = Shapes(((1, 1, *SIZE),))


def prepare(workshop, engine, policy=REFUSE):
    return workshop.prepare([Candidate(engine, 'fp32')], TORCH, policy, SIZE)


def test_an_engine_that_agrees_is_taken_with_its_figures(workshop, engine):
    module = ToyDepth()
    found = prepare(workshop(module, 1), engine)
    assert found.report.engines == {'depth': Candidate(engine, 'fp32')}
    assert found.report.warnings == () and 'depth differs by' in found.report.checks['depth']
    image = torch.rand(1, 1, *SIZE)
    (disparity,) = found.runners['depth']([image])
    torch.testing.assert_close(disparity, module(image)[0], rtol=1e-5, atol=1e-6)


def test_an_engine_that_computes_something_else_is_refused_or_marked(workshop, toy_spec, engine):
    """The exported file is of other weights with the same name: nothing but the check can tell."""
    spec = toy_spec(2)
    kept = cache.onnx_file(bundle_identity(spec), 'depth', SHAPES.inputs)
    write_stage(toy_stage(ToyDepth(gain=1.1)), SHAPES, spec, kept)
    refused = prepare(workshop(ToyDepth(), 2), engine)
    assert refused.report.engines == {'depth': TORCH} and refused.report.checks == {}
    (warning,) = refused.report.warnings
    assert (
        f'depth runs in torch, not in {engine}' in warning and 'depth differs by 9.09%' in warning
    )
    marked = prepare(workshop(ToyDepth(), 2), engine, MARK)
    assert marked.report.engines == {'depth': Candidate(engine, 'fp32')}
    assert 'depth differs by 9.09%' in marked.report.warnings[0]


def test_not_a_number_is_refused_even_where_differences_are_marked(workshop, toy_spec, engine):
    spec = toy_spec(3)
    kept = cache.onnx_file(bundle_identity(spec), 'depth', SHAPES.inputs)
    write_stage(toy_stage(ToyDepth(gain=float('nan'))), SHAPES, spec, kept)
    found = prepare(workshop(ToyDepth(), 3), engine, MARK)
    assert found.report.engines == {'depth': TORCH}
    assert 'not finite' in found.report.warnings[0]


def test_batches_of_any_size_are_run_by_one_runner(workshop, toy_spec, engine, tmp_path):
    write_stage(toy_stage(ToyDepth()), SHAPES, toy_spec(12), tmp_path / 'depth.onnx')
    module = ToyDepth()
    found = prepare(workshop(module, 12, batches=True), engine)
    assert found.report.engines == {'depth': Candidate(engine, 'fp32')}
    assert 'made for one image at a time' in found.report.notes[0], 'the file in the folder'
    for count in (3, 1, 4):
        images = torch.rand(count, 1, *SIZE)
        (disparity,) = found.runners['depth']([images])
        torch.testing.assert_close(disparity, module(images)[0], rtol=1e-5, atol=1e-6)
    single = prepare(workshop(module, 12), engine)
    assert single.report.notes == (), 'kept apart from what runs one image'


class Unsupported(nn.Module):
    """Has no counterpart in ONNX."""

    def forward(self, image: torch.Tensor) -> tuple[torch.Tensor]:
        return (1 + image + torch.linalg.matrix_exp(image[..., :12]).mean() * 0,)


def test_an_operator_without_counterpart_leaves_the_network_to_pytorch(workshop, engine):
    found = prepare(workshop(Unsupported(), 4), engine)
    assert found.report.engines == {'depth': TORCH}
    assert 'depth: cannot be written as ONNX' in found.report.warnings[0]
    assert torch.isfinite(found.runners['depth']([torch.zeros(1, 1, *SIZE)])[0]).all()


def test_what_is_exported_once_is_read_the_next_time(workshop, toy_spec, engine, monkeypatch):
    prepare(workshop(ToyDepth(), 5), engine)
    path = 'thermal_depth_ros.inference.engines.workshop.write_stage'
    monkeypatch.setattr(path, lambda *_: pytest.fail('exported again'))
    again = prepare(workshop(ToyDepth(), 5), engine)
    assert again.report.engines == {'depth': Candidate(engine, 'fp32')}


def test_a_damaged_file_in_the_cache_is_made_again(workshop, toy_spec, engine):
    kept = cache.onnx_file(bundle_identity(toy_spec(6)), 'depth', SHAPES.inputs)
    kept.parent.mkdir(parents=True, exist_ok=True)
    kept.write_bytes(b'half a file')
    assert prepare(workshop(ToyDepth(), 6), engine).report.warnings == ()
    assert kept.stat().st_size > 100


def test_a_file_beside_the_weights_is_used_unless_it_is_stale(workshop, toy_spec, tmp_path):
    beside = tmp_path / 'depth.onnx'
    write_stage(toy_stage(ToyDepth(gain=1.001)), SHAPES, toy_spec(7), beside)
    shop = workshop(ToyDepth(), 7)
    assert '0.001' in prepare(shop, 'onnxruntime').report.checks['depth']
    other = workshop(ToyDepth(), 8)  # the same folder, whose weights are now another's
    found = prepare(other, 'onnxruntime').report
    assert 'e-0' in found.checks['depth']  # not 0.001
    assert 'export it again' in found.notes[0] and 'identity' in found.notes[0]


def test_a_cache_that_cannot_be_written_leaves_the_network_to_pytorch(
    workshop, engine, monkeypatch, tmp_path
):
    blocked = tmp_path / 'file'
    blocked.touch()
    monkeypatch.setenv(cache.CACHE_VARIABLE, str(blocked))
    found = prepare(workshop(ToyDepth(), 9), engine)
    assert found.report.engines == {'depth': TORCH}
    assert str(blocked) in found.report.warnings[0]


def test_the_cache_forgets_the_bundles_not_used_for_longest(monkeypatch, tmp_path):
    monkeypatch.setenv(cache.CACHE_VARIABLE, str(tmp_path))
    monkeypatch.setattr(cache, '_MOST_BUNDLES', 2)
    for age, name in enumerate('abc'):
        file = cache.onnx_file(name, 'depth', ((1, 1, 2, 3),))
        file.parent.mkdir(parents=True)
        file.touch()
        os.utime(file.parent, (1000 - age, 1000 - age))
    cache.used(cache.onnx_file('c', 'depth', ((1, 1, 2, 3),)))
    assert sorted(path.name for path in (tmp_path / 'onnx').iterdir()) == ['a', 'c']


def test_compiled_files_that_are_damaged_are_made_again(workshop, engine, exported):
    module = ToyDepth(gain=3.0)
    prepare(workshop(module, 11), engine)
    for file in (exported / engine).iterdir():
        file.write_bytes(b'half a file')
    found = prepare(workshop(module, 11), engine)
    assert found.report.engines == {'depth': Candidate(engine, 'fp32')}
    image = torch.rand(1, 1, *SIZE)
    (disparity,) = found.runners['depth']([image])
    torch.testing.assert_close(disparity, module(image)[0], rtol=1e-5, atol=1e-6)


def test_compiled_files_do_not_pile_up(monkeypatch, tmp_path):
    monkeypatch.setenv(cache.CACHE_VARIABLE, str(tmp_path))
    monkeypatch.setattr(cache, '_MOST_COMPILED', 2)
    (tmp_path / 'openvino').mkdir()
    for age, name in enumerate('abc'):
        (tmp_path / 'openvino' / name).touch()
        os.utime(tmp_path / 'openvino' / name, (1000 - age, 1000 - age))
    folder = cache.writable_folder('openvino')
    assert sorted(path.name for path in folder.iterdir()) == ['a', 'b']


def test_openvino_reports_an_unreadable_model(tmp_path):
    runner = pytest.importorskip('thermal_depth_ros.inference.engines.openvino_runner')
    pytest.importorskip('openvino')
    bad = tmp_path / 'bad.onnx'
    bad.write_bytes(b'nothing')
    with pytest.raises(EngineError, match='openvino: '):
        runner.OpenVinoRunner(bad, 'fp32', 1, {'image': (1, 1, 2, 2)})


def test_nothing_is_tried_where_pytorch_is_asked_for(workshop):
    found = workshop(ToyDepth(), 10).prepare([], Candidate('torch', 'bf16'), REFUSE, SIZE)
    assert found.report.engines == {'depth': Candidate('torch', 'bf16')}
    assert found.report.notes == found.report.warnings == ()
    assert found.runners['depth']([torch.zeros(1, 1, *SIZE, device=CPU)])[0].shape == (1, 1, *SIZE)
