# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Both cameras give the same results in every engine."""

import numpy as np
import pytest

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


def test_without_a_pytorch_network_in_use_their_memory_is_given_back(
    thermal_config, engine, live_tensors, counts_frame
):
    before = live_tensors()
    pipeline = open_pipeline('thermal', thermal_config(engine=engine))
    assert live_tensors() - before < 20  # of more than a hundred weights
    assert pipeline.process(counts_frame(), {'depth'}).depth is not None
    pipeline.close()
