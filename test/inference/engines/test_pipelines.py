# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Both cameras give the same results in every engine."""

import numpy as np
import pytest
import torch

from helpers.tiny_depth_anything import original_state
from thermal_depth_ros.bundles import read_spec
from thermal_depth_ros.bundles.import_depth_anything import (
    DepthAnythingImport,
    import_depth_anything,
)
from thermal_depth_ros.frames.config import RgbConfig
from thermal_depth_ros.inference.engines import cache
from thermal_depth_ros.inference.engines.onnx_files import bundle_identity
from thermal_depth_ros.inference.pipeline import open_pipeline

WANTED = {
    'thermal': frozenset({'depth', 'confidence', 'odometry'}),
    'rgb': frozenset({'depth', 'confidence', 'semantic', 'semantic_confidence'}),
}


def results(kind, config, make_frame, level, engine):
    pipeline = open_pipeline(kind, config(engine=engine, precision='fp32'))
    try:
        for k in (1, 2, 3):
            output = pipeline.process(make_frame(k), WANTED[kind], level)
        return output, pipeline.description.engine
    finally:
        pipeline.close()


@pytest.mark.parametrize('kind', ['thermal', 'rgb'])
def test_an_engine_gives_what_pytorch_gives(kind, engine, request, level):
    config = request.getfixturevalue(f'{kind}_config')
    make_frame = request.getfixturevalue({'thermal': 'counts_frame', 'rgb': 'colour_frame'}[kind])
    plain, said = results(kind, config, make_frame, level, 'torch')
    assert said.summary == 'torch fp32' and said.checks == {}
    other, said = results(kind, config, make_frame, level, engine)
    assert said.summary == f'{engine} fp32' and said.warnings == ()
    np.testing.assert_allclose(other.depth.depth_m, plain.depth.depth_m, rtol=1e-3)
    np.testing.assert_allclose(other.depth.confidence, plain.depth.confidence, atol=1e-3)
    if kind == 'thermal':
        assert set(said.checks) == {'depth', 'pose'}
        np.testing.assert_allclose(
            other.odometry.T_odom_base, plain.odometry.T_odom_base, atol=1e-4
        )
    else:
        assert set(said.checks) == {'depth and semantics', 'pose'}
        assert (other.semantics.labels == plain.semantics.labels).mean() > 0.999


@pytest.mark.slow
def test_images_of_another_aspect_ratio_are_compiled_when_they_come(tmp_path, colour_frame):
    """Depth Anything is fed any aspect ratio; the same engine runs each, as PyTorch does."""
    torch.save(original_state(), tmp_path / 'tiny.pth')
    said = DepthAnythingImport(tmp_path / 'tiny.pth', 'rgb', 'any', input_side=56)
    import_depth_anything(tmp_path / 'bundle', said)
    depths = {}
    for engine in ('torch', 'onnxruntime'):
        config = RgbConfig(bundle=str(tmp_path / 'bundle'), device='cpu', engine=engine)
        pipeline = open_pipeline('rgb', config)
        assert pipeline.description.engine.engines['depth'].engine == engine
        for size in ((70, 70), (50, 90), (50, 90)):
            output = pipeline.process(colour_frame(size=size), {'depth'})
            depths.setdefault(engine, []).append(output.depth.depth_m)
        pipeline.close()
    for plain, other in zip(depths['torch'], depths['onnxruntime'], strict=True):
        np.testing.assert_allclose(other, plain, rtol=1e-3)
    kept = cache.cache_folder() / 'onnx' / bundle_identity(read_spec(tmp_path / 'bundle'))
    assert len(list(kept.glob('*.onnx'))) == 2


def test_without_a_pytorch_network_in_use_their_memory_is_given_back(
    thermal_config, engine, live_tensors, counts_frame
):
    before = live_tensors()
    pipeline = open_pipeline('thermal', thermal_config(engine=engine))
    assert live_tensors() - before < 20  # of more than a hundred weights
    assert pipeline.process(counts_frame(), {'depth'}).depth is not None
    pipeline.close()
