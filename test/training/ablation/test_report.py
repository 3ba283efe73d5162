# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""The table of an ablation next to predictors that never look at the image."""

from thermal_depth_ros.training.ablation.report import FINISHED, MARKDOWN, RowResult, write_table
from thermal_depth_ros.training.ablation.tables import Ablation, Row

BLIND = {'rmse_fixed_map': 3.0, 'rmse_constant': 2.0}


def test_map_and_constant_have_rows_and_what_they_beat_is_said(tmp_path):
    rows = [Row(name, name, {}, {}) for name in ('good', 'bad')]
    table = Ablation('A table', {'rmse': 'RMSE'}, rows, 'other data')
    results = [
        RowResult(row, FINISHED, tmp_path, {'rmse': rmse, **BLIND, 'other': 9.0}, 1)
        for row, rmse in zip(rows, (1.0, 2.5), strict=True)
    ]
    write_table(table, results, (), tmp_path)
    lines = (tmp_path / MARKDOWN).read_text().splitlines()
    assert '| a fixed map | 3.000 | - |' in lines and '| a constant | 2.000 | - |' in lines
    said = [line for line in lines if 'does not beat' in line]
    assert said == ['- bad: does not beat what never looks: rmse 2.5 (a constant: 2)']
