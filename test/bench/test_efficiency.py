# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""The efficiency table: the paper's figures, the measured times, refusals."""

import pytest

from thermal_depth_ros.bench import efficiency


@pytest.fixture(scope='module')
def rows():
    return efficiency.measure(320, 576, repeats=0)


def test_counts_round_to_the_papers_table_4(rows):
    found = {row.part: row for row in rows}
    for name, paper in efficiency.TABLE_4.items():
        assert found[name].paper is paper
        assert round(found[name].count.paper_macs / 1e9, 3) == paper.gmacs
        assert round(found[name].count.parameters / 1e6, 3) == paper.parameters_m
        assert found[name].count.true_macs <= found[name].count.paper_macs
        assert found[name].latency_s is None


def test_the_whole_is_the_sum_of_its_parts(rows):
    *parts, whole = (row.count for row in rows if row.part in efficiency.TABLE_4)
    for field in ('parameters', 'paper_macs', 'true_macs'):
        assert sum(getattr(part, field) for part in parts) == getattr(whole, field)


def test_other_sizes_have_no_figures_of_the_paper():
    rows = efficiency.measure(192, 640, repeats=0)
    assert all(row.paper is None for row in rows)
    whole = next(row for row in rows if row.part == 'DepthSegNet24')
    assert whole.count.paper_macs == 25_922_519_040


def test_thermal_networks_have_their_published_sizes(rows):
    parameters = {row.part: row.count.parameters for row in rows}
    assert parameters['ViT-B/14 backbone'] == 86_580_480
    assert parameters['DPT head'] == 24_193_921
    assert parameters['PoseResNet'] == 12_486_406


def test_latency_is_measured():
    rows = efficiency.measure(64, 64, repeats=1, kinds=('rgb',))
    assert len(rows) == 5
    assert all(row.latency_s > 0 for row in rows)
    assert rows[0].part == 'light enhancement' and rows[0].count.parameters == 166_787


def test_both_counts_are_there(rows):
    whole = next(row for row in rows if row.part == 'DepthSegNet24')
    light = rows[0].count
    assert round(light.paper_macs / 1e9, 6) == 20.573061
    assert round(light.true_macs / 1e9, 6) == 10.262938
    assert round(whole.count.paper_macs / 1e9, 6) == 38.883779
    assert whole.paper.gmacs == 38.884


@pytest.mark.parametrize(('size', 'repeats'), [((300, 576), 0), ((32, 64), 0), ((64, 64), -1)])
def test_bad_arguments_are_refused(size, repeats):
    with pytest.raises(ValueError, match=f'{size[0]}x{size[1]}|repeats -1'):
        efficiency.measure(*size, repeats)
