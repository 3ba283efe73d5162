# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Models of transformers run in every engine, in batches of any size, as they do in PyTorch."""

from types import SimpleNamespace

import pytest
import torch
from torch import nn

from helpers.tiny_teachers import DEPTH_FAMILIES, SEMANTIC_FAMILIES, save_depth, save_semantic
from thermal_depth_ros.inference.engines import cache
from thermal_depth_ros.inference.engines.candidates import installed
from thermal_depth_ros.inference.engines.stages import LOGITS, SEMANTICS
from thermal_depth_ros.training.labelling.config import AUTO_OUTPUT
from thermal_depth_ros.training.labelling.depth_teachers import load_depth_teacher
from thermal_depth_ros.training.labelling.model_engine import ModelEngine, NamedOutputs
from thermal_depth_ros.training.labelling.teachers import load_semantic_teacher

CPU = torch.device('cpu')


@pytest.fixture(scope='module')
def exported(tmp_path_factory):
    """Folder that serves all tests as cache."""
    return tmp_path_factory.mktemp('exported')


@pytest.fixture(autouse=True)
def own_cache(exported, monkeypatch):
    monkeypatch.setenv(cache.CACHE_VARIABLE, str(exported))
    monkeypatch.delenv('THERMAL_DEPTH_ENGINE')


@pytest.fixture(params=['onnxruntime', 'openvino'])
def engine(request):
    """Every engine that is installed and needs no GPU, except PyTorch."""
    if not installed(request.param):
        pytest.skip(f'{request.param} is not installed')
    return request.param


class Classifier(nn.Module):
    """Four classes by one convolution, with results as those of transformers."""

    def __init__(self):
        super().__init__()
        self.layer = nn.Conv2d(3, 4, 3, padding=1)
        with torch.no_grad():
            self.layer.weight.copy_(torch.linspace(-1, 1, 108).sin().mul(9).view(4, 3, 3, 3))
            self.layer.bias.zero_()

    def forward(self, pixel_values):
        return SimpleNamespace(loss=None, logits=self.layer(pixel_values))


class Unsupported(Classifier):
    """Has no counterpart in ONNX."""

    def forward(self, pixel_values):
        result = super().forward(pixel_values)
        result.logits += 0.0 * torch.linalg.matrix_exp(pixel_values[..., :8, :8]).mean()
        return result


def opened(model, identity, engine):
    return ModelEngine(
        identity,
        SEMANTICS,
        NamedOutputs(model, ['logits']),
        CPU,
        engine,
        lambda outputs: {LOGITS: outputs[0]},
    )


def images(count, height=12, width=16):
    return torch.rand(count, 3, height, width, generator=torch.Generator().manual_seed(count))


def test_batches_and_sizes_are_run_as_in_pytorch_and_exported_once_for_each_size(engine, exported):
    model = Classifier()
    found = opened(model, 'a', engine)
    for pixels in (images(3), images(1), images(2, 16, 8)):
        (logits,) = found(pixels)
        torch.testing.assert_close(logits, model(pixels).logits, rtol=1e-4, atol=1e-4)
        assert found.report.summary == f'{engine} fp32' and found.report.warnings == ()
    assert found.report.checks == {'semantics': '100.00% of the classes agree'}
    (folder,) = {path.parent for path in exported.rglob('semantics_3x12x16_batch.onnx')}
    assert len(list(folder.glob('*.onnx'))) == 2


def test_a_damaged_file_in_the_cache_is_made_again(exported):
    engine = 'onnxruntime'
    opened(Classifier(), 'b', engine)(images(1))
    for file in exported.rglob('*.onnx'):
        file.write_bytes(b'half a file')
    found = opened(Classifier(), 'b', engine)
    found(images(1))
    assert found.report.summary == f'{engine} fp32'


def test_another_model_of_the_same_name_is_refused_by_the_check(exported):
    """The exported file is of other weights with the same identity: only the check can tell."""
    opened(Classifier(), 'c', 'onnxruntime')(images(1))
    other = Classifier()
    with torch.no_grad():
        other.layer.weight.neg_()
    found = opened(other, 'c', 'onnxruntime')
    (logits,) = found(images(2))
    torch.testing.assert_close(logits, other(images(2)).logits)
    assert found.report.summary == 'torch fp32'
    assert 'of the classes agree, 99.5% is the limit' in found.report.warnings[0]


def test_an_operator_without_counterpart_leaves_the_model_to_pytorch():
    found = opened(Unsupported(), 'd', 'onnxruntime')
    (logits,) = found(images(2))
    torch.testing.assert_close(logits, Classifier()(images(2)).logits)
    (warning,) = found.report.warnings
    assert warning.startswith('semantics runs in torch, not in onnxruntime: semantics: cannot be')


def assert_explained(report, engine):
    """Check that the engine runs the model, or that a warning says why it does not."""
    assert report.summary == f'{engine} fp32' or f'not in {engine}: ' in report.warnings[0]


@pytest.mark.slow
@pytest.mark.parametrize('family', SEMANTIC_FAMILIES)
def test_classes_of_every_family_are_those_of_pytorch(family, engine, tmp_path_factory):
    folder = save_semantic(tmp_path_factory.mktemp('models') / family, family)
    found, plain = (load_semantic_teacher(folder, CPU, engine=one) for one in (engine, 'torch'))
    shown = images(2, 64, 96)
    torch.testing.assert_close(found.scores(shown), plain.scores(shown), rtol=0, atol=1e-3)
    assert_explained(found.report, engine)


@pytest.mark.slow
@pytest.mark.parametrize('family', DEPTH_FAMILIES)
def test_depth_of_every_family_is_that_of_pytorch(family, engine, tmp_path_factory):
    folder = save_depth(tmp_path_factory.mktemp('models') / family, family)
    found, plain = (load_depth_teacher(folder, CPU, AUTO_OUTPUT, one) for one in (engine, 'torch'))
    shown = images(2, 64, 96)
    expected = plain.disparity(shown)
    tolerance = 1e-3 * float(expected.abs().max())
    torch.testing.assert_close(found.disparity(shown), expected, rtol=1e-3, atol=tolerance)
    assert_explained(found.report, engine)
