# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""What predictors that never look at the image get, as an evaluation wrote it."""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

from thermal_depth_ros.evaluation.paired.figures import Figure
from thermal_depth_ros.metrics.frame_rows import CLASSES, DEPTH, MOTION, MOTION_COLUMNS
from thermal_depth_ros.metrics.verdicts import A_CONSTANT, A_MAP, STRAIGHT_AHEAD, beats

_KEYS = {A_MAP: 'fixed_map', A_CONSTANT: 'constant', STRAIGHT_AHEAD: 'straight_ahead'}
_MOTION = dict(zip(MOTION_COLUMNS, ('ate_mean', 're_mean_rad'), strict=True))
_DISTANCES, _MIOU = 'by_distance', 'miou'


@dataclasses.dataclass(frozen=True, eq=False)
class BlindFigure:
    """A figure of one evaluation over all its frames, and those of what never looks.

    Attributes:
        figure: Its name and format.
        value: The figure of the evaluation.
        blind: Figures on the same images by predictor; at least one.
    """

    figure: Figure
    value: float
    blind: Mapping[str, float]

    @property
    def beats_all(self) -> bool:
        """Whether it is better than that of every predictor."""
        higher = self.figure.higher
        return all(beats(self.value, blind, higher=higher) for blind in self.blind.values())

    def plain(self) -> dict[str, Any]:
        """Return the figures as plain values for JSON."""
        blind = {_KEYS[name]: value for name, value in self.blind.items()}
        return {'value': self.value, **blind, 'beats_all': self.beats_all}


def blind_figures(
    camera: Mapping[str, Any], quantity: str, figures: Sequence[Figure], *, same_classes: bool
) -> list[BlindFigure]:
    """Return the figures for which an evaluation has those of what never looks at the image.

    Args:
        camera: Metrics of a kind of camera, as in metrics.json.
        quantity: One of QUANTITIES.
        figures: Figures of the quantity.
        same_classes: Whether the evaluation averaged mIoU over the classes that are compared.
    """
    found = []
    for figure in figures:
        if quantity == CLASSES and figure.path == (_MIOU,) and not same_classes:
            continue
        value = _number(camera, _place(quantity, figure.path))
        blind = {
            name: number
            for name in _KEYS
            if (number := _number(camera, _place(quantity, figure.path, name))) is not None
        }
        if value is not None and blind:
            found.append(BlindFigure(figure, value, blind))
    return found


def _place(quantity: str, path: Sequence[str], predictor: str = '') -> tuple[str, ...]:
    """Return the keys of a figure in the metrics of a camera; () if there is none."""
    keys = (_KEYS[predictor],) if predictor else ()
    if quantity == MOTION:
        score = 'score' if not predictor else _KEYS[predictor]
        return ('pose', score, _MOTION[path[0]]) if predictor in ('', STRAIGHT_AHEAD) else ()
    if predictor == STRAIGHT_AHEAD:
        return ()
    if quantity == DEPTH:
        if path[0] != _DISTANCES:
            return ('depth', *keys, *path)
        name, how, metric = path[1:]
        return ('depth', _DISTANCES, name, *keys, f'{how}_{metric}')
    if path[0] != CLASSES:
        return ('segmentation', *keys, *path)
    return ('segmentation', *((*keys, 'iou', path[1]) if keys else (*path, 'iou')))


def _number(metrics: Any, place: Sequence[str]) -> float | None:
    """Return a number among metrics; None if it is not there."""
    for name in place:
        if isinstance(metrics, list):  # bins of distance
            metrics = {
                f'{near:g}m': one
                for one in metrics
                if isinstance(one, Mapping) and isinstance(near := one.get('near_m'), (int, float))
            }
        metrics = metrics.get(name) if isinstance(metrics, Mapping) else None
    return float(metrics) if place and isinstance(metrics, (int, float)) else None
