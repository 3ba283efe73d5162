# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Rows of the efficiency table as figures; the counts themselves are tested with the networks."""

import dataclasses

import pytest

from thermal_depth_ros.bench import table_4
from thermal_depth_ros.bench.efficiency import EfficiencyRow, measure
from thermal_depth_ros.bench.efficiency_figures import figures_of, speed_up
from thermal_depth_ros.networks.macs import Count


@pytest.fixture(scope='module')
def rows():
    return measure(*table_4.SIZE, repeats=0, kinds=('rgb', 'depth alone'))


def row_of(part, *times_s):
    count = Count(parameters=215_458_184, paper_macs=160_500_000_000, true_macs=165_700_000_000)
    return EfficiencyRow(part, *table_4.SIZE, count, times_s, table_4.ROWS[part])


def test_table_4_of_the_paper_is_reproduced(rows):
    figures = [figure for row in rows for figure in figures_of(row)]
    assert all(figure.met for figure in figures)
    gmacs = [figure.target for figure in figures if figure.unit == 'GMACs']
    assert gmacs == [20.573, 6.699, 5.358, 6.254, 38.884, 12.057]
    parameters = [figure.target for figure in figures if figure.unit == 'M']
    assert parameters == [0.167, 11.177, 3.153, 3.192, 17.688, 14.330]


@pytest.mark.parametrize('field', ['paper_macs', 'parameters'])
def test_a_part_that_deviates_is_told(rows, field):
    row = next(row for row in rows if row.part == 'encoder')
    count = dataclasses.replace(row.count, **{field: getattr(row.count, field) + 1_000_000})
    met = [figure.met for figure in figures_of(dataclasses.replace(row, count=count))]
    assert met == [field != 'paper_macs', field != 'parameters']


def test_a_network_that_the_paper_does_not_name_exactly_has_no_target():
    (figure,) = figures_of(row_of(table_4.SEMANTICS_ALONE))
    assert figure.met is None and figure.value == pytest.approx(160.5)
    assert 'the paper has 152.639 GMACs, 209.66 M parameters' in figure.detail


def test_latency_appears_next_to_that_of_the_paper_and_only_where_it_was_measured(rows):
    ours = next(row for row in rows if row.part == table_4.OURS)
    assert 'here' not in next(figures_of(ours)).detail
    detail = next(figures_of(dataclasses.replace(ours, times_s=(0.012, 0.5, 0.001)))).detail
    assert '12.0 ms here (cpu), 2.0 ms in the paper (RTX 4090)' in detail
    assert 'in the paper' not in next(figures_of(rows[0])).detail, 'the paper timed wholes only'


@pytest.mark.parametrize(
    ('device', 'semantics_s', 'met'),
    [('cuda:0', 0.5, True), ('cuda:0', 0.3, False), ('cpu', 9, None)],
)
def test_one_network_for_both_is_compared_with_one_for_each(device, semantics_s, met):
    rows = [
        # In the second round the machine was ten times slower, in the third during one pass.
        row_of(table_4.OURS, 0.04, 0.4, 0.04),
        row_of(table_4.DEPTH_ALONE, 0.02, 0.2, 0.02),
        row_of(table_4.SEMANTICS_ALONE, semantics_s, 10 * semantics_s, 10 * semantics_s),
    ]
    (figure,) = speed_up(rows, device)
    assert figure.value == pytest.approx((0.02 + semantics_s) / 0.04)
    assert figure.met is met
    assert figure.detail == f'on {device}; 14.2 in the paper (RTX 4090)'


def test_without_all_times_nothing_is_compared():
    rows = [row_of(table_4.OURS, 0.04), row_of(table_4.DEPTH_ALONE, 0.02)]
    assert not list(speed_up([*rows, row_of(table_4.SEMANTICS_ALONE)]))
    assert not list(speed_up(rows))
