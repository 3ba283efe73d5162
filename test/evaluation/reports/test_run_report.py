# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
import base64
import dataclasses
import re

import cv2
import numpy as np
import pytest

from helpers.html_page import Page
from thermal_depth_ros.evaluation.reports.run_report import (
    Attribution,
    ReportInfo,
    Scene,
    read_scene,
    render,
)
from thermal_depth_ros.pages.report import Chapter


@pytest.fixture(scope='module')
def scene(known_run) -> Scene:
    source = Attribution('A data set', 'Somebody', 'https://example.org', 'CC', 'none')
    return dataclasses.replace(
        read_scene(known_run.recording, known_run.inputs), attribution=(source,)
    )


@pytest.fixture(scope='module')
def page(scene) -> Page:
    info = ReportInfo(
        title='A known run',
        description='<b>not markup</b>',
        untrained=('thermal_default', 'rgb_default'),
        palettes={'rgb': {0: (128, 64, 128), 10: (70, 130, 180)}},
        provenance={'device': 'cpu'},
        frames=2,
    )
    return Page(render([scene], info))


def decode(uri: str) -> np.ndarray:
    data = np.frombuffer(base64.b64decode(uri.split(',')[1]), np.uint8)
    return cv2.imdecode(data, cv2.IMREAD_UNCHANGED)


def test_nothing_is_loaded_from_elsewhere(page):
    assert page.outside == ['https://example.org']


def test_every_picture_decodes_at_its_size(page):
    shapes = [decode(uri).shape[:2] for uri in page.images]
    # Thermal: input, depth, confidence; RGB: depth, confidence, overlay (its input is not given).
    assert shapes.count((24, 32)) == 2 * 3 + 2 * 3
    assert len(shapes) == 2 * 3 + 2 * 3 + 2  # and one cloud per camera
    for uri in page.images:
        assert decode(uri).size


def test_untrained_weights_are_announced_first(page):
    banner = page.text.index('Untrained networks')
    assert banner < page.text.index('Thermal camera')
    assert 'thermal_default and rgb_default' in page.text


def test_figures_are_those_of_the_run(page, known_run):
    p50, p95, p99 = np.percentile(known_run.latencies_ms, (50, 95, 99))
    row = f'/thermal/depth/image 5 {p50:.1f} {p95:.1f} {p99:.1f} {max(known_run.latencies_ms):.1f}'
    assert row in page.text
    assert 'replaced by a newer frame 3' in page.text
    assert '5 of 9' in page.text
    assert 'path length 5.00 m; 1 marked as lost' in page.text


def test_finite_share_and_classes_are_those_of_the_maps(page, known_run):
    share = np.isfinite(known_run.depth).mean()
    assert f'{share:.1%} of the pixels shown have a finite depth' in page.text
    for label, name in ((0, 'road'), (10, 'sky'), (255, 'unlabelled')):
        assert f'{name} {(known_run.labels == label).mean():.1%}' in page.text


def test_text_is_escaped(page):
    assert '<b>not markup</b>' in page.text


def test_sources_are_named(page):
    assert 'A data set Somebody CC none' in page.text


def test_a_run_without_any_output_still_gives_a_page(known_run):
    scene = read_scene(known_run.inputs)
    text = render([scene], ReportInfo('Only inputs', 'Nothing was published.'))
    assert scene.metrics.published == 0
    assert 'No camera node reported' in text
    assert 'role="alert"' not in text


def test_several_runs_have_parts_and_charts_of_their_own(scene):
    first = dataclasses.replace(scene, name='real', title='First act', words='Of stone.')
    second = dataclasses.replace(scene, name='other', title='Second act', words='Of wood.')
    note = ('thermal', 'mine', 'It learned from nothing.')
    html = render([first, second], ReportInfo('Two', '', networks=(note,), frames=1))
    page = Page(html)
    assert page.references[:2] == ['#real', '#other']
    ids = re.findall(r'id="([^"]+)"', html)
    assert len(ids) == len(set(ids)) > 10
    places = [page.text.rindex(w) for w in ('It learned', 'Of stone', 'Of wood')]
    assert places == sorted(places)
    assert page.text.count('Thermal camera, untrained networks:') == 2
    assert page.text.count('RGB camera: point cloud') == 2


def test_a_comparison_stands_before_the_scene_that_it_names(scene):
    scenes = [dataclasses.replace(scene, name=name, title=name) for name in ('real', 'day')]
    comparison = Chapter('day-night', 'Compared', 'Of light.', [], [])
    html = render(scenes, ReportInfo('Three', '', frames=1), {'day': comparison})
    assert Page(html).references[:3] == ['#real', '#day-night', '#day']
