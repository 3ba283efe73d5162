# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Reference vectors: numbers only, described, small, and all of them in use."""

import re
from pathlib import Path

import numpy as np
import pytest

MOST_BYTES = 14 << 20


@pytest.fixture
def files(reference_vectors: Path) -> list[Path]:
    found = sorted(reference_vectors.glob('*.npz'))
    assert found
    return found


def test_every_file_is_read_by_a_test_and_described(repository: Path, files: list[Path]) -> None:
    tests = '\n'.join(path.read_text() for path in (repository / 'test').rglob('test_*.py'))
    readme = (files[0].parent / 'README.md').read_text()
    for path in files:
        assert re.search(rf"'{path.stem}(\.npz)?'", tests), path.name
        assert f'## {path.name}' in readme


def test_files_hold_numbers_and_names_alone(files: list[Path]) -> None:
    for path in files:
        with np.load(path, allow_pickle=False) as arrays:
            assert all(arrays[key].dtype.kind in 'biufU' for key in arrays.files), path.name


def test_they_are_small(reference_vectors: Path) -> None:
    assert sum(path.stat().st_size for path in reference_vectors.iterdir()) <= MOST_BYTES
