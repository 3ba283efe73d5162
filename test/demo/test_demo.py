# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""The whole demo, as a user runs it: processes over DDS, then a report."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip('rclpy', reason='rclpy is not installed')
pytest.importorskip('tf2_msgs.msg', reason='tf2_msgs is not installed')

from helpers.drives import record_drive  # noqa: E402
from thermal_depth_ros.bags.recording import Recording  # noqa: E402
from thermal_depth_ros.base import contract  # noqa: E402
from thermal_depth_ros.cli.main import main
from thermal_depth_ros.messages.image import image_to_array  # noqa: E402
from thermal_depth_ros.messages.stamps import stamp_ns  # noqa: E402

pytestmark = pytest.mark.ros


def run_demo(output: Path, *arguments: str, limit_s: float = 170.0) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, '-m', 'thermal_depth_ros.cli.main', 'demo', '-o', str(output), *arguments],
        capture_output=True,
        text=True,
        timeout=limit_s,
        check=False,
        env={**os.environ, 'COLUMNS': '120'},
    )


def stamps(recording: Recording, topic: str) -> list[int]:
    return [stamp_ns(record.message.header) for record in recording.read([topic])]


def check(
    output: Path,
    played: Path,
    kinds: tuple[str, ...],
    scenario: str = 'own',
    transport: str = 'compressed',
) -> dict:
    """Compare report, metrics, recording and input with one another; return the metrics."""
    metrics = json.loads((output / 'metrics.json').read_text())
    figures = metrics['scenarios'][scenario]
    counts = {entry['topic']: entry for entry in figures['outputs']}
    page = (output / 'report.html').read_text(encoding='utf-8')
    with Recording(output / scenario / 'recording') as recording, Recording(played) as source:
        assert not recording.problems
        for kind in kinds:
            depth = '/' + contract.OUTPUTS[kind]['depth'].topic
            sent = stamps(source, '/' + contract.image_topic(kind, transport))
            received = stamps(recording, depth)
            assert set(received) <= set(sent)
            assert counts[depth]['messages'] == len(received) > 0
            camera = figures['cameras'][kind]
            assert camera['frames_published'] == len(received)
            assert camera['frames_received'] <= len(sent)
            done = camera['frames_published'] + sum(camera['dropped'].values())
            assert done >= camera['frames_received']
            assert counts[depth]['latency']['p50'] <= counts[depth]['latency']['p99']
            assert depth in page
    assert figures['vehicle']['every_frame_accounted_for']
    assert metrics['trained'] is not bool(metrics['untrained_bundles'])
    assert ('Untrained networks' in page) is bool(metrics['untrained_bundles'])
    return figures


def test_a_short_thermal_recording_with_tiny_networks(tmp_path, repository, tiny_thermal_bundle):
    played = repository / 'demo' / 'recording_lepton'
    output, bundle = tmp_path / 'out', str(tiny_thermal_bundle)
    done = run_demo(output, '--recording', str(played), '--thermal-bundle', bundle)
    assert done.returncode == 0, done.stdout + done.stderr
    assert str(output / 'report.html') in done.stdout
    figures = check(output, played, ('thermal',))
    assert json.loads((output / 'metrics.json').read_text())['untrained_bundles'] == [bundle]
    # No camera_info: depth continues, cloud and motion do not.
    assert figures['odometry'] is None
    assert next(o for o in figures['outputs'] if o['topic'] == '/thermal/points')['messages'] == 0
    # Nothing is known to be true about it.
    assert figures['truth'] == {}


