# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""A copy of a tiny bundle that a test may damage."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml


@pytest.fixture(params=['thermal', 'rgb'])
def any_tiny_bundle(request: pytest.FixtureRequest) -> Path:
    return request.getfixturevalue(f'tiny_{request.param}_bundle')


@pytest.fixture
def edited(tmp_path: Path) -> Callable[..., Path]:
    """Copy a bundle and change fields of its spec; None removes a field."""

    def edit(bundle: Path, **changes: Any) -> Path:
        copy = tmp_path / 'edited'
        shutil.copytree(bundle, copy)
        values = yaml.safe_load((copy / 'bundle.yaml').read_text())
        for name, value in changes.items():
            if value is ...:
                del values[name]
            else:
                values[name] = value
        (copy / 'bundle.yaml').write_text(yaml.safe_dump(values))
        return copy

    return edit


@pytest.fixture(scope='session')
def stored_rgb_bundle(tmp_path_factory: pytest.TempPathFactory, tiny_rgb_bundle: Path) -> Path:
    """RGB bundle with a weight file, stored as fp16."""
    from thermal_depth_ros.bundles import load_bundle, save_bundle

    path = tmp_path_factory.mktemp('stored') / 'rgb_stored'
    bundle = load_bundle(tiny_rgb_bundle)
    save_bundle(path, bundle.spec, bundle.networks, 'fp16', untrained_parts=())
    return path
