# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""The files of the published tables: complete, and consistent with each other."""

import itertools

import pytest

from thermal_depth_ros.evaluation.tables.columns import CLASSES, COST, DEPTH, MOTION
from thermal_depth_ros.evaluation.tables.published import published_table, table_names
from thermal_depth_ros.metrics.depth import PROTOCOLS
from thermal_depth_ros.metrics.segmentation import PRESETS

NAMES = ['dsn-1', 'dsn-2', 'dsn-3', 'dsn-4', 'dsn-5', 'fan-i', 'fan-ii', 'fan-iii', 'fan-iv']


def figures(table: str, row: str, block: int = 0) -> dict[tuple[str, str], object]:
    part = published_table(table).blocks[block]
    (found,) = [entry for entry in part.rows if entry.name == row]
    return dict(zip(part.columns, found.figures, strict=True))


def test_there_is_a_file_for_every_table_of_both_papers():
    assert table_names() == NAMES


@pytest.mark.parametrize('name', NAMES)
def test_rows_fit_their_columns_and_conditions_their_protocols(name):
    table = published_table(name)
    for block in table.blocks:
        assert set(block.conditions()) <= set(table.conditions)
        for row in block.rows:
            assert len(row.figures) == len(block.columns), row.name
            assert len(row.attributes) == len(table.attributes), row.name
    for key, condition in table.conditions.items():
        assert table.measures(key) <= {DEPTH, CLASSES, MOTION, COST} and table.measures(key)
        assert condition.protocol in PROTOCOLS
        assert condition.classes in (*PRESETS, 'all')
        assert (CLASSES in table.measures(key)) == (condition.classes != 'all')


def test_deltas_grow_and_errors_are_positive():
    for name in NAMES:
        for block in published_table(name).blocks:
            for row in block.rows:
                values = dict(zip(block.columns, row.figures, strict=True))
                for condition in block.conditions():
                    deltas = [values.get((condition, f'delta{k}')) for k in (1, 2, 3)]
                    if None not in deltas:
                        assert 0 < deltas[0] < deltas[1] < deltas[2] < 1, row.name
                assert all(v is None or isinstance(v, tuple) or v > 0 for v in values.values())


def test_mean_ious_are_means_of_the_listed_classes():
    off = {}
    for block in published_table('dsn-3').blocks:
        for row in block.rows:
            mean, *classes = row.figures
            assert [name.removeprefix('iou ') for _, name in block.columns[1:]] == list(
                PRESETS['nuscenes_8' if 'nuScenes' in block.title else 'robotcar_9']
            )
            if abs(sum(classes) / len(classes) - mean) > 0.0051:
                off[block.title, row.name] = sum(classes) / len(classes)
    # The one that the paper contradicts itself about, which a note says.
    assert off == {('nuScenes by day', 'DepthSegNet24'): pytest.approx(57.80, abs=0.005)}


def test_parts_add_up_to_the_totals():
    for block in published_table('dsn-4').blocks:
        for row in block.rows:
            values = {name: f for (_, name), f in zip(block.columns, row.figures, strict=True)}
            parts = [v for name, v in values.items() if ' ' in name and v is not None]
            (total,) = [v for name, v in values.items() if name in ('gmacs', 'parameters')]
            if parts:
                assert sum(parts) == pytest.approx(total, abs=0.0015), row.name


def test_what_stands_in_two_tables_is_the_same():
    rows = [('fan-i', 'Fan et al. - stage 1', 'w/o stage two')]
    rows += [('fan-i', 'Fan et al. - stages 1 & 2', 'ours')]
    for table, row, in_ablation in rows:
        long, short = figures(table, row), figures('fan-iv', in_ablation)
        assert {key: long[key] for key in short} == short
    alone, ablation = figures('dsn-2', 'DepthSegNet24'), figures('dsn-5', 'DepthSegNet24')
    assert {key: ablation[key] for key in alone} == alone
    for block, condition in ((0, 'day-clear'), (1, 'night')):
        lit = figures('dsn-3', 'DepthSegNet24', block)
        assert ablation[condition, 'miou'] == next(iter(lit.values()))


def test_rows_of_table_5_fit_the_sentences_of_the_paper():
    """A row can be the one without a component only if the component helps where it is said to."""
    full = figures('dsn-5', 'DepthSegNet24')
    table = published_table('dsn-5')

    def helps(row, key):
        without = dict(zip(table.blocks[0].columns, row.figures, strict=True))[key]
        higher = key[1] in ('miou', 'delta1')
        return full[key] > without if higher else full[key] < without

    def may_be(variant):
        return [row.name[:5] for row in table.rows_of(variant)]

    night = [('night', 'rmse'), ('night', 'delta1')]
    keys = list(itertools.product(('day-clear', 'night'), ('miou', 'abs_rel', 'rmse', 'delta1')))
    rows = table.blocks[0].rows[:4]
    # The distillation improves everything but the RMSE by night.
    fits = [r.name[:5] for r in rows if [k for k in keys if not helps(r, k)] == night[:1]]
    assert may_be('no_pd') == fits == ['row 3', 'row 4']
    # Light enhancement makes RMSE and delta by night worse.
    fits = [r.name[:5] for r in rows if not any(helps(r, k) for k in night)]
    assert may_be('no_le') == fits == ['row 1', 'row 2']
