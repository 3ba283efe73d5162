# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Rows of the efficiency table as figures; the counts themselves are tested with the networks."""

import dataclasses

from thermal_depth_ros.bench.efficiency import TABLE_4_SIZE, measure
from thermal_depth_ros.bench.efficiency_figures import figure


def test_table_4_of_the_paper_is_reproduced():
    figures = [figure(row) for row in measure(*TABLE_4_SIZE, repeats=0)]
    compared = {f.target: f.met for f in figures if f.target is not None}
    assert compared == {20.573: True, 6.699: True, 5.358: True, 6.254: True, 38.884: True}


def test_a_part_that_deviates_is_told():
    row = next(row for row in measure(*TABLE_4_SIZE, repeats=0) if row.part == 'encoder')
    count = dataclasses.replace(row.count, paper_macs=row.count.paper_macs + 1_000_000)
    assert figure(dataclasses.replace(row, count=count)).met is False


def test_latency_appears_only_where_it_was_measured():
    row = measure(*TABLE_4_SIZE, repeats=0)[0]
    assert 'ms here' not in figure(row).detail
    assert '12.0 ms here' in figure(dataclasses.replace(row, latency_s=0.012)).detail
