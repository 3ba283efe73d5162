# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""The shipped models are as small and as trained as their cards say."""

from pathlib import Path

import pytest

from thermal_depth_ros.bundles import read_spec
from thermal_depth_ros.bundles.sections import StoredWeights

MOST_BYTES = {'thermal_default': 30e6, 'rgb_default': 75e6}


@pytest.mark.parametrize('name', MOST_BYTES)
def test_the_card_is_about_the_bundle(repository: Path, name: str) -> None:
    folder = repository / 'models' / name
    card, spec = (folder / 'README.md').read_text('utf-8'), read_spec(folder)
    assert spec.licence in card
    assert ('UNTRAINED' in card) is not spec.trained
    if spec.trained:
        assert 'FILL' not in card
        for word in ('## Data', '## Metrics', '## Limits'):
            assert word in card


@pytest.mark.parametrize('name', MOST_BYTES)
def test_the_bundle_is_small_and_complete(repository: Path, name: str) -> None:
    folder = repository / 'models' / name
    assert sum(file.stat().st_size for file in folder.iterdir()) <= MOST_BYTES[name]
    weights = read_spec(folder).weights
    if isinstance(weights, StoredWeights):
        assert (folder / weights.file).is_file()
