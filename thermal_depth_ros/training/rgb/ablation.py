# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""The ablation of DepthSegNet24, Table 5."""

from typing import Any

from thermal_depth_ros.training.ablation.rows import Ablation, Figure, Row

_FIGURES = tuple(
    Figure(f'{light}_{metric}', f'{light} {heading}')
    for light in ('day', 'night')
    for metric, heading in (
        ('miou', 'mIoU %'),
        ('abs_rel', 'Abs Rel'),
        ('rmse', 'RMSE'),
        ('delta1', 'delta < 1.25'),
    )
)
_SWITCHES = ('real_night', 'synthetic_night', 'light_enhancement', 'day_distillation')


def _row(name: str, title: str, off: tuple[str, ...], paper: tuple[float, ...]) -> Row:
    # A row sets all switches, so that the user cannot choose any of them.
    values: dict[str, Any] = {switch: switch not in off for switch in _SWITCHES}
    measured = {f.metric: value for f, value in zip(_FIGURES, paper, strict=False)}
    return Row(name, title, values, measured)


# The check marks of the table are lost in the text of the paper. Its rows are taken in the order
# of its columns, which is what the paper says about the day depth distillation.
TABLE_5 = Ablation(
    title='Ablation of DepthSegNet24, Table 5',
    figures=_FIGURES,
    rows=(
        _row('no_night', 'w/o real and synthetic night', ('real_night', 'synthetic_night'), ()),
        _row(
            'no_rn',
            'w/o RN (real night)',
            ('real_night',),
            (56.26, 0.157, 6.897, 0.811, 34.95, 0.210, 8.803, 0.668),
        ),
        _row(
            'no_sn',
            'w/o SN (synthetic night)',
            ('synthetic_night',),
            (55.39, 0.155, 6.761, 0.811, 35.43, 0.211, 8.747, 0.666),
        ),
        _row(
            'no_le',
            'w/o LE (light enhancement)',
            ('light_enhancement',),
            (54.14, 0.156, 6.760, 0.812, 34.42, 0.214, 8.794, 0.655),
        ),
        _row(
            'no_pd',
            'w/o PD (day depth distillation)',
            ('day_distillation',),
            (56.13, 0.166, 7.115, 0.803, 33.87, 0.214, 8.765, 0.651),
        ),
        _row('full', 'ours', (), (57.74, 0.151, 6.712, 0.816, 35.05, 0.211, 8.899, 0.661)),
    ),
    setting='nuScenes, day-clear and night, weights of ImageNet, Mask2Former as the teacher of '
    'classes, 40 epochs; which row is without what is read off the order of its columns',
)
