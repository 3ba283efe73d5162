# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""What the doctor says about what runs the networks."""

import pytest

from thermal_depth_ros.doctor.engines import check_engine, engines
from thermal_depth_ros.doctor.finding import State


def test_the_engine_of_every_network_is_named(tiny_rgb_bundle):
    found = check_engine('rgb', tiny_rgb_bundle)
    assert found.state is State.OK and found.name == 'rgb_tiny'
    assert found.text == 'depth and semantics: torch fp32; pose: torch fp32'


def test_a_bundle_that_cannot_be_run_fails_with_the_reason(tiny_rgb_bundle, tmp_path):
    found = check_engine('thermal', tiny_rgb_bundle)
    assert found.state is State.FAIL and "kind is 'rgb'" in found.text


def test_a_faster_engine_that_fails_is_a_warning(tiny_rgb_bundle, monkeypatch, tmp_path):
    """The cache cannot be written, so that nothing can be exported."""
    (tmp_path / 'file').touch()
    monkeypatch.setenv('THERMAL_DEPTH_CACHE', str(tmp_path / 'file'))
    monkeypatch.setenv('THERMAL_DEPTH_ENGINE', 'onnxruntime')
    found = check_engine('rgb', tiny_rgb_bundle)
    assert found.state is State.WARN and 'torch fp32' in found.text
    assert 'runs in torch, not in onnxruntime' in found.advice


def test_versions_of_the_engines_are_listed(monkeypatch):
    monkeypatch.setattr('thermal_depth_ros.doctor.engines.list_bundles', dict)
    (found,) = engines()
    assert found.state is State.OK and found.text.startswith('torch ')
    onnxruntime = pytest.importorskip('onnxruntime')
    assert f'onnxruntime {onnxruntime.__version__}' in found.text
