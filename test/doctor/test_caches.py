# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""What the doctor says about the caches of the user."""

from pathlib import Path

import pytest

from thermal_depth_ros.doctor.caches import caches
from thermal_depth_ros.doctor.finding import State


def fill(file: Path, megabytes: int) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(bytes(megabytes * 10**6))


def test_caches_are_shown_with_sizes_and_what_bounds_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    samples, engines = tmp_path / 'samples', tmp_path / 'engines'
    monkeypatch.setenv('THERMAL_DEPTH_SAMPLE_CACHE', str(samples))
    monkeypatch.setenv('THERMAL_DEPTH_CACHE', str(engines))
    for name, megabytes in (('frames-1', 20), ('depth-2', 10), ('semantic_labels-3', 40)):
        fill(samples / name / 'images.npy', megabytes)
        (samples / name / 'entry.json').write_text('{}')
    fill(engines / 'onnx' / 'of_a_bundle' / 'depth.onnx', 50)
    found = {finding.name: finding for finding in caches()}
    assert {finding.state for finding in found.values()} == {State.OK}
    assert found['samples'].text.startswith('0.03 GB decoded, bounded by --max-cache-gb')
    assert '0.04 GB of labels' in found['samples'].text and str(samples) in found['samples'].text
    assert found['engines'].text.startswith('0.05 GB') and str(engines) in found['engines'].text


def test_caches_that_are_not_there_yet_are_empty(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv('THERMAL_DEPTH_SAMPLE_CACHE', str(tmp_path / 'samples'))
    monkeypatch.setenv('THERMAL_DEPTH_CACHE', str(tmp_path / 'engines'))
    assert all(finding.text.startswith('0.00 GB') for finding in caches())
