# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""`evaluate --compare`: two evaluations of one drive, with pictures of what became worse."""

import json

import numpy as np
import pytest

from helpers.evaluations import FRAMES, run, write_predictions
from helpers.html_page import Page
from thermal_depth_ros.cli.main import main


@pytest.fixture(scope='module')
def evaluations(winding_drive, tmp_path_factory):
    """Return two evaluations; the second bends depth in the last frames, and loses the road."""
    folder = tmp_path_factory.mktemp('compare')
    calls = iter(range(FRAMES))

    def bend(depth, n):
        rise = 1.5 if n >= FRAMES - 3 else 1.0
        return depth * np.linspace(1, rise, depth.shape[1], dtype=np.float32)

    def lose(labels):
        lost = (labels == 0) & (next(calls) == 5)
        return np.where(lost, 255, labels).astype(np.uint8)

    good = write_predictions(folder / 'good', winding_drive)
    bad = write_predictions(folder / 'bad', winding_drive, warp=bend, labels=lose)
    for name, made in (('before', good), ('after', bad)):
        run([winding_drive, '--predictions', made], folder / name)
    return folder


def compared(folder, tmp_path, *options, code=0):
    arguments = [folder / 'before', folder / 'after', '-o', tmp_path / 'out', *options]
    assert main(['evaluate', '--compare', *map(str, arguments)]) == code
    return json.loads((tmp_path / 'out' / 'comparison.json').read_text())


def test_a_comparison_with_pictures(evaluations, tmp_path, capsys):
    found = compared(evaluations, tmp_path, '--pictures', 2)
    before, after = (
        json.loads((evaluations / name / 'metrics.json').read_text())['cameras']
        for name in ('before', 'after')
    )
    for kind in ('thermal', 'rgb'):
        abs_rel = found['cameras'][kind]['depth']['scaled']['abs_rel']
        assert abs_rel['first'] == pytest.approx(before[kind]['depth']['scaled']['abs_rel'])
        assert abs_rel['second'] == pytest.approx(after[kind]['depth']['scaled']['abs_rel'])
        assert abs_rel['difference'] > 0.01
        assert abs_rel['verdict'] == 'too few to tell: one block of 10 s of a single drive'
    motion = found['cameras']['thermal']['motion']
    assert (motion['frames'], motion['ate_m']['difference']) == (FRAMES - 4, 0.0)
    miou = found['cameras']['rgb']['classes']['miou']
    assert miou['second'] == pytest.approx(after['rgb']['segmentation']['miou'])
    worst = found['worst_regressions']
    assert [(one['kind'], one['quantity']) for one in worst] == [
        ('thermal', 'depth'),
        ('rgb', 'depth'),
        ('rgb', 'classes'),
    ], 'frames within a second count once'
    assert found['notes'] == []
    page = Page((tmp_path / 'out' / 'comparison.html').read_text())
    # Depth: input, truth, prediction and error of both. Classes: input, wrong pixels of both.
    assert len(page.images) == 6 + 6 + 3
    for words in ('error, before', 'wrong pixels, after', 'by true distance', 'frames that became'):
        assert words in page.text
    said = capsys.readouterr().out
    assert 'abs_rel scaled' in said and 'of a single drive' in said


def test_conditions_on_differences(evaluations, tmp_path, capsys):
    name = 'thermal.depth.scaled.abs_rel.difference'
    limits = ['--require', f'{name}<=0.001', '--require', f'{name}>0']
    found = compared(evaluations, tmp_path, *limits, '--pictures', '0', code=1)
    assert [entry['met'] for entry in found['conditions']] == [False, True]
    assert f'missed: {name}<=0.001 (is 0.0' in capsys.readouterr().out
    assert 'worst' not in (tmp_path / 'out' / 'comparison.html').read_text()


def test_pictures_that_cannot_be_made_are_missing_with_a_note(
    evaluations, tmp_path, capsys, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    found = compared(evaluations, tmp_path)
    (note,) = found['notes']
    assert 'no pictures of the worst regressions' in note and 'compare there' in note
    assert f'note: {note}' in capsys.readouterr().out


def test_a_bundle_is_run_again_on_the_frames_shown(winding_drive, tmp_path, tiny_thermal_bundle):
    made = write_predictions(tmp_path / 'made', winding_drive)
    camera = ['--thermal', '/thermal/image_raw', '--odometry', 'none']
    run([winding_drive, '--predictions', made, *camera], tmp_path / 'before')
    bundle = ['--bundle', tiny_thermal_bundle, '--thermal.device', 'cpu', '--odometry', 'none']
    run([winding_drive, *bundle], tmp_path / 'after')
    found = compared(tmp_path, tmp_path, '--pictures', 2)
    assert found['notes'] == []
    page = Page((tmp_path / 'out' / 'comparison.html').read_text())
    assert len(page.images) == 2 * 6


def test_recordings_and_folders_are_not_mixed(evaluations, winding_drive, tmp_path, capsys):
    both = ['--compare', evaluations / 'before', evaluations / 'after']
    assert main(['evaluate', str(winding_drive), *map(str, both)]) == 1
    assert '--compare takes two folders that evaluate wrote' in capsys.readouterr().err
    assert main(['evaluate', '-o', str(tmp_path)]) == 1
    assert 'no recording is named' in capsys.readouterr().err
    assert main(['evaluate', '--compare', str(tmp_path), str(tmp_path)]) == 1
    assert 'metrics.json' in capsys.readouterr().err
