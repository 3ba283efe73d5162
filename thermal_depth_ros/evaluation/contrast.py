# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Ratios of the main metrics of a camera in two runs, such as night and day."""

import dataclasses
from collections.abc import Iterator, Sequence

from thermal_depth_ros.evaluation.tables import UNKNOWN, Table
from thermal_depth_ros.metrics.scores import CameraResult

Results = tuple[CameraResult | None, CameraResult | None]


@dataclasses.dataclass(frozen=True)
class MetricPair:
    """One metric of both runs."""

    name: str
    first: float
    second: float
    digits: int  # decimals

    @property
    def ratio(self) -> float | None:
        """Ratio of the second to the first; None if the first is zero."""
        return self.second / self.first if self.first else None


def metric_pairs(results: Results) -> list[MetricPair]:
    """Return the metrics that both runs have; none if either has no ground truth."""
    first, second = results
    if first is None or second is None:
        return []
    return [*_depth(first, second), *_classes(first, second)]


def metric_pair_table(
    title: str, names: tuple[str, str], done: tuple[str, str], found: Sequence[MetricPair]
) -> Table:
    """Return a table with a column for each run, and one for the ratio of the second to the first.

    Args:
        title: Heading.
        names: Names of the two runs.
        done: Frames published and received in each run, in words.
        found: Metrics of both runs.
    """
    rows: list[tuple[str, ...]] = [('frames done', *done, UNKNOWN)]
    for entry in found:
        values = (f'{value:.{entry.digits}f}' for value in (entry.first, entry.second))
        ratio = UNKNOWN if entry.ratio is None else f'{entry.ratio:.2f}'
        rows.append((entry.name, *values, ratio))
    return Table(title, ('', *names, f'{names[1]} by {names[0]}'), tuple(rows))


def _depth(first: CameraResult, second: CameraResult) -> Iterator[MetricPair]:
    if first.depth is None or second.depth is None:
        return
    for how in ('scaled', 'metric'):
        one, other = getattr(first.depth, how), getattr(second.depth, how)
        words = 'as predicted' if how == 'metric' else how
        yield MetricPair(f'abs_rel {words}', one.abs_rel, other.abs_rel, 3)
        yield MetricPair(f'd<1.25 {words}', one.delta1, other.delta1, 3)


def _classes(first: CameraResult, second: CameraResult) -> Iterator[MetricPair]:
    if first.segmentation is None or second.segmentation is None:
        return
    one, other = first.segmentation.miou, second.segmentation.miou
    if one is not None and other is not None:
        yield MetricPair('mIoU %', 100 * one, 100 * other, 1)
