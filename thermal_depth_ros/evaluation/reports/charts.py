# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Charts as inline SVG. Lines and text use the text colour of the page, light or dark."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from thermal_depth_ros.evaluation.recorded_run import Track
from thermal_depth_ros.metrics.camera import DriveTrack
from thermal_depth_ros.metrics.distance_bins import DistanceBin
from thermal_depth_ros.pages.charts import INK, SERIES, chart_svg

_MOST_POINTS = 1000


def trajectory_chart(track: Track, name: str) -> str:
    """Draw the path seen from above: x forward (up), y left, metres, equal scales.

    Args:
        track: The path.
        name: Name of the chart, unique on the page.
    """

    def draw(axes: Any) -> None:
        x, y = track.position_m[:, 0], track.position_m[:, 1]
        axes.plot(y, x, color=SERIES[1], linewidth=1.6)
        good = ~track.lost
        axes.scatter(y[good], x[good], s=14, color=SERIES[1], label='tracking', zorder=3)
        if track.lost.any():
            lost = track.lost
            axes.scatter(
                y[lost], x[lost], s=22, color=SERIES[0], marker='x', label='lost', zorder=3
            )
        axes.scatter(y[:1], x[:1], s=60, color=SERIES[2], marker='s', label='start', zorder=4)
        axes.set_aspect('equal', adjustable='datalim')
        axes.invert_xaxis()
        axes.set_xlabel('y [m], left')
        axes.set_ylabel('x [m], forward')
        axes.legend()

    return chart_svg(draw, (5.2, 4.2), name)


def motion_chart(track: Track, name: str) -> str:
    """Draw x, y, z in metres over seconds since the first pose."""

    def draw(axes: Any) -> None:
        seconds = (track.stamps_ns - track.stamps_ns[0]) / 1e9
        for index, axis in enumerate('xyz'):
            axes.plot(
                seconds,
                track.position_m[:, index],
                color=SERIES[index],
                marker='.',
                linewidth=1.4,
                label=axis,
            )
        axes.set_xlabel('time [s]')
        axes.set_ylabel('position [m]')
        axes.legend(ncols=3)

    return chart_svg(draw, (5.2, 4.2), name)


def latency_chart(latencies_ms: dict[str, np.ndarray], name: str) -> str:
    """Draw histograms of latency in milliseconds, one series per camera."""

    def draw(axes: Any) -> None:
        bins, logarithmic = _bins(np.concatenate(list(latencies_ms.values())))
        for index, (camera, series) in enumerate(latencies_ms.items()):
            axes.hist(series, bins=bins, color=SERIES[index], alpha=0.65, label=camera)
        if logarithmic:
            axes.set_xscale('log')
            axes.xaxis.set_major_formatter(lambda value, _: f'{value:g}')
            axes.xaxis.set_minor_formatter(lambda value, _: '')
            axes.set_xticks(_log_ticks(bins[0], bins[-1]))
        axes.yaxis.get_major_locator().set_params(integer=True)
        axes.set_xlabel('stamp to reception [ms]' + (', logarithmic' if logarithmic else ''))
        axes.set_ylabel('messages')
        axes.legend()

    return chart_svg(draw, (7.2, 3.0), name)


def _bins(values: np.ndarray) -> tuple[np.ndarray, bool]:
    """Return the edges of a histogram, logarithmic if the values span more than a decade."""
    positive = values[values > 0]
    low, high = float(positive.min()) / 1.05, float(positive.max()) * 1.05
    edges = int(np.clip(3 * np.sqrt(len(positive)), 12, 41))
    if high > 10 * low:
        return np.geomspace(low, high, edges), True
    return np.linspace(0.0, high, edges), False


def _log_ticks(low: float, high: float) -> list[float]:
    """Return round values 1, 2, 5 * 10^n within a range."""
    decades = range(int(np.floor(np.log10(low))), int(np.ceil(np.log10(high))) + 1)
    ticks = [m * 10.0**d for d in decades for m in (1, 2, 5)]
    inside = [t for t in ticks if low <= t <= high]
    return inside if len(inside) <= 9 else [t for t in inside if f'{t:e}'.startswith('1')]


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
        axes.legend()

    return chart_svg(draw, (5.2, 4.2), name)


def distance_chart(bins: Sequence[DistanceBin], name: str) -> str:
    """Draw abs_rel by true distance, scaled and as predicted, and that of the fixed map."""

    def draw(axes: Any) -> None:
        places = np.arange(len(bins))
        for shift, colour, label, field in (
            (-0.2, SERIES[1], 'scaled', 'scaled_abs_rel'),
            (0.2, SERIES[0], 'as predicted', 'metric_abs_rel'),
        ):
            values = [getattr(entry, field) for entry in bins]
            axes.bar(places + shift, values, width=0.38, color=colour, label=label)
            known = [n for n, entry in enumerate(bins) if entry.fixed_map is not None]
            if known:
                of_map = [getattr(bins[n].fixed_map, field) for n in known]
                name_once = 'fixed map' if shift < 0 else None
                axes.scatter(
                    places[known] + shift, of_map, s=300, marker='_', color=INK, label=name_once
                )
        axes.set_xticks(places, [b.name for b in bins])
        axes.set_xlabel('true distance [m]')
        axes.set_ylabel('abs_rel')
        axes.legend(ncols=3, loc='lower center', bbox_to_anchor=(0.5, 1.0))

    return chart_svg(draw, (5.2, 3.0), name)
