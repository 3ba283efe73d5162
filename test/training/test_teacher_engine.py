# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Networks of bundles teach and translate the same in every engine, in batches of any size."""

import dataclasses
import re

import numpy as np
import pytest
import torch
from torch import nn

from helpers.tiny_bundles import RGB
from thermal_depth_ros.base.remedies import of_missing
from thermal_depth_ros.base.settings import SettingsError
from thermal_depth_ros.bundles import BundleSpec, Scale, SeedWeights, save_bundle
from thermal_depth_ros.inference.engines import cache, candidates, stages
from thermal_depth_ros.inference.engines.candidates import installed
from thermal_depth_ros.networks.cyclegan import build_cyclegan
from thermal_depth_ros.training.labelling.config import AUTO_OUTPUT
from thermal_depth_ros.training.labelling.depth_teachers import load_depth_teacher
from thermal_depth_ros.training.labelling.teachers import load_semantic_teacher
from thermal_depth_ros.training.teacher_engine import engine_notes
from thermal_depth_ros.training.translation.translator import Translator

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


@pytest.fixture(scope='module')
def rgb_bundle(tmp_path_factory):
    path = tmp_path_factory.mktemp('models') / 'rgb_small'
    small = {'encoder': 'test_resnet', 'pose_encoder': 'test_resnet', 'encoder_width': 8}
    architecture = {**RGB.architecture, **small, 'light_width': 0}
    save_bundle(path, dataclasses.replace(RGB, architecture=architecture))
    return path


def images(count):
    return torch.rand(count, 3, 70, 90, generator=torch.Generator().manual_seed(count))


def test_depth_and_classes_are_those_of_pytorch(rgb_bundle, engine, exported):
    depth, plain_depth = (
        load_depth_teacher(rgb_bundle, CPU, AUTO_OUTPUT, which) for which in (engine, 'torch')
    )
    classes, plain_classes = (
        load_semantic_teacher(rgb_bundle, CPU, engine=which) for which in (engine, 'torch')
    )
    for count in (3, 1):
        shown = images(count)
        expected = plain_depth.disparity(shown)
        torch.testing.assert_close(depth.disparity(shown), expected, rtol=1e-3, atol=1e-5)
        scores, expected = classes.scores(shown), plain_classes.scores(shown)
        torch.testing.assert_close(scores, expected, rtol=0.0, atol=1e-4)
        assert expected.std() > 1e-3
    for teacher, plain in ((depth, plain_depth), (classes, plain_classes)):
        assert teacher.identity == plain.identity, 'another engine goes on with the same labels'
        said = engine_notes('rgb_small', teacher.report)
        assert len(said) == 1 and said[0].startswith(f'rgb_small runs in {engine} fp32 (')
        assert engine_notes('rgb_small', plain.report) == ['rgb_small runs in torch fp32']
    files = {path.name for path in exported.rglob('*.onnx')}
    assert not any('pose' in name for name in files), 'what is not run is not exported'
    # A node that starts without its networks has to find what was computed for all of them.
    assert not list(exported.rglob('check_*'))


@pytest.fixture(scope='module')
def translation_bundle(tmp_path_factory):
    path = tmp_path_factory.mktemp('models') / 'night'
    spec = BundleSpec(
        kind='translation',
        architecture={'n_blocks': 1, 'width': 4},
        input_size=(16, 24),
        preprocessing={'mode': 'signed'},
        scale=Scale(False, 1.0, 'none: images have no scale'),
        weights=SeedWeights(untrained=True, seed=0),
        licence='Apache-2.0',
    )
    nets = build_cyclegan(1, 1, 4, 4)
    generators = {name: getattr(nets, name) for name in ('day_to_night', 'night_to_day')}
    save_bundle(path, spec, generators, untrained_parts=())
    return path


@pytest.mark.parametrize('size', [(16, 24), (20, 28)])
def test_translations_are_those_of_pytorch_at_any_size(translation_bundle, engine, size):
    made, plain = (
        Translator(translation_bundle, 'night_to_day', CPU, which) for which in (engine, 'torch')
    )
    image = np.random.default_rng(2).integers(0, 256, (*size, 3), np.uint8)
    difference = made(image).astype(int) - plain(image)
    assert np.abs(difference).max() <= 1, 'one level, where rounding falls on the other side'
    assert made.identity == plain.identity
    assert list(made.report.checks) == ['night_to_day']
    assert 'images differ by' in engine_notes('night', made.report)[0]


class Unsupported(nn.Module):
    """Enhances nothing, by an operator that has no counterpart in ONNX."""

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        return 0.0 * image + 0.0 * torch.linalg.matrix_exp(image[..., :8, :8]).mean()


def test_an_operator_without_counterpart_leaves_the_teacher_to_pytorch(
    rgb_bundle, monkeypatch, tmp_path
):
    engine = 'onnxruntime'
    monkeypatch.setenv(cache.CACHE_VARIABLE, str(tmp_path))
    encoder = stages._Encoder.__init__

    def with_unsupported(self, network):
        encoder(self, network)
        self.light = Unsupported()

    monkeypatch.setattr(stages._Encoder, '__init__', with_unsupported)
    teacher = load_semantic_teacher(rgb_bundle, CPU, engine=engine)
    runs, warning = engine_notes(teacher.name, teacher.report)
    assert runs == 'rgb_small runs in torch fp32'
    assert warning.startswith(f'semantics runs in torch, not in {engine}: encoder: cannot be')
    plain = load_semantic_teacher(rgb_bundle, CPU, engine='torch')
    torch.testing.assert_close(teacher.scores(images(2)), plain.scores(images(2)))


def test_an_engine_that_is_not_installed_is_named_with_its_remedy(
    rgb_bundle, translation_bundle, monkeypatch
):
    monkeypatch.setattr(candidates, 'installed', lambda engine: engine == 'torch')
    remedy = f'engine: openvino is not installed: {re.escape(of_missing("openvino"))}'
    with pytest.raises(SettingsError, match=remedy):
        load_depth_teacher(rgb_bundle, CPU, AUTO_OUTPUT, 'openvino')
    with pytest.raises(SettingsError, match=remedy):
        Translator(translation_bundle, 'day_to_night', CPU, 'openvino')
    teacher = load_semantic_teacher(rgb_bundle, CPU)
    assert engine_notes(teacher.name, teacher.report) == ['rgb_small runs in torch fp32']
