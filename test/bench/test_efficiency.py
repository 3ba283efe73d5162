# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""The efficiency table: the paper's figures, the measured times, refusals."""

import pytest

from thermal_depth_ros.bench import efficiency, table_4

OURS = ('light enhancement', 'encoder', 'depth decoder', 'semantic decoder', 'DepthSegNet24')


@pytest.fixture(scope='module')
def rows():
    return efficiency.measure(320, 576, 0, kinds=('rgb', 'depth alone', 'thermal'))


@pytest.fixture
def small_mask2former(monkeypatch):
    """Put a small Mask2Former in the place of the one with Swin-L."""
    config = efficiency.swin_large_config()
    config.backbone_config.embed_dim = 24
    config.backbone_config.depths = [1, 1, 1, 1]
    config.backbone_config.num_heads = [1, 1, 1, 1]
    config.encoder_layers, config.decoder_layers = 1, 2
    monkeypatch.setattr(efficiency, 'swin_large_config', lambda: config)


def test_counts_round_to_the_papers_table_4(rows):
    found = {row.part: row for row in rows}
    for name in OURS:
        row, paper = found[name], table_4.ROWS[name]
        assert row.paper is paper
        assert round(row.count.paper_macs / 1e9, 3) == paper.gmacs
        assert round(row.count.parameters / 1e6, 3) == paper.parameters_m
        assert row.count.true_macs <= row.count.paper_macs
        assert row.latency_s is None


def test_monodepth2_alone_is_the_paper_s_sum_of_its_parts(rows):
    """The paper adds rounded numbers up: 11.177 + 3.153 M, while 14.329236 M is exact."""
    found = {row.part: row for row in rows}
    alone, paper = found['Monodepth2'].count, table_4.ROWS['Monodepth2']
    parts = [found[name].count for name in ('encoder', 'depth decoder')]
    assert alone.parameters == sum(part.parameters for part in parts) == 14_329_236
    assert alone.paper_macs == sum(part.paper_macs for part in parts)
    assert round(alone.paper_macs / 1e9, 3) == paper.gmacs
    assert sum(round(part.parameters / 1e6, 3) for part in parts) == pytest.approx(14.330)


def test_mask2former_is_the_published_one_in_size():
    (row,) = efficiency.measure(320, 576, 0, kinds=('semantics alone',))
    assert row.part == 'Mask2Former Swin-L'
    assert row.count.parameters == 215_458_184
    # THOP, which counts normalisation too, has 160.7; the paper's 152.6 is of a relative.
    assert 0.99 < row.count.paper_macs / 160.7e9 < 1.0
    assert not row.paper.reproduced


def test_the_whole_is_the_sum_of_its_parts(rows):
    *parts, whole = (row.count for row in rows if row.part in OURS)
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


def test_latency_is_measured(small_mask2former):
    kinds = ('rgb', 'depth alone', 'semantics alone')
    rows = efficiency.measure(64, 64, repeats=2, kinds=kinds)
    assert len(rows) == 7
    assert all(len(row.times_s) == 2 and row.latency_s > 0 for row in rows)
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
