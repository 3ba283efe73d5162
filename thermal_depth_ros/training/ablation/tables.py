# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Ablation tables of the papers: rows that differ in a few settings, with published metrics."""

import dataclasses
from collections.abc import Mapping
from typing import Any

from thermal_depth_ros.base.settings import SettingsError
from thermal_depth_ros.evaluation.tables.published import published_table

_MOST_CANDIDATES = 2  # published rows that are shown for a row


@dataclasses.dataclass(frozen=True)
class Row:
    """One row of a table: a variant of the training.

    Attributes:
        name: Name of the row and of its folder.
        title: Name of the row in the paper.
        values: Settings of the row, which override those of the user.
        paper: Metrics published in the paper, by name; several where more than one of its rows may
            be this one.
        needs: Settings of the user without which the row is meaningless, with the reason to give if
            one of them is empty or 0.
        starts_after: Row that consists of the first stages of this one, so that several rows share
            them; itself not in the table.
    """

    name: str
    title: str
    values: Mapping[str, Any]
    paper: Mapping[str, tuple[float, ...]]
    needs: Mapping[str, str] = dataclasses.field(default_factory=dict)
    starts_after: 'Row | None' = None


@dataclasses.dataclass(frozen=True)
class Ablation:
    """A table of rows.

    Attributes:
        title: Title of the table.
        columns: Headings by metric of the validation.
        rows: Rows in the order of the paper.
        data: Data and training of the paper's figures.
        defaults: Settings of the validation that the columns need; the user may choose others.
        notes: Remarks on the paper's figures.
    """

    title: str
    columns: Mapping[str, str]
    rows: tuple[Row, ...]
    data: str
    defaults: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def fixed_settings(self) -> frozenset[str]:
        """Return the names of the settings that the user cannot choose."""
        return frozenset({'output', *(name for row in self.rows for name in row.values)})

    def chosen(self, names: tuple[str, ...]) -> tuple[Row, ...]:
        """Return rows in the order of the table; without names, all of them.

        Raises:
            SettingsError: Unknown rows; all are named.
        """
        known = [row.name for row in self.rows]
        unknown = [name for name in names if name not in known]
        if unknown:
            raise SettingsError(f'variants: {", ".join(unknown)} not among {", ".join(known)}')
        return tuple(row for row in self.rows if not names or row.name in names)


def published_figures(
    table: str, variant: str, columns: Mapping[str, tuple[str, str]]
) -> dict[str, tuple[float, ...]]:
    """Return the published figures of a variant by metric; {} if too little tells its row.

    Args:
        table: Name of the published table.
        variant: Name of the row of the ablation.
        columns: Condition and column of the published table for each metric.
    """
    rows = published_table(table).rows_of(variant)
    if not 0 < len(rows) <= _MOST_CANDIDATES:
        return {}
    (block,) = published_table(table).blocks
    found: dict[str, tuple[float, ...]] = {}
    for metric, place in columns.items():
        figures = [row.figures[block.columns.index(place)] for row in rows]
        found[metric] = tuple(float(f) for f in figures if isinstance(f, float))
    return found


_TABLE_IV = {name: ('night', name) for name in ('rmse', 'rmse_log', 'abs_rel', 'sq_rel')}
_TABLE_IV_COLUMNS = {
    'rmse': 'RMSE',
    'rmse_log': 'RMSE log',
    'abs_rel': 'Abs Rel',
    'sq_rel': 'Sq Rel',
}
_BUNDLE = {
    'start_bundle': 'all rows start from random weights; set start_bundle for trained ones',
}
_ONE = {'stage1_epochs': 'stage1_epochs is 0, so that there is only stage two'}
_TWO = {'stage2_epochs': 'stage2_epochs is 0, so that there is no stage two to change'}
# All rows but one have the same stage one. The variant without stage two is that stage alone,
# before the pose network has a stage for itself.
_STAGE_ONE = Row('stage1', 'stage one', {'variant': 'no_stage2', 'motion_epochs': 0}, {}, _ONE)


def _row_iv(
    variant: str,
    title: str,
    needs: Mapping[str, str],
    starts_after: Row | None = _STAGE_ONE,
) -> Row:
    paper = published_figures('fan-iv', variant, _TABLE_IV)
    return Row(variant, title, {'variant': variant}, paper, needs, starts_after)


TABLE_IV = Ablation(
    title='Ablation of Fan et al. 2024, Table IV',
    columns=_TABLE_IV_COLUMNS,
    rows=(
        _row_iv('no_pretrain', 'w/o pre-training', _BUNDLE, None),
        _row_iv('no_stage2', 'w/o stage two', _ONE),
        _row_iv('no_adapters', 'w/o adapters', _TWO),
        _row_iv('finetune', 'fine-tuning', _TWO),
        _row_iv('full', 'ours', _TWO),
    ),
    data='ViViD outdoor, trained by day and tested by night, ViT-B/14 with the weights of '
    'DINOv2, 400 and 400 epochs',
)

_TABLE_5 = {
    f'{light}_{metric}': (condition, metric)
    for light, condition in (('day', 'day-clear'), ('night', 'night'))
    for metric in ('miou', 'abs_rel', 'rmse', 'delta1')
}
_HEADINGS = {'miou': 'mIoU %', 'abs_rel': 'Abs Rel', 'rmse': 'RMSE', 'delta1': 'delta < 1.25'}
_TABLE_5_COLUMNS = {
    name: f'{name.partition("_")[0]} {_HEADINGS[metric]}' for name, (_, metric) in _TABLE_5.items()
}
_SWITCHES = ('real_night', 'synthetic_night', 'light_enhancement', 'day_distillation')
_TABLE_5_OFF = {
    'no_night': ('w/o real and synthetic night', ('real_night', 'synthetic_night')),
    'no_rn': ('w/o RN (real night)', ('real_night',)),
    'no_sn': ('w/o SN (synthetic night)', ('synthetic_night',)),
    'no_le': ('w/o LE (light enhancement)', ('light_enhancement',)),
    'no_pd': ('w/o PD (day depth distillation)', ('day_distillation',)),
    'full': ('ours', ()),
}
TABLE_5 = Ablation(
    title='Ablation of DepthSegNet24, Table 5',
    columns=_TABLE_5_COLUMNS,
    rows=tuple(
        Row(
            name,
            title,
            # A row sets all switches, so that the user cannot choose any of them.
            {switch: switch not in off for switch in _SWITCHES},
            published_figures('dsn-5', name, _TABLE_5),
        )
        for name, (title, off) in _TABLE_5_OFF.items()
    ),
    data='nuScenes, day-clear and night, weights of ImageNet, Mask2Former as the teacher of '
    'classes, 40 epochs',
    defaults={'validation_classes': ('nuscenes_8',)},
    notes=published_table('dsn-5').notes[:2],
)

TABLES: dict[str, Ablation] = {'thermal': TABLE_IV, 'rgb': TABLE_5}


def ablation_of(task: str) -> Ablation:
    """Return the ablation of a training task.

    Raises:
        SettingsError: It has none.
    """
    if task not in TABLES:
        raise SettingsError(f'task: {task!r} has no ablation; {", ".join(TABLES)} have')
    return TABLES[task]
