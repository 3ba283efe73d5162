# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Ablation tables of the papers: rows that differ in a few settings, with published metrics."""

import dataclasses
from collections.abc import Mapping
from typing import Any

from thermal_depth_ros.base.settings import SettingsError


@dataclasses.dataclass(frozen=True)
class Row:
    """One row of a table: a variant of the training.

    Attributes:
        name: Name of the row and of its folder.
        title: Name of the row in the paper.
        values: Settings of the row, which override those of the user.
        paper: Metrics published in the paper, by name.
        needs: Settings of the user without which the row is meaningless, with the reason to give if
            one of them is empty or 0.
        starts_after: Row that consists of the first stages of this one, so that several rows share
            them; itself not in the table.
    """

    name: str
    title: str
    values: Mapping[str, Any]
    paper: Mapping[str, float]
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
    """

    title: str
    columns: Mapping[str, str]
    rows: tuple[Row, ...]
    data: str

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
    figures: tuple[float, ...],
    needs: Mapping[str, str],
    starts_after: Row | None = _STAGE_ONE,
) -> Row:
    paper = dict(zip(_TABLE_IV_COLUMNS, figures, strict=True))
    return Row(variant, title, {'variant': variant}, paper, needs, starts_after)


TABLE_IV = Ablation(
    title='Ablation of Fan et al. 2024, Table IV',
    columns=_TABLE_IV_COLUMNS,
    rows=(
        _row_iv('no_pretrain', 'w/o pre-training', (9.279, 0.473, 0.465, 5.455), _BUNDLE, None),
        _row_iv('no_stage2', 'w/o stage two', (4.407, 0.165, 0.121, 0.863), _ONE),
        _row_iv('no_adapters', 'w/o adapters', (4.023, 0.147, 0.103, 0.849), _TWO),
        _row_iv('finetune', 'fine-tuning', (4.980, 0.199, 0.153, 1.041), _TWO),
        _row_iv('full', 'ours', (3.944, 0.144, 0.099, 0.741), _TWO),
    ),
    data='ViViD outdoor, trained by day and tested by night, ViT-B/14 with the weights of '
    'DINOv2, 400 and 400 epochs',
)

_TABLE_5_COLUMNS = {
    f'{light}_{metric}': f'{light} {heading}'
    for light in ('day', 'night')
    for metric, heading in (
        ('miou', 'mIoU %'),
        ('abs_rel', 'Abs Rel'),
        ('rmse', 'RMSE'),
        ('delta1', 'delta < 1.25'),
    )
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
# The check marks of the table are lost in the text of the paper. Its rows are taken in the order
# of its columns, which is what the paper says about the day depth distillation.
_TABLE_5_FIGURES = {
    'no_night': (),
    'no_rn': (56.26, 0.157, 6.897, 0.811, 34.95, 0.210, 8.803, 0.668),
    'no_sn': (55.39, 0.155, 6.761, 0.811, 35.43, 0.211, 8.747, 0.666),
    'no_le': (54.14, 0.156, 6.760, 0.812, 34.42, 0.214, 8.794, 0.655),
    'no_pd': (56.13, 0.166, 7.115, 0.803, 33.87, 0.214, 8.765, 0.651),
    'full': (57.74, 0.151, 6.712, 0.816, 35.05, 0.211, 8.899, 0.661),
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
            dict(zip(_TABLE_5_COLUMNS, _TABLE_5_FIGURES[name], strict=False)),
        )
        for name, (title, off) in _TABLE_5_OFF.items()
    ),
    data='nuScenes, day-clear and night, weights of ImageNet, Mask2Former as the teacher of '
    'classes, 40 epochs; which row is without what is read off the order of its columns',
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
