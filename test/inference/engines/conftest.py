# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Toy stages, and a cache of exported files that the tests of this folder share."""

import dataclasses
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from torch import nn

from helpers.tiny_bundles import THERMAL
from helpers.toy_stages import CPU, toy_stage
from thermal_depth_ros.bundles import BundleSpec, SeedWeights
from thermal_depth_ros.inference.engines import cache
from thermal_depth_ros.inference.engines.candidates import installed
from thermal_depth_ros.inference.engines.stages import DEPTH
from thermal_depth_ros.inference.engines.workshop import Workshop


@pytest.fixture(scope='session')
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder that serves all tests as cache."""
    return tmp_path_factory.mktemp('exported')


@pytest.fixture(autouse=True)
def own_cache(exported: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(cache.CACHE_VARIABLE, str(exported))
    monkeypatch.delenv('THERMAL_DEPTH_ENGINE')


@pytest.fixture(params=['onnxruntime', 'openvino'])
def engine(request: pytest.FixtureRequest) -> str:
    """Every engine that is installed and needs no GPU, except PyTorch."""
    if not installed(request.param):
        pytest.skip(f'{request.param} is not installed')
    return str(request.param)


@pytest.fixture
def toy_spec() -> Iterator[Callable[[int], BundleSpec]]:
    """Make the description of a bundle whose weights are those of a seed."""

    def make(seed: int) -> BundleSpec:
        return dataclasses.replace(THERMAL, weights=SeedWeights(untrained=True, seed=seed))

    yield make


@pytest.fixture
def workshop(tmp_path: Path, toy_spec) -> Callable[..., Workshop]:
    """Make a workshop for a module as the only stage of a bundle in an empty folder."""

    def make(module: nn.Module, seed: int, **options: bool) -> Workshop:
        return Workshop(toy_spec(seed), tmp_path, {DEPTH: toy_stage(module)}, CPU, **options)

    return make
