# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""The ablation of Fan et al. 2024, Table IV."""

from typing import Any

from thermal_depth_ros.training.ablation.rows import Ablation, Figure, Row
from thermal_depth_ros.training.thermal.config import ThermalTrainingConfig

_METRICS = ('rmse', 'rmse_log', 'abs_rel', 'sq_rel')
# All rows but one have the same stage one. The variant without stage two is that stage alone,
# before the pose network has a stage for itself.
_STAGE_ONE = Row('stage1', 'stage one', {'variant': 'no_stage2', 'motion_epochs': 0}, {})


def _row(variant: str, title: str, paper: tuple[float, ...]) -> Row:
    figures = dict(zip(_METRICS, paper, strict=True))
    begins_with = '' if variant == 'no_pretrain' else _STAGE_ONE.name
    return Row(variant, title, {'variant': variant}, figures, begins_with)


def _pointless(row: Row, configs: tuple[Any, ...]) -> str:
    method = next(config for config in configs if isinstance(config, ThermalTrainingConfig))
    if row.name == 'no_pretrain' and not method.start_bundle:
        return 'all rows start from random weights; set start_bundle for trained ones'
    if row.name in ('no_stage2', _STAGE_ONE.name) and method.stage1_epochs == 0:
        return 'stage1_epochs is 0, so that there is only stage two'
    if row.name in ('no_adapters', 'finetune', 'full') and method.stage2_epochs == 0:
        return 'stage2_epochs is 0, so that there is no stage two to change'
    return ''


TABLE_IV = Ablation(
    title='Ablation of Fan et al. 2024, Table IV',
    figures=(
        Figure('rmse', 'RMSE'),
        Figure('rmse_log', 'RMSE log'),
        Figure('abs_rel', 'Abs Rel'),
        Figure('sq_rel', 'Sq Rel'),
    ),
    rows=(
        _row('no_pretrain', 'w/o pre-training', (9.279, 0.473, 0.465, 5.455)),
        _row('no_stage2', 'w/o stage two', (4.407, 0.165, 0.121, 0.863)),
        _row('no_adapters', 'w/o adapters', (4.023, 0.147, 0.103, 0.849)),
        _row('finetune', 'fine-tuning', (4.980, 0.199, 0.153, 1.041)),
        _row('full', 'ours', (3.944, 0.144, 0.099, 0.741)),
    ),
    setting='ViViD outdoor, trained by day and tested by night, ViT-B/14 with the weights of '
    'DINOv2, 400 and 400 epochs',
    pointless=_pointless,
    beginnings=(_STAGE_ONE,),
)
