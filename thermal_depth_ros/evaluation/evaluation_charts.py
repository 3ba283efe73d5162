# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Charts of an evaluation: estimated and true paths, errors by distance."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from thermal_depth_ros.evaluation.charts import INK, SERIES, chart_svg
from thermal_depth_ros.metrics.distance_bins import DistanceBin
from thermal_depth_ros.metrics.scores import DriveTrack

_MOST_POINTS = 1000


def path_chart(track: DriveTrack, name: str) -> str:
    """Draw a drive from above in the first camera: z ahead (up), x to the right, equal scales.

    The baseline, a straight path of the true length, is shown as well.

    Args:
        track: The drive.
        name: Name of the chart, unique on the page.
    """

    def draw(axes: Any) -> None:
        step = -(-len(track.truth_m) // _MOST_POINTS)
        for positions, colour, label in (
            (track.truth_m, INK, 'true'),
            (track.estimate_m, SERIES[0], f'estimated, times {track.scale:.3g}'),
        ):
            x, z = positions[::step, 0], positions[::step, 2]
            axes.plot(x, z, color=colour, linewidth=1.6, label=label)
        length = np.linalg.norm(np.diff(track.truth_m, axis=0), axis=1).sum()
        axes.plot([0, 0], [0, length], '--', color=SERIES[1], linewidth=1.2, label='straight ahead')
        axes.scatter([0], [0], s=50, color=SERIES[2], marker='s', label='start', zorder=4)
        axes.set_aspect('equal', adjustable='datalim')
        axes.set_xlabel('right [m]')
        axes.set_ylabel('ahead [m]')
        axes.legend(frameon=False, labelcolor=INK, fontsize=9)

    return chart_svg(draw, (5.2, 4.2), name)


def distance_chart(bins: Sequence[DistanceBin], name: str) -> str:
    """Draw abs_rel by true distance, scaled and as predicted."""

    def draw(axes: Any) -> None:
        places = np.arange(len(bins))
        for shift, colour, label, values in (
            (-0.2, SERIES[1], 'scaled', [b.scaled_abs_rel for b in bins]),
            (0.2, SERIES[0], 'as predicted', [b.metric_abs_rel for b in bins]),
        ):
            axes.bar(places + shift, values, width=0.38, color=colour, label=label)
        axes.set_xticks(places, [distance_name(b) for b in bins])
        axes.set_xlabel('true distance [m]')
        axes.set_ylabel('abs_rel')
        axes.legend(frameon=False, labelcolor=INK, fontsize=9)

    return chart_svg(draw, (5.2, 3.0), name)


def distance_name(entry: DistanceBin) -> str:
    """Write the range of a bin."""
    if not np.isfinite(entry.far_m):
        return f'over {entry.near_m:g}'
    return f'{entry.near_m:g} to {entry.far_m:g}'
