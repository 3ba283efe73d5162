# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""The whole demo, as a user runs it: processes over DDS, then a report."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytest.importorskip('rclpy', reason='rclpy is not installed')
pytest.importorskip('tf2_msgs.msg', reason='tf2_msgs is not installed')

from thermal_depth_ros import contract  # noqa: E402
from thermal_depth_ros.bags.recording import Recording  # noqa: E402
from thermal_depth_ros.messages.stamps import stamp_ns  # noqa: E402

pytestmark = pytest.mark.ros


def run_demo(output: Path, *arguments: str, limit_s: float = 170.0) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, '-m', 'thermal_depth_ros.cli.demo', '-o', str(output), *arguments],
        capture_output=True,
        text=True,
        timeout=limit_s,
        check=False,
        env={**os.environ, 'COLUMNS': '120'},
    )


def stamps(recording: Recording, topic: str) -> list[int]:
    return [stamp_ns(record.message.header) for record in recording.read([topic])]


def check(output: Path, played: Path, kinds: tuple[str, ...]) -> dict:
    """Compare report, metrics, recording and input with one another."""
    metrics = json.loads((output / 'metrics.json').read_text())
    counts = {entry['topic']: entry for entry in metrics['outputs']}
    page = (output / 'report.html').read_text(encoding='utf-8')
    with Recording(output / 'recording') as recording, Recording(played) as source:
        assert not recording.problems
        for kind in kinds:
            depth = '/' + contract.OUTPUTS[kind]['depth'].topic
            sent = stamps(source, '/' + contract.image_topic(kind, 'compressed'))
            received = stamps(recording, depth)
            assert set(received) <= set(sent)
            assert counts[depth]['messages'] == len(received) > 0
            camera = metrics['cameras'][kind]
            assert camera['frames_published'] == len(received)
            assert camera['frames_received'] <= len(sent)
            done = camera['frames_published'] + sum(camera['dropped'].values())
            assert done >= camera['frames_received']
            assert counts[depth]['latency']['p50'] <= counts[depth]['latency']['p99']
            assert depth in page
    assert metrics['vehicle']['every_frame_accounted_for']
    assert metrics['trained'] is False
    assert 'Untrained networks' in page
    return metrics


def test_a_short_thermal_recording_with_tiny_networks(tmp_path, repository, tiny_thermal_bundle):
    played = repository / 'demo' / 'recording_lepton'
    output, bundle = tmp_path / 'out', str(tiny_thermal_bundle)
    done = run_demo(output, '--recording', str(played), '--thermal-bundle', bundle)
    assert done.returncode == 0, done.stdout + done.stderr
    assert str(output / 'report.html') in done.stdout
    metrics = check(output, played, ('thermal',))
    # No camera_info: depth goes on, the cloud and the motion do not.
    assert metrics['odometry'] is None
    assert next(o for o in metrics['outputs'] if o['topic'] == '/thermal/points')['messages'] == 0


def test_a_node_that_cannot_start_is_said_in_one_line(tmp_path, repository):
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


def test_a_missing_recording_is_said_in_one_line(tmp_path):
    done = run_demo(tmp_path / 'out', '--recording', str(tmp_path / 'none'))
    assert done.returncode == 1
    assert done.stderr.startswith('error: ')
    assert str(tmp_path / 'none') in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


@pytest.mark.slow
def test_the_shipped_pair_with_the_default_networks_in_under_three_minutes(tmp_path, repository):
    started = time.monotonic()
    done = run_demo(tmp_path / 'out', limit_s=600.0)
    seconds = time.monotonic() - started
    assert done.returncode == 0, done.stdout + done.stderr
    metrics = check(tmp_path / 'out', repository / 'demo' / 'recording', ('thermal', 'rgb'))
    assert metrics['odometry']['messages'] > 0
    assert set(metrics['untrained_bundles']) == {'thermal_default', 'rgb_default'}
    assert seconds < 180.0
