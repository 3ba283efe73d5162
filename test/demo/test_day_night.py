# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Day and night compared, from recordings to page, metrics and terminal."""

import base64
import dataclasses
import json
import re

import cv2
import numpy as np
import pytest

from thermal_depth_ros.bundles import CITYSCAPES_19
from thermal_depth_ros.demo.day_night import day_and_night
from thermal_depth_ros.demo.playback import Measurements
from thermal_depth_ros.demo.results import ScenarioResult, read_result, write_outputs
from thermal_depth_ros.demo.run import night_lines
from thermal_depth_ros.demo.scenarios import Scenario
from thermal_depth_ros.demo.source import find_source

SEEN = Measurements({'replay': 1.0}, 100.0, 50.0, True)
PALETTE = dict(enumerate(CITYSCAPES_19.colours))


def left_half_too_near(depth_m: np.ndarray) -> np.ndarray:
    """Take 20 % off the depth in half of the columns."""
    factor = np.ones(depth_m.shape, np.float32)
    factor[:, : depth_m.shape[1] // 2] = 0.8
    return depth_m * factor


def all_building(labels: np.ndarray) -> np.ndarray:
    """Take everything right of the middle for a building."""
    changed = labels.copy()
    changed[:, labels.shape[1] // 2 :] = 2
    return changed


@pytest.fixture
def play(lit_runs, tmp_path, tiny_rgb_bundle):
    def play(weights: str = 'trained', scenarios=('day', 'night')) -> list[ScenarioResult]:
        played = []
        for name in scenarios:
            drive = getattr(lit_runs, name)
            changes = {'bundle': str(tiny_rgb_bundle)}
            if name == 'night':
                changes |= {'depth': left_half_too_near, 'classes': all_building}
                changes |= {'frames': (0, 2, 4)}
            run = lit_runs.run(tmp_path / name, drive, weights=weights, **changes)
            scenario = Scenario(name, drive, name, '', ('rgb',))
            source = find_source(drive, ['rgb'])
            played.append(read_result(scenario, source, run, tmp_path, SEEN))
        return played

    return play


def pictures(page: str) -> list[tuple[str, np.ndarray]]:
    """Return caption and content of the pictures of the section, in order."""
    section = page[page.index('id="day-night"') : page.index('<div id="day">')]
    found = re.findall(r'<img src="data:[^,]+,([^"]+)" alt="([^"]+)"', section)
    return [
        (alt, cv2.imdecode(np.frombuffer(base64.b64decode(data), np.uint8), cv2.IMREAD_COLOR))
        for data, alt in found
    ]


def test_pictures_stand_in_pairs_day_first(play, tmp_path):
    outcome = write_outputs(play(), tmp_path)
    page = outcome.report.read_text(encoding='utf-8')
    assert '<a href="#day-night">' in page
    shown = pictures(page)
    captions = ['image', 'depth, scaled by medians', 'true depth', 'classes', 'true classes']
    assert [alt for alt, _ in shown] == captions * 2 * 3
    for moment in range(3):
        pair = [image for _, image in shown[10 * moment : 10 * moment + 10]]
        by_day, by_night = pair[:5], pair[5:]
        assert by_day[0].mean() > 2 * by_night[0].mean()
        # What is true is the same; the day is perfect, the night is not.
        for true, predicted in ((2, 1), (4, 3)):
            assert np.array_equal(by_day[true], by_night[true])
            assert np.array_equal(by_day[predicted], by_day[true])
            assert not np.array_equal(by_night[predicted], by_night[true])


def test_figures_are_those_of_the_acts(play, tmp_path):
    played = play()
    outcome = write_outputs(played, tmp_path)
    metrics = json.loads(outcome.metrics.read_text())
    by_light = metrics['day_and_night']
    truth = {name: metrics['scenarios'][name]['truth']['rgb'] for name in ('day', 'night')}
    assert {n: t['depth']['images'] for n, t in truth.items()} == {'day': 5, 'night': 3}
    for name, t in truth.items():
        assert by_light['abs_rel as predicted'][name] == t['depth']['metric']['abs_rel']
        assert by_light['abs_rel scaled'][name] == t['depth']['scaled']['abs_rel']
        assert by_light['mIoU %'][name] == pytest.approx(100 * t['segmentation']['miou'])
    assert by_light['mIoU %']['day'] == 100.0
    assert by_light['abs_rel as predicted']['day'] == pytest.approx(0, abs=1e-6)
    # Half of the columns are 20 % too near; the share of them below the sky is not just a half.
    assert by_light['abs_rel as predicted']['night'] == pytest.approx(0.1, abs=0.02)
    page = outcome.report.read_text(encoding='utf-8')
    night = by_light['mIoU %']['night']
    row = f'<td>mIoU %</td><td class="n">100.0</td><td class="n">{night:.1f}</td>'
    assert row in page
    assert '<td class="n">5 of 5</td><td class="n">3 of 5</td>' in page
    (line,) = night_lines(played)
    assert f'mIoU % {night:.1f} / 100.0 = {night / 100:.2f}' in line


def test_random_weights_are_shown_without_figures(play, tmp_path):
    played = play('untrained (all)')
    outcome = write_outputs(played, tmp_path)
    page = outcome.report.read_text(encoding='utf-8')
    assert len(pictures(page)) == 30
    assert 'The networks are untrained' in page
    assert 'abs_rel' not in page
    assert json.loads(outcome.metrics.read_text())['day_and_night'] == {}
    assert list(night_lines(played)) == []


def test_one_of_them_alone_is_not_compared(play, tmp_path):
    played = play(scenarios=('night',))
    page = write_outputs(played, tmp_path).report.read_text(encoding='utf-8')
    assert 'Frames in comparison' not in page
    assert 'RGB camera compared with ground truth: classes' in page
    assert list(night_lines(played)) == []


def test_classes_that_do_not_fit_the_truth_are_reported(play):
    scenes = [one.scene for one in play()]
    for scene in scenes:
        scene.run.classes.clear()
        scene.run.classes.update({0: 'road', 1: 'sidewalk'})
    scenes = [dataclasses.replace(scene, truth=()) for scene in scenes]
    found = day_and_night(scenes, PALETTE)
    assert [section.frames for section in found.sections] == [()]
    assert 'No pictures: ' in found.text
    assert 'not among the 2 classes' in found.text
