# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""The second start of a bundle builds no networks, and still checks its engine."""

import dataclasses

import numpy as np
import pytest

from thermal_depth_ros.bundles import BundleError, load_bundle, read_spec, save_bundle
from thermal_depth_ros.frames.config import ThermalConfig
from thermal_depth_ros.inference import engine as engine_module
from thermal_depth_ros.inference.engines import cache, references
from thermal_depth_ros.inference.engines.onnx_files import bundle_identity
from thermal_depth_ros.inference.pipeline import open_pipeline
from thermal_depth_ros.networks.architecture import UPPER_BOUND

WANTED = frozenset({'depth', 'confidence', 'odometry'})


@pytest.fixture(scope='module')
def stored(tiny_thermal_bundle, tmp_path_factory):
    """Folder of a bundle whose weights are in a file."""
    drawn = load_bundle(tiny_thermal_bundle)
    path = tmp_path_factory.mktemp('stored') / 'bundle'
    save_bundle(path, drawn.spec, drawn.networks)
    return path


@pytest.fixture
def start(stored):
    """Open the pipeline in ONNX Runtime, and say whether networks were built."""
    pytest.importorskip('onnxruntime')
    opened = []

    def make():
        config = ThermalConfig(
            bundle=str(stored), device='cpu', engine='onnxruntime', precision='fp32'
        )
        opened.append(open_pipeline('thermal', config))
        return opened[-1]

    yield make
    for pipeline in opened:
        pipeline.close()


@pytest.fixture
def start_hybrid(tiny_hybrid_bundle, tmp_path_factory):
    """Open a hybrid that keeps the aspect ratio of an image in an engine."""
    pytest.importorskip('onnxruntime')
    drawn = load_bundle(tiny_hybrid_bundle)
    architecture = {**drawn.spec.architecture, 'input_fit': UPPER_BOUND}
    path = tmp_path_factory.mktemp('fitted') / 'bundle'
    save_bundle(path, dataclasses.replace(drawn.spec, architecture=architecture), drawn.networks)
    opened = []

    def make(engine):
        precision = 'fp32' if engine != 'torch' else 'auto'
        config = ThermalConfig(bundle=str(path), device='cpu', engine=engine, precision=precision)
        opened.append(open_pipeline('thermal', config))
        return opened[-1]

    yield make
    for pipeline in opened:
        pipeline.close()


@pytest.fixture
def built(monkeypatch):
    """Names of the bundles whose networks were built."""
    names = []
    original = engine_module.shared_bundle

    def counted(name, *arguments):
        names.append(name)
        return original(name, *arguments)

    monkeypatch.setattr(engine_module, 'shared_bundle', counted)
    return names


def kept(stored):
    (file,) = folder(stored).glob('check_*.safetensors')
    return file


def folder(stored):
    return cache.cache_folder() / 'onnx' / bundle_identity(read_spec(stored))


def test_the_second_start_gives_the_same_without_networks(
    start, built, counts_frame, level, stored
):
    first = start()
    assert len(built) == 1 and kept(stored).is_file()
    second = start()
    assert len(built) == 1
    assert second.description == first.description
    assert set(second.description.engine.checks) == {'depth', 'pose'}
    for k in (1, 2):
        one, other = (p.process(counts_frame(k), WANTED, level) for p in (first, second))
    np.testing.assert_array_equal(one.depth.depth_m, other.depth.depth_m)
    np.testing.assert_array_equal(one.odometry.T_odom_base, other.odometry.T_odom_base)


def test_networks_are_built_where_something_is_missing_or_of_another_version(
    start, built, stored, monkeypatch
):
    start()
    built.clear()
    for damage in (
        lambda: next(folder(stored).glob('pose_*.onnx')).unlink(),
        lambda: kept(stored).write_bytes(b'half a file'),
        lambda: monkeypatch.setattr(references, '_code_digest', lambda: 'other code'),
    ):
        damage()
        assert start().description.engine.summary == 'onnxruntime fp32'
        assert len(built) == 1
        start()
        assert len(built) == 1, 'kept again'
        built.clear()


def test_pytorch_is_asked_again_where_an_engine_disagrees_with_what_is_kept(
    start, built, stored, monkeypatch
):
    start()
    built.clear()
    original = references.read

    def another(spec, size):
        found = original(spec, size)
        outputs = {name: 1.1 * tensor for name, tensor in found.outputs.items()}
        return references.References(found.stages, outputs, found.patch_size)

    monkeypatch.setattr(references, 'read', another)
    assert start().description.engine.warnings == ()
    assert len(built) == 1


def test_networks_are_built_for_images_of_another_aspect_ratio(start_hybrid, built, counts_frame):
    """A bundle that keeps the aspect ratio starts without them, and fetches them when one comes."""
    start_hybrid('onnxruntime')
    built.clear()
    quick, plain = start_hybrid('onnxruntime'), start_hybrid('torch')
    assert len(built) == 1, 'by PyTorch'
    for size, new in (((128, 160), 1), ((64, 160), 2), ((64, 160), 2)):
        one, other = (p.process(counts_frame(size=size), {'depth'}) for p in (quick, plain))
        assert len(built) == new
        np.testing.assert_allclose(one.depth.depth_m, other.depth.depth_m, rtol=1e-3)


def test_damaged_weights_are_refused_although_they_are_not_needed(start, stored):
    start()
    weights = stored / 'weights.safetensors'
    content = weights.read_bytes()
    weights.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    try:
        with pytest.raises(BundleError, match='sha256'):
            start()
    finally:
        weights.write_bytes(content)
