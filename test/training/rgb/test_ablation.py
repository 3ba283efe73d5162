# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Table 5: every row is a training of the task, and decides what it is about."""

from thermal_depth_ros.training.ablation.tables import ablation_of
from thermal_depth_ros.training.registry import task_kind

SWITCHES = {'real_night', 'synthetic_night', 'light_enhancement', 'day_distillation'}


def test_each_row_leaves_out_what_its_name_says():
    table, kind = ablation_of('rgb'), task_kind('rgb')
    assert table.decided() == SWITCHES | {'output'}
    off = {}
    for row in table.rows:
        method = kind.build({'bags': ('a',), 'night_bags': ('b',), **row.values})[1]
        off[row.name] = {switch for switch in SWITCHES if not getattr(method, switch)}
    assert off == {
        'no_night': {'real_night', 'synthetic_night'},
        'no_rn': {'real_night'},
        'no_sn': {'synthetic_night'},
        'no_le': {'light_enhancement'},
        'no_pd': {'day_distillation'},
        'full': set(),
    }


def test_the_figures_are_those_of_the_paper():
    table = ablation_of('rgb')
    rows = {row.name: row for row in table.rows}
    full, no_pd = rows['full'].paper, rows['no_pd'].paper
    assert (full['day_miou'], full['night_miou'], full['night_delta1']) == (57.74, 35.05, 0.661)
    # The distillation helps everywhere but in the RMSE by night, says the paper.
    better = {
        name: full[name] > no_pd[name] if 'miou' in name or 'delta' in name else full[name] < value
        for name, value in no_pd.items()
    }
    assert [name for name, is_better in better.items() if not is_better] == ['night_rmse']
    assert not rows['no_night'].paper
    assert set(table.columns) == set(full)