def test_a_drive_is_compared_with_what_is_true_as_evaluate_does(
    tmp_path, tiny_stored_bundle, tiny_rgb_bundle
):
    drive, output = tmp_path / 'drive', tmp_path / 'out'
    size = {'thermal': (64, 80), 'rgb': (64, 80), 'rgb_rate_hz': 2.0}
    record_drive(drive, seed=3, duration_s=3.0, scene='winding', light='day', **size)
    bundles = ('--thermal-bundle', str(tiny_stored_bundle), '--rgb-bundle', str(tiny_rgb_bundle))
    done = run_demo(output, '--recording', str(drive), *bundles)
    assert done.returncode == 0, done.stdout + done.stderr
    line = next(t for t in done.stdout.splitlines() if t.startswith('own, thermal, compared'))
    assert 'abs_rel, scaled (' in line and 'fixed map: ' in line
    figures = check(output, drive, ('thermal', 'rgb'), transport='raw')
    # Random weights are not evaluated.
    assert list(figures['truth']) == ['thermal']
    compared = figures['truth']['thermal']
    again = tmp_path / 'again'
    recording = str(output / 'own' / 'recording')
    arguments = [str(drive), '--predictions', recording, '--thermal', '/thermal/image_raw']
    assert main(['evaluate', *arguments, '-o', str(again)]) == 0
    evaluated = json.loads((again / 'metrics.json').read_text())['cameras']['thermal']
    assert not any(compared.pop('without_truth').values())
    assert not any(evaluated.pop('without_truth').values())
    assert compared == evaluated
    assert compared['depth']['images'] == figures['cameras']['thermal']['frames_published']
    assert compared['depth']['scaled']['abs_rel'] == pytest.approx(
        mean_abs_rel(output / 'own' / 'recording', drive), rel=1e-6
    )
    assert compared['pose']['score']['snippets'] > 0
    page = (output / 'report.html').read_text(encoding='utf-8')
    for words in ('ground truth: depth', 'ground truth: motion', 'straight ahead', 'Worst'):
        assert words in page
    assert 'The rgb camera is not compared: its networks are untrained.' in page


def mean_abs_rel(recording: Path, drive: Path) -> float:
    """Compute the protocol by hand: median scaling per image, clamp at 80 m, mean over images."""
    topics = {recording: '/thermal/depth/image', drive: '/ground_truth/thermal/depth'}
    maps = {}
    for path, topic in topics.items():
        with Recording(path) as source:
            messages = [record.message for record in source.read([topic])]
        maps[path] = {stamp_ns(m.header): np.array(image_to_array(m), float) for m in messages}
    errors = []
    for stamp, predicted in maps[recording].items():
        truth = maps[drive][stamp]
        known = (truth > 1e-3) & (truth < 80.0)
        truth, predicted = truth[known], np.where(np.isposinf(predicted), 1e6, predicted)[known]
        scale = np.median(truth) / np.median(predicted)
        errors.append(np.mean(np.abs(np.clip(scale * predicted, 1e-3, 80.0) - truth) / truth))
    return float(np.mean(errors))


def test_a_node_that_cannot_start_is_reported_in_one_line(tmp_path, repository):
    played = repository / 'demo' / 'recording_lepton'
    done = run_demo(
        tmp_path / 'out', '--recording', str(played), '--thermal-bundle', 'no_such_bundle'
    )
    assert done.returncode == 1
    error = done.stderr.strip().splitlines()
    assert error[0].startswith('error: the vehicle ')
    assert 'vehicle.log' in error[0]
    assert any('no_such_bundle' in line for line in error[1:])
    assert 'Traceback' not in done.stderr


def test_a_missing_recording_is_reported_in_one_line(tmp_path):
    done = run_demo(tmp_path / 'out', '--recording', str(tmp_path / 'none'))
    assert done.returncode == 1
    assert done.stderr.startswith('error: ')
    assert str(tmp_path / 'none') in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


@pytest.mark.slow
def test_all_acts_with_the_default_networks_in_under_three_minutes(tmp_path, repository):
    started = time.monotonic()
    done = run_demo(tmp_path / 'out', limit_s=600.0)
    seconds = time.monotonic() - started
    assert done.returncode == 0, done.stdout + done.stderr
    output, kinds = tmp_path / 'out', ('thermal', 'rgb')
    real = check(output, repository / 'demo' / 'recording', kinds, 'real')
    assert real['odometry']['messages'] > 0
    assert real['truth'] == {}
    street = check(output, repository / 'demo' / 'recording_street', ('rgb',), 'street')
    synthetic = check(output, output / 'synthetic' / 'drive', kinds, 'synthetic', 'raw')
    metrics = json.loads((output / 'metrics.json').read_text())
    evaluated = 'rgb_default' not in metrics['untrained_bundles']
    assert list(street['truth']) == ['rgb'] * evaluated
    for scenario in ('day', 'night'):
        lit = check(output, output / scenario / 'drive', ('rgb',), scenario, 'raw')
        assert list(lit['cameras']) == ['rgb']
        assert list(lit['truth']) == ['rgb'] * evaluated
    assert bool(metrics['day_and_night']) is evaluated
    page = (output / 'report.html').read_text(encoding='utf-8')
    assert page.count('alt="true classes"') == page.count('alt="true depth"') > 0
    for kind in kinds:
        evaluated = f'{kind}_default' not in metrics['untrained_bundles']
        assert (kind in synthetic['truth']) is evaluated
    assert seconds < 180.0
