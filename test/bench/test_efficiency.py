# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""The efficiency table: the paper's figures, the measured column, refusals."""

import io

import pytest
from rich.console import Console

from thermal_depth_ros.bench import efficiency


@pytest.fixture(scope='module')
def report():
    return efficiency.measure(320, 576, repeats=0)


def test_counts_round_to_the_papers_table_4(report):
    rows = {row.part: row for row in report.rows}
    for name, paper in efficiency.TABLE_4.items():
        assert rows[name].paper is paper
        assert round(rows[name].count.paper_macs / 1e9, 3) == paper.gmacs
        assert round(rows[name].count.parameters / 1e6, 3) == paper.parameters_m
        assert rows[name].count.true_macs <= rows[name].count.paper_macs
        assert rows[name].latency_s is None


def test_the_whole_is_the_sum_of_its_parts(report):
    rows = [row.count for row in report.rows if row.part in efficiency.TABLE_4]
    *parts, whole = rows
    for field in ('parameters', 'paper_macs', 'true_macs'):
        assert sum(getattr(part, field) for part in parts) == getattr(whole, field)


def test_other_sizes_have_no_figures_of_the_paper():
    report = efficiency.measure(192, 640, repeats=0)
    assert all(row.paper is None for row in report.rows)
    whole = next(row for row in report.rows if row.part == 'DepthSegNet24')
    assert whole.count.paper_macs == 25_922_519_040


def test_thermal_networks_have_their_published_sizes(report):
    rows = {row.part: row.count.parameters for row in report.rows}
    assert rows['ViT-B/14 backbone'] == 86_580_480
    assert rows['DPT head'] == 24_193_921
    assert rows['PoseResNet'] == 12_486_406


def test_latency_is_measured_and_printed():
    buffer = io.StringIO()
    report = efficiency.run(
        64, 64, repeats=1, kinds=('rgb',), console=Console(file=buffer, width=160)
    )
    assert len(report.rows) == 5
    assert all(row.latency_s > 0 for row in report.rows)
    text = buffer.getvalue()
    assert 'light enhancement' in text and '166,787' in text and 'median of 1' in text


def test_the_table_shows_both_counts(report):
    buffer = io.StringIO()
    efficiency.print_report(report, Console(file=buffer, width=160))
    for figure in ('20.573061', '10.262938', '38.883779', '38.884'):
        assert figure in buffer.getvalue()


@pytest.mark.parametrize(('size', 'repeats'), [((300, 576), 0), ((32, 64), 0), ((64, 64), -1)])
def test_bad_arguments_are_refused(size, repeats):
    with pytest.raises(ValueError, match=f'{size[0]}x{size[1]}|repeats -1'):
        efficiency.measure(*size, repeats)
