# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""`evaluate --stereo-topic`: a second camera is the ground truth of the first."""

import json
from pathlib import Path

import pytest

from helpers.evaluations import fails, run
from helpers.stereo_pairs import Stated, record_depth, record_pair
from thermal_depth_ros.cli.main import main

LEFT = ['--thermal', '/left/thermal/image_raw']
RIGHT = ['--stereo-topic', '/right/thermal/image_raw']


@pytest.fixture(scope='module')
def predictions(tmp_path_factory) -> Path:
    """Return depth of half its length."""
    return record_depth(tmp_path_factory.mktemp('predicted') / 'bag', 0.5)


def test_in_metres(tmp_path, predictions):
    bag = record_pair(tmp_path / 'bag')
    metrics = run([bag, '--predictions', predictions, *LEFT, *RIGHT], tmp_path / 'out')
    depth = metrics['cameras']['thermal']['depth']
    assert not depth['up_to_scale']
    assert depth['median_ratio'] == pytest.approx(2.0, rel=0.03)
    assert depth['scaled']['abs_rel'] < 0.03
    assert depth['metric']['abs_rel'] == pytest.approx(0.5, abs=0.02)
    assert metrics['recordings'][0]['truth'] == {
        'depth': '/right/thermal/image_raw (stereo, noisy)'
    }
    assert 'Ground truth is stereo, noisy' in (tmp_path / 'out' / 'report.html').read_text()


def test_up_to_scale(tmp_path, predictions, capsys):
    bag = record_pair(tmp_path / 'bag', says=Stated(info=False))
    options = [bag, '--predictions', predictions, '--no-median-scaling', *LEFT, *RIGHT]
    metrics = run(options, tmp_path / 'out')
    depth = metrics['cameras']['thermal']['depth']
    assert depth['up_to_scale']
    assert depth['scaled']['abs_rel'] < 0.03
    assert depth['metric']['abs_rel'] is None and depth['median_ratio'] is None
    assert depth['fixed_map']['metric']['abs_rel'] is None
    assert depth['by_distance'] == []
    out = capsys.readouterr().out
    assert 'up to scale, of images taken to be rectified' in out
    assert '/left/thermal/image_raw has no camera_info' in ' '.join(out.split())
    page = (tmp_path / 'out' / 'report.html').read_text()
    assert 'True depth is known up to scale' in page and 'Error by distance' not in page
    for text in (out, page):
        assert 'as predicted' not in text and 'nan' not in text.lower().split()
    unmet = [*options, '--require', 'thermal.depth.metric.abs_rel<=1']
    assert main(['evaluate', *map(str, unmet), '-o', str(tmp_path / 'out')]) == 1
    conditions = json.loads((tmp_path / 'out' / 'metrics.json').read_text())['conditions']
    assert conditions == [
        {'condition': 'thermal.depth.metric.abs_rel<=1', 'value': None, 'met': False}
    ]


def test_metres_and_scale_do_not_mix(tmp_path, predictions, capsys):
    metric = record_pair(tmp_path / 'metric')
    relative = record_pair(tmp_path / 'relative', says=Stated(info=False))
    options = [metric, relative, '--predictions', predictions, predictions, *LEFT, *RIGHT]
    text = fails(options, capsys, tmp_path)
    assert f'{metric}: depth in metres and up to scale cannot be evaluated together' in text


def test_topics_that_are_no_second_camera(tmp_path, predictions, capsys):
    bag = record_pair(tmp_path / 'bag')
    start = [bag, '--predictions', predictions, *LEFT]
    for topic, what in (
        ('/middle/thermal/image_raw', 'no topic /middle/thermal/image_raw in'),
        (
            '/right/thermal/camera_info',
            '--stereo-topic /right/thermal/camera_info is a sensor_msgs',
        ),
        ('/left/thermal/image_raw', 'no ground truth for /left/thermal/image_raw'),
    ):
        assert what in fails([*start, '--stereo-topic', topic], capsys, tmp_path)
    text = fails([*start, *RIGHT, '--depth', '/depth'], capsys, tmp_path)
    assert 'the depth of thermal cameras has one ground truth' in text
