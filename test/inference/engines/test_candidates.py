# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""What is tried for a setting, and what is said where it cannot be had."""

import pytest
import torch

from thermal_depth_ros.base.settings import SettingsError
from thermal_depth_ros.inference.engines import candidates as module
from thermal_depth_ros.inference.engines.candidates import candidates

CPU, CUDA = torch.device('cpu'), torch.device('cuda:0')


@pytest.fixture
def present(monkeypatch: pytest.MonkeyPatch):
    """Let some engines be installed, on a processor with bf16."""

    def give(*engines):
        monkeypatch.setattr(module, 'installed', lambda engine: engine in engines)
        path = 'thermal_depth_ros.inference.engines.openvino_runner.has_bf16'
        monkeypatch.setattr(path, lambda: True)

    return give


def words(*arguments):
    return [str(one) for one in candidates(*arguments)]


def test_auto_takes_the_fastest_first(present):
    present('torch', 'onnxruntime', 'openvino')
    assert words('auto', 'auto', CPU) == [
        'openvino bf16',
        'openvino mixed',
        'openvino fp32',
        'onnxruntime fp32',
    ]
    assert words('auto', 'fp32', CPU) == ['openvino fp32', 'onnxruntime fp32']
    assert words('auto', 'bf16', CPU) == ['openvino bf16']
    present('torch', 'onnxruntime')
    assert words('auto', 'auto', CPU) == ['onnxruntime fp32']
    present('torch')
    assert words('auto', 'auto', CPU) == words('torch', 'auto', CPU) == []


def test_an_engine_that_is_missing_is_named_with_the_remedy(present):
    present('torch')
    for engine in ('openvino', 'onnxruntime'):
        with pytest.raises(SettingsError, match=f'engine: {engine} is not installed: '):
            candidates(engine, 'auto', CPU)


def test_an_engine_that_cannot_run_on_the_device_is_refused(present, monkeypatch):
    present('torch', 'onnxruntime', 'openvino', 'tensorrt')
    with pytest.raises(SettingsError, match='tensorrt needs a CUDA device, not cpu'):
        candidates('tensorrt', 'auto', CPU)
    with pytest.raises(SettingsError, match='openvino runs on the CPU alone, not on cuda:0'):
        candidates('openvino', 'auto', CUDA)
    path = 'thermal_depth_ros.inference.engines.onnxruntime_runner.providers'
    monkeypatch.setattr(path, lambda: ('CPUExecutionProvider',))
    with pytest.raises(SettingsError, match='no CUDAExecutionProvider: .*onnxruntime-gpu'):
        candidates('onnxruntime', 'auto', CUDA)
    assert candidates('auto', 'auto', CUDA) == []


def test_a_precision_that_an_engine_does_not_have_is_refused(present):
    present('torch', 'onnxruntime')
    with pytest.raises(SettingsError, match='precision: bf16 is not possible in onnxruntime'):
        candidates('onnxruntime', 'bf16', CPU)


def test_a_machine_may_say_what_auto_means(present, monkeypatch):
    present('torch', 'onnxruntime', 'openvino')
    monkeypatch.setenv('THERMAL_DEPTH_ENGINE', 'onnxruntime')
    assert words('auto', 'auto', CPU) == ['onnxruntime fp32']
    assert words('openvino', 'fp32', CPU) == ['openvino fp32']
    monkeypatch.setenv('THERMAL_DEPTH_ENGINE', 'caffe')
    with pytest.raises(SettingsError, match="THERMAL_DEPTH_ENGINE: 'caffe' is not one of auto"):
        candidates('auto', 'auto', CPU)
