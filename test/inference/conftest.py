# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Pipelines on tiny bundles, and frames for them."""

import contextlib
import dataclasses
import functools
import gc

import numpy as np
import pytest
import torch

from thermal_depth_ros.frames.config import RgbConfig, ThermalConfig
from thermal_depth_ros.frames.frame import CameraFrame
from thermal_depth_ros.geometry.camera import PinholeCamera
from thermal_depth_ros.inference.pipeline import open_pipeline

FRAME_NS = 33_000_000


@pytest.fixture(autouse=True)
def one_thread():
    """Tiny networks gain nothing from threads, and lose much where others compute too."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@contextlib.contextmanager
def _opener(kind, config):
    """Make pipelines from settings, and close them."""
    with contextlib.ExitStack() as opened:

        def make(wheel=None, **settings):
            pipeline = open_pipeline(kind, config(**settings), wheel)
            opened.callback(pipeline.close)
            return pipeline

        yield make


@pytest.fixture
def thermal_config(tiny_thermal_bundle):
    """Make the configuration of a thermal pipeline with some settings."""
    return functools.partial(ThermalConfig, bundle=str(tiny_thermal_bundle), device='cpu')


@pytest.fixture
def rgb_config(tiny_rgb_bundle):
    """Make the configuration of an rgb pipeline with some settings."""
    return functools.partial(RgbConfig, bundle=str(tiny_rgb_bundle), device='cpu')


@pytest.fixture
def thermal(thermal_config):
    """Open a thermal pipeline with some settings."""
    with _opener('thermal', thermal_config) as make:
        yield make


@pytest.fixture
def hybrid(tiny_hybrid_bundle):
    """Open a thermal pipeline on a hybrid backbone with some settings."""
    config = functools.partial(ThermalConfig, bundle=str(tiny_hybrid_bundle), device='cpu')
    with _opener('thermal', config) as make:
        yield make


@pytest.fixture
def rgb(rgb_config):
    """Open an rgb pipeline with some settings."""
    with _opener('rgb', rgb_config) as make:
        yield make


def _camera(height, width):
    return PinholeCamera(width, height, 0.8 * width, 0.8 * width, width / 2, height / 2)


@pytest.fixture(scope='session')
def counts_frame():
    """Make frame k of a thermal camera: smooth counts that drift from frame to frame."""

    def make(k=1, size=(120, 160), dtype=np.uint16, calibrated=True, **changes):
        v, u = np.mgrid[: size[0], : size[1]] / max(size)
        waves = np.sin(9 * u + 0.3 * k) + np.cos(7 * v - 0.2 * k) + np.sin(23 * u * v)
        top = 120 if dtype == np.uint8 else 4000
        values = {
            'stamp_ns': k * FRAME_NS,
            'frame_id': 'thermal_optical',
            'image': (top * (1 + waves / 4)).astype(dtype),
            'camera': _camera(*size) if calibrated else None,
        }
        return CameraFrame(**(values | changes))

    return make


@pytest.fixture(scope='session')
def colour_frame():
    """Make frame k of an RGB camera."""

    def make(k=1, size=(90, 160), calibrated=True, **changes):
        v, u = np.mgrid[: size[0], : size[1]] / max(size)
        planes = [np.sin(f * u + 0.2 * k) * np.cos((12 - f) * v) for f in (5, 7, 11)]
        values = {
            'stamp_ns': k * FRAME_NS,
            'frame_id': 'rgb_optical',
            'image': (127 * (1 + np.stack(planes, -1))).astype(np.uint8),
            'camera': _camera(*size) if calibrated else None,
        }
        return CameraFrame(**(values | changes))

    return make


@pytest.fixture
def count_runs():
    """Count how often modules run."""
    with contextlib.ExitStack() as hooks:

        def watch(**modules):
            runs = dict.fromkeys(modules, 0)
            for name, module in modules.items():

                def count(*_, name=name):
                    runs[name] += 1

                hooks.callback(module.register_forward_hook(count).remove)
            return runs

        yield watch


@pytest.fixture
def answer():
    """Make a module give another answer than it computed."""
    with contextlib.ExitStack() as hooks:

        def replace(module, function):
            hook = module.register_forward_hook(lambda _module, _inputs, out: function(out))
            hooks.callback(hook.remove)

        yield replace


@pytest.fixture(scope='session')
def level():
    """Pose on the body of a camera that looks ahead."""
    T = np.eye(4)
    T[:3, :3] = [[0, 0, 1], [-1, 0, 0], [0, -1, 0]]
    return T


@pytest.fixture(scope='session')
def live_tensors():
    """Count the tensors that are alive."""

    def count():
        gc.collect()
        return sum(type(thing) is torch.Tensor for thing in gc.get_objects())

    return count
