# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""The tables of the papers: what they print, and what their rows change."""

import pytest

from thermal_depth_ros.base.settings import SettingsError
from thermal_depth_ros.training.ablation.tables import TABLE_IV, ablation_of
from thermal_depth_ros.training.engine.run_identity import flat_settings
from thermal_depth_ros.training.registry import task_kind

SWITCHES = {'real_night', 'synthetic_night', 'light_enhancement', 'day_distillation'}


def test_the_papers_table_is_what_it_prints():
    assert ablation_of('thermal') is TABLE_IV
    printed = {row.title: tuple(row.paper.values()) for row in TABLE_IV.rows}
    assert printed['ours'] == ((3.944,), (0.144,), (0.099,), (0.741,))
    assert printed['w/o pre-training'][0] == (9.279,) and printed['fine-tuning'][1] == (0.199,)
    assert printed['w/o stage two'][2] == (0.121,) and printed['w/o adapters'][3] == (0.849,)
    names = {row.name for row in TABLE_IV.rows}
    # Weights that are not pre-trained make another stage one.
    assert {row.name for row in TABLE_IV.rows if row.starts_after} == names - {'no_pretrain'}
    with pytest.raises(SettingsError, match="'toy' has no ablation"):
        ablation_of('toy')


def test_the_common_beginning_of_the_papers_rows_is_stage_one_alone():
    from thermal_depth_ros.training.thermal.config import ThermalTrainingConfig
    from thermal_depth_ros.training.thermal.stages import stages_of

    def stages(row):
        values = {'bags': ['b'], 'start_bundle': 'x', 'pose_source': 'odometry', **row.values}
        configs = task_kind('thermal').build({'motion_epochs': 7, **values})
        method = next(c for c in configs if isinstance(c, ThermalTrainingConfig))
        return stages_of(method)

    (beginning,) = {
        row.starts_after.name: row.starts_after for row in TABLE_IV.rows if row.starts_after
    }.values()
    common = stages(beginning)
    assert [stage.name for stage in common] == ['stage1']
    for row in TABLE_IV.rows:
        if row.starts_after:
            assert stages(row)[:1] == common and len(stages(row)) > 1


@pytest.mark.parametrize(
    ('values', 'left_out'),
    [
        ({'start_bundle': 'x'}, set()),
        ({'stage1_backbone': 'trained'}, {'no_pretrain'}),
        ({'start_bundle': 'x', 'stage1_epochs': 0}, {'no_stage2'}),
        ({'start_bundle': 'x', 'stage2_epochs': 0}, {'no_adapters', 'finetune', 'full'}),
    ],
)
def test_rows_of_the_paper_that_tell_nothing_are_known(values, left_out):

    chosen = flat_settings(task_kind('thermal').build({'bags': ['b'], **values}))
    assert {r.name for r in TABLE_IV.rows if not all(chosen[n] for n in r.needs)} == left_out


def test_each_row_of_table_5_leaves_out_what_its_name_says():
    table, kind = ablation_of('rgb'), task_kind('rgb')
    assert table.fixed_settings() == SWITCHES | {'output'}
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


def test_the_figures_of_table_5_stand_where_the_paper_puts_them():
    table = ablation_of('rgb')
    rows = {row.name: row.paper for row in table.rows}
    full = rows['full']
    assert (full['day_miou'], full['night_miou'], full['night_delta1']) == (
        (57.74,),
        (35.05,),
        (0.661,),
    )
    # Its sentences leave two rows for each of these, and too many for the others.
    assert rows['no_le']['night_rmse'] == (8.803, 8.747)
    assert rows['no_pd']['day_miou'] == (54.14, 56.13)
    assert [name for name, figures in rows.items() if not figures] == ['no_night', 'no_rn', 'no_sn']
    assert set(table.columns) == set(full)
    assert any('check marks' in note for note in table.notes)


def test_the_columns_of_table_5_average_the_classes_of_the_paper():
    table, kind = ablation_of('rgb'), task_kind('rgb')
    values = {'bags': ('a',), 'night_bags': ('b',), **table.defaults}
    method = kind.build(values)[1]
    assert method.validation_classes == ('nuscenes_8',)
    assert 'validation_classes' not in table.fixed_settings(), 'the user may choose others'
