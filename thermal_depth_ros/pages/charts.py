# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Charts as SVG text for the HTML reports."""

import io
import re
from collections.abc import Callable
from typing import Any

# Stands for the text colour of the page; no series may use it.
INK = '#010203'
SERIES = ('#e8743b', '#3b8fe8', '#19a979', '#a05ad6')
_LOOK: Any = {
    'svg.fonttype': 'none',
    'font.family': 'sans-serif',
    'font.size': 10,
    'axes.edgecolor': INK,
    'axes.labelcolor': INK,
    'text.color': INK,
    'xtick.color': INK,
    'ytick.color': INK,
    'grid.color': INK,
    'grid.alpha': 0.15,
    'legend.frameon': False,
    'legend.labelcolor': INK,
    'legend.fontsize': 9,
    'axes.grid': True,
    'axes.axisbelow': True,
    'axes.spines.top': False,
    'axes.spines.right': False,
}
_PIXELS_PER_INCH = 110  # on the page, at most


def chart_svg(draw: Callable[[Any], None], size: tuple[float, float], name: str) -> str:
    """Return one chart as SVG text that scales with the page.

    Args:
        draw: Draws on matplotlib axes.
        size: Width and height, inches.
        name: Prefix of the ids in the chart, unique on the page.
    """
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    with rc_context({**_LOOK, 'svg.hashsalt': name}):
        figure = Figure(figsize=size, layout='constrained')
        draw(figure.add_subplot())
        text = io.StringIO()
        figure.savefig(text, format='svg', transparent=True, metadata={'Date': None})
    return _for_page(text.getvalue(), name, round(size[0] * _PIXELS_PER_INCH))


def _for_page(svg: str, name: str, width: int) -> str:
    """Remove the XML prologue, limit the size instead of fixing it, and prefix the ids."""
    body = svg[svg.index('<svg') :]
    body = re.sub(r'<metadata>.*?</metadata>', '', body, flags=re.DOTALL)
    body = re.sub(r'(<svg[^>]*?) height="[^"]*"', r'\1', body, count=1)
    limit = rf'\1 style="max-width: {width}px"'
    body = re.sub(r'(<svg[^>]*?) width="[^"]*"', limit, body, count=1)
    body = re.sub(r'id="', f'id="{name}-', body)
    body = re.sub(r'(href="|url\()#', rf'\1#{name}-', body)
    return body.replace(INK, 'currentColor')
