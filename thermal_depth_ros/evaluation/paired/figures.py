# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Figures that two evaluations are compared by, as functions of sums over frames."""

import dataclasses
from collections.abc import Callable, Sequence

import numpy as np

from thermal_depth_ros.metrics.distance_bins import EDGES_M, SUMS, bin_name
from thermal_depth_ros.metrics.frame_rows import (
    CLASSES,
    DEPTH,
    DEPTH_METRICS,
    METRIC,
    MOTION_COLUMNS,
    SCALED,
    class_column,
    distance_column,
    metric_column,
)
from thermal_depth_ros.metrics.paired_bootstrap import Statistic
from thermal_depth_ros.metrics.segmentation import listed_classes

_HOW = {SCALED: 'scaled', METRIC: 'as predicted'}
_NAMES = {'delta1': 'd<1.25', 'delta2': 'd<1.25^2', 'delta3': 'd<1.25^3'}
_MAIN = ('abs_rel', 'rmse', 'delta1')


@dataclasses.dataclass(frozen=True, eq=False)
class Figure:
    """One figure.

    Attributes:
        path: Keys in the JSON file, below the quantity.
        title: Name for people.
        higher: Whether a higher value is better.
        main: Whether it is shown for every group of recordings.
        statistic: From sums (R, K + 1) to values (R,); the last sum is the number of frames.
        section: '' or the table that it belongs to.
        factor: Factor of the values for people.
        digits: Decimals for people.
    """

    path: tuple[str, ...]
    title: str
    higher: bool
    main: bool
    statistic: Statistic
    section: str = ''
    factor: float = 1.0
    digits: int = 4


def with_count(values: np.ndarray) -> np.ndarray:
    """Append the column (N, 1) of ones whose sum is the number of frames."""
    return np.concatenate([values, np.ones((len(values), 1))], axis=1)


def figures_of(
    quantity: str, columns: Sequence[str], listed: str | Sequence[str], median_scaling: bool
) -> list[Figure]:
    """Return the figures of a quantity.

    Args:
        quantity: One of QUANTITIES.
        columns: Columns of its frames.
        listed: Classes over which mIoU is averaged.
        median_scaling: Whether scaled depth comes first.

    Raises:
        ValueError: A column is missing, or a listed class is unknown.
    """
    place = {name: index for index, name in enumerate(columns)}
    try:
        if quantity == DEPTH:
            return _depth(place, [SCALED, METRIC] if median_scaling else [METRIC, SCALED])
        if quantity == CLASSES:
            return _classes(place, listed)
        return _motion(place)
    except KeyError as error:
        raise ValueError(f'no column {error}') from None


def _depth(place: dict[str, int], ways: Sequence[str]) -> list[Figure]:
    figures = [
        Figure(
            (how, metric),
            f'{_NAMES.get(metric, metric)} {_HOW[how]}',
            metric in _NAMES,
            metric in _MAIN,
            _ratio(place[metric_column(how, metric)], -1),
        )
        for how in ways
        for metric in DEPTH_METRICS
    ]
    pixels, withheld = place['pixels'], place['withheld']
    figures.append(
        Figure(
            ('predicted_share',),
            'pixels with a prediction, %',
            True,
            False,
            lambda sums: _divided(sums[:, pixels], sums[:, pixels] + sums[:, withheld]),
            factor=100.0,
            digits=2,
        )
    )
    return figures + [figure for how in ways for figure in _by_distance(place, how)]


def _by_distance(place: dict[str, int], how: str) -> list[Figure]:
    columns = [name for name in SUMS if name.startswith(how)]
    figures = []
    for index, (near, far) in enumerate(zip(EDGES_M, EDGES_M[1:], strict=False)):
        pixels = place[distance_column(index, SUMS[0])]
        for name in columns:
            metric = name.removeprefix(f'{how}_')
            figures.append(
                Figure(
                    ('by_distance', f'{near:g}m', how, metric),
                    f'{bin_name(near, far)} m: {_NAMES.get(metric, metric)} {_HOW[how]}',
                    metric in _NAMES,
                    False,
                    _ratio(place[distance_column(index, name)], pixels),
                    section='distance',
                )
            )
    return figures


def _motion(place: dict[str, int]) -> list[Figure]:
    titles = ('ATE of 5 frames, m', 'RE of 5 frames, rad')
    return [
        Figure((name,), title, False, True, _ratio(place[name], -1), digits=5)
        for name, title in zip(MOTION_COLUMNS, titles, strict=True)
    ]


def _classes(place: dict[str, int], listed: str | Sequence[str]) -> list[Figure]:
    prefix = class_column('true', '')
    names = [name.removeprefix(prefix) for name in place if name.startswith(prefix)]
    iou = {name: _iou(*(place[class_column(c, name)] for c in _COUNTS)) for name in names}
    chosen = [iou[name] for name in listed_classes(listed, names)]
    hits = [place[class_column('hits', name)] for name in names]
    true = [place[class_column('true', name)] for name in names]
    figures = [
        _percent(('miou',), 'mIoU, %', lambda sums: _mean([one(sums) for one in chosen])),
        _percent(
            ('pixel_accuracy',),
            'pixels right, %',
            lambda sums: _divided(sums[:, hits].sum(1), sums[:, true].sum(1)),
        ),
    ]
    for name in names:
        figure = _percent(('classes', name), f'IoU of {name}, %', iou[name])
        figures.append(dataclasses.replace(figure, main=False, section='class'))
    return figures


_COUNTS = ('true', 'predicted', 'hits')


def _percent(path: tuple[str, ...], title: str, statistic: Statistic) -> Figure:
    return Figure(path, title, True, True, statistic, factor=100.0, digits=2)


def _iou(true: int, predicted: int, hits: int) -> Statistic:
    def statistic(sums: np.ndarray) -> np.ndarray:
        return _divided(sums[:, hits], sums[:, true] + sums[:, predicted] - sums[:, hits])

    return statistic


def _mean(values: Sequence[np.ndarray]) -> np.ndarray:
    """Return the mean (R,) over those of some arrays (R,) that have a value."""
    stacked = np.stack(values)
    known = np.isfinite(stacked)
    return _divided(np.where(known, stacked, 0.0).sum(0), known.sum(0))


def _ratio(numerator: int, denominator: int) -> Callable[[np.ndarray], np.ndarray]:
    return lambda sums: _divided(sums[:, numerator], sums[:, denominator])


def _divided(numerator: np.ndarray, denominator: np.ndarray) -> np.ndarray:
    """Return quotients (R,), NaN where the denominator is zero."""
    with np.errstate(invalid='ignore', divide='ignore'):
        quotient: np.ndarray = np.where(denominator > 0, numerator / denominator, np.nan)
    return quotient
