# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Tables with published and measured rows, in every format."""

import json

import pytest

from helpers.html_page import Page
from thermal_depth_ros.evaluation.tables.measure import Measured
from thermal_depth_ros.evaluation.tables.published import published_table
from thermal_depth_ros.evaluation.tables.rows import MeasuredRow, with_predicted
from thermal_depth_ros.evaluation.tables.table import FilledTable


def depth(value: float) -> dict[str, dict[str, float]]:
    return {'scaled': {'abs_rel': value, 'rmse': 2 * value}, 'metric': {'abs_rel': 3 * value}}


@pytest.fixture
def filled() -> FilledTable:
    row = MeasuredRow('my_net', {'night': Measured({'depth': depth(0.25)}, 7)})
    rows = with_predicted(row)
    return FilledTable(published_table('dsn-2'), rows, ['a note'], ['2 frames | dropped'])


def cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip().strip('|').split('|')]


def test_markdown(filled):
    lines = filled.markdown().splitlines()
    rows = [cells(line) for line in lines if line.startswith('|')]
    head, rule, first, *_ = rows
    assert head[:3] == ['', 'from', 'training'] and 'day-clear: Abs Rel ↓' in head
    assert rule[:4] == ['---', '---', '---', '---:'] and {len(row) for row in rows} == {9}
    assert first[:4] == ['Monodepth2', 'paper', 'M', '0.137']
    mine = {row[0]: row for row in rows[-2:]}
    assert mine[r'my\_net'] == [r'my\_net', 'here', '', '-', '-', '-', '0.250', '0.500', '-']
    assert mine[r'my\_net, as predicted'][6:] == ['0.750', '-', '-']
    assert '- a note' in lines and '- problem: 2 frames | dropped' in lines
    assert '- nuScenes night: 7 images here' in lines


def test_latex(filled):
    text = filled.latex()
    begin, end = r'\begin{tabular}{lllrrrrrr}', r'\end{tabular}'
    assert text.count(begin) == text.count(end) == 1
    body = text[text.index(begin) :]
    rows = [line for line in body.splitlines() if line.endswith(r'\\')]
    assert len(rows) == 2 + 7 + 2  # headings, published, measured
    assert r'\multicolumn{3}{c}{nuScenes night}' in rows[0]
    assert {row.count('&') for row in rows[1:]} == {8}
    assert r'my\_net & here &  & - & - & - & 0.250 & 0.500 & -' in body
    assert body.count(r'\midrule') == 2  # below the headings, above the measured rows
    assert all(line.startswith('%') for line in text[: text.index(begin)].splitlines() if line)


def test_html_and_json(filled):
    page = Page(filled.html())
    for words in ('Depth on nuScenes', 'my_net, as predicted', '0.250', 'paper', 'a note'):
        assert words in page.text
    content = json.loads(filled.json())
    (block,) = content['blocks']
    last = block['rows'][-2]
    assert (last['name'], last['from'], last['figures']['night.abs_rel']) == (
        'my_net',
        'here',
        0.25,
    )
    assert content['measured'] == {
        'my_net': {'night': {'images': 7, 'metrics': {'depth': depth(0.25)}}}
    }
    assert content['problems'] == ['2 frames | dropped']


def test_protocols_are_said():
    remarks = FilledTable(published_table('dsn-1')).remarks()
    assert 'counted to 40 m, resized as disparity; rows 160 to 799 of 1280x960' in remarks[0]
    assert 'true depth from 0 m, each' in remarks[0]
    assert 'snippets of 5 frames' in FilledTable(published_table('fan-iii')).remarks()[0]
