# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Charts as inline SVG. Lines and text use the text colour of the page, light or dark."""

import io
import re
from collections.abc import Callable
from typing import Any

import numpy as np

from thermal_depth_ros.evaluation.recorded_run import Track

# Stands for the text colour of the page; no series may use it.
INK = '#010203'
SERIES = ('#e8743b', '#3b8fe8', '#19a979', '#a05ad6')


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
        axes.legend(frameon=False, labelcolor=INK, fontsize=9)

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
        axes.legend(frameon=False, labelcolor=INK, ncols=3, fontsize=9)

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
        axes.legend(frameon=False, labelcolor=INK, fontsize=9)

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


def chart_svg(draw: Callable[[Any], None], size: tuple[float, float], name: str) -> str:
    """Return one chart as SVG text that scales with the page."""
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    look: Any = {
        'svg.fonttype': 'none',
        'svg.hashsalt': name,
        'font.family': 'sans-serif',
        'font.size': 10,
        'axes.edgecolor': INK,
        'axes.labelcolor': INK,
        'text.color': INK,
        'xtick.color': INK,
        'ytick.color': INK,
        'grid.color': INK,
        'grid.alpha': 0.15,
        'axes.grid': True,
        'axes.axisbelow': True,
        'axes.spines.top': False,
        'axes.spines.right': False,
    }
    with rc_context(look):
        figure = Figure(figsize=size, layout='constrained')
        draw(figure.add_subplot())
        text = io.StringIO()
        figure.savefig(text, format='svg', transparent=True, metadata={'Date': None})
    return _for_page(text.getvalue(), name)


def _for_page(svg: str, name: str) -> str:
    """Remove the XML prologue and the fixed size, and prefix the ids."""
    body = svg[svg.index('<svg') :]
    body = re.sub(r'<metadata>.*?</metadata>', '', body, flags=re.DOTALL)
    body = re.sub(r'(<svg[^>]*?) height="[^"]*"', r'\1', body, count=1)
    body = re.sub(r'(<svg[^>]*?) width="[^"]*"', r'\1', body, count=1)
    body = re.sub(r'id="', f'id="{name}-', body)
    body = re.sub(r'(href="|url\()#', rf'\1#{name}-', body)
    return body.replace(INK, 'currentColor')
