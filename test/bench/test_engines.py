# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Comparison of engines: what its rows say, and the page made of them. Times are not judged."""

import functools
import json
import math
import os
from xml.etree import ElementTree

import psutil
import pytest
import torch

from thermal_depth_ros.bench import engine_page, engines
from thermal_depth_ros.bench.comparison import (
    MeasurementsError,
    compared_rows,
    read_measurements,
    show_comparison,
)
from thermal_depth_ros.bench.engines import DEFAULT, TORCH, _ratio, compared, contestants
from thermal_depth_ros.bench.measurement import Measurement
from thermal_depth_ros.bench.page import write_chart
from thermal_depth_ros.bundles import save_bundle
from thermal_depth_ros.networks.build import blueprint_networks

SETTINGS = {
    TORCH: {'device': 'cpu', 'engine': 'torch', 'precision': 'fp32'},
    DEFAULT: {'device': 'cpu', 'engine': 'torch', 'precision': 'fp32'},
}


@pytest.mark.parametrize('kind', ['thermal', 'rgb'])
def test_whole_pipelines_are_compared_under_the_names_that_are_promised(kind, request):
    bundle = str(request.getfixturevalue(f'tiny_{kind}_bundle'))
    with contestants(kind, SETTINGS, bundle) as found:
        rows = {row.name: row for row in compared(kind, found, 2)}
    ratio = rows['whole pipeline, eager PyTorch to default engine']
    assert ratio.group == f'engines, {kind}' and ratio.unit == '' and ratio.at_least
    assert ratio.value > 0 and ratio.target == 2.5
    whole = rows[f'whole pipeline, {TORCH}']
    assert whole.unit == 'ms' and 'torch fp32' in whole.detail
    parts = {'thermal': ('depth', 'motion'), 'rgb': ('encoder', 'depth', 'semantics')}[kind]
    assert all(rows[f'{part}, {TORCH}'].value > 0 for part in parts)


def test_other_work_keeps_one_processor_busy_and_pytorch_has_all_threads(
    tiny_thermal_bundle, monkeypatch
):
    """What runs meanwhile is seen from within the measurement."""
    seen = []

    def measured(kind, found, rounds, group, target):
        children = psutil.Process().children()
        seen.append((len(found), [len(child.cpu_affinity()) for child in children]))
        seen.append(torch.get_num_threads())
        yield Measurement(group, 'n', 1.0, '', target=target, at_least=True, detail='d')

    opened = functools.partial(contestants, bundle=str(tiny_thermal_bundle))
    monkeypatch.setattr(engines, 'contestants', opened)
    monkeypatch.setattr(engines, 'settings_of_engines', lambda threads: SETTINGS)
    monkeypatch.setattr(engines, 'compared', measured)
    before, processors = torch.get_num_threads(), len(os.sched_getaffinity(0))
    (row,) = engines.beside_other_work('thermal', before, 1)
    assert seen == [(2, [1]), processors]
    assert row.group == 'engines, thermal, one processor busy' and row.target == 4.0
    assert row.detail == f'd; PyTorch with {processors} threads'
    assert psutil.Process().children() == [] and torch.get_num_threads() == before


def test_the_larger_network_is_a_bundle(tmp_path):
    spec = save_bundle(tmp_path / 'vit', engines.VIT_SMALL)
    networks = blueprint_networks(spec.kind, spec.architecture)
    assert 24e6 < sum(p.numel() for p in networks['depth'].parameters()) < 26e6
    assert all(side % networks['depth'].backbone.patch_size == 0 for side in spec.input_size)


def test_ratios_are_those_of_each_round():
    """A round in which everything took ten times as long changes the mean, not the ratio."""
    row = _ratio('g', 'n', [4.0, 40.0, 5.0], [2.0, 20.0, 2.5], 2.5)
    assert row.value == 2.0 and row.met is False and 'least times 2.00' in row.detail


def test_what_a_process_needs_is_known_or_a_reason_is_given(tiny_rgb_bundle, tmp_path):
    settings = {'engine': 'torch', 'device': 'cpu', 'bundle': str(tiny_rgb_bundle)}
    megabytes, _ = engines.resident_mb('rgb', settings)
    assert 50 < megabytes < 5000
    value, reason = engines.resident_mb('rgb', {**settings, 'bundle': str(tmp_path / 'none')})
    assert math.isnan(value) and 'not found' in reason


ROWS = [
    Measurement('engines, rgb', f'whole pipeline, {TORCH}', 20.0, 'ms', detail='torch fp32'),
    Measurement('engines, rgb', f'whole pipeline, {DEFAULT}', 8.0, 'ms'),
    Measurement('engines, rgb', 'whole pipeline, a to b', 2.5, '', target=2.5, at_least=True),
    Measurement('engines on a GPU, rgb', 'whole pipeline, a to b', math.nan, ''),
    Measurement('messages', 'something else', 1.0, 'ms'),
]


def plain(rows):
    return [row.as_plain() for row in rows]


def test_the_page_shows_every_row_and_says_what_is_not_measured():
    text = engine_page.section(plain(ROWS))
    assert '| whole pipeline, eager PyTorch | 20 ms |  | torch fp32 |' in text
    assert '| whole pipeline, a to b | 2.5 | at least 2.5: met |' in text
    assert '| whole pipeline, a to b | unmeasured |' in text
    assert 'something else' not in text
    assert list(engine_page.bars(plain(ROWS))) == [('rgb', TORCH, 20.0), ('rgb', DEFAULT, 8.0)]
    assert 'unmeasured' in engine_page.section([])


def test_the_chart_has_a_bar_for_each_engine_and_is_a_file_that_browsers_open(tmp_path):
    svg = engine_page.plot(plain(ROWS))
    assert svg.startswith('<svg') and 'rgb: default engine' in svg
    write_chart(tmp_path / 'chart.svg', svg)
    root = ElementTree.parse(tmp_path / 'chart.svg').getroot()
    assert root.tag == '{http://www.w3.org/2000/svg}svg'


def test_the_page_is_the_one_generated_from_the_measurements(repository):
    page = repository / 'docs' / 'performance.md'
    file = page.parent / engine_page.FILE
    rows = read_measurements(file) if file.exists() else []
    assert engine_page.updated(page.read_text(), rows) == page.read_text()
    with pytest.raises(ValueError, match='no <!-- engines'):
        engine_page.updated('# Another page', [])


def test_two_runs_are_compared_figure_by_figure(tmp_path, capsys):
    faster = [Measurement('engines, rgb', f'whole pipeline, {TORCH}', 10.0, 'ms')]
    rows = {row[1]: row[2:] for row in compared_rows(plain(ROWS), plain(faster))}
    assert rows[f'whole pipeline, {TORCH}'] == ('20 ms', '10 ms', '0.500')
    assert rows['something else'] == ('1 ms', '-', '')
    for name, found in (('a.json', ROWS), ('b.json', faster)):
        (tmp_path / name).write_text(json.dumps(plain(found)))
    show_comparison(tmp_path / 'a.json', tmp_path / 'b.json')
    assert '0.500' in capsys.readouterr().out


@pytest.mark.parametrize('text', ['{', '[1]', '{"group": "a"}', '[{"group": "a", "name": 3}]'])
def test_a_file_of_something_else_is_named(tmp_path, text):
    path = tmp_path / 'x.json'
    path.write_text(text)
    with pytest.raises(MeasurementsError, match='x.json: not'):
        read_measurements(path)
