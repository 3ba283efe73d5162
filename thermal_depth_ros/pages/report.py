# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Model and rendering of the HTML reports: chapters of sections with tables, charts and pictures.

A page is one file without external resources. All text is escaped; text from recordings may hold
anything.
"""

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np

from thermal_depth_ros.base.wire_text import without_control_codes
from thermal_depth_ros.pages import colouring
from thermal_depth_ros.pages.colouring import DepthRange

TEMPLATES = Path(__file__).parent / 'templates'
UNKNOWN = '-'  # a value that was not measured
_PICTURE_WIDTH = 480
Tile = tuple[str, str]  # value and label of a headline metric


@dataclasses.dataclass(frozen=True)
class Link:
    """Cell of a table that links to a page."""

    text: str
    url: str


@dataclasses.dataclass(frozen=True)
class Table:
    """Table of texts, links and numbers.

    Attributes:
        title: Heading; '' for none.
        columns: Column names; () for a table without a header.
        rows: Cells; None is shown as not measured.
        text_columns: Number of left-aligned columns, which come first.
        code_columns: Indices of the columns with names of topics, settings or bundles.
    """

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[object]]
    text_columns: int = 1
    code_columns: tuple[int, ...] = ()

    def texts(self) -> list[list[str]]:
        """Return the rows as texts."""
        return [[UNKNOWN if cell is None else str(cell) for cell in row] for row in self.rows]


@dataclasses.dataclass(frozen=True)
class Picture:
    """Embedded image (data URI) and its caption."""

    uri: str
    caption: str


@dataclasses.dataclass(frozen=True)
class PictureRow:
    """Pictures of one frame."""

    caption: str
    pictures: Sequence[Picture]


@dataclasses.dataclass(frozen=True)
class Key:
    """A colour (CSS) and its meaning."""

    colour: str
    name: str


@dataclasses.dataclass(frozen=True)
class Bar:
    """A colour bar (CSS gradient) with equidistant ticks and colours of special values."""

    name: str
    gradient: str
    ticks: Sequence[str]
    keys: Sequence[Key] = ()


@dataclasses.dataclass(frozen=True)
class Status:
    """A status with its values, which are folded if its level is OK."""

    level: str
    text: str
    values: Table


@dataclasses.dataclass(frozen=True)
class Section:
    """Section of a report; its parts are shown in the order of the attributes.

    Attributes:
        title: Heading.
        text: Paragraph.
        notes: Bullet points.
        tables: Tables.
        charts: SVG text and caption of each chart.
        frames: Rows of pictures.
        bars: Colour bars of the pictures.
        keys: Colours of classes in the pictures.
        statuses: Statuses of components.
        look: '' or 'alert' for warnings, 'problems' for a list of problems.
    """

    title: str
    text: str = ''
    notes: Sequence[str] = ()
    tables: Sequence[Table] = ()
    charts: Sequence[tuple[str, str]] = ()
    frames: Sequence[PictureRow] = ()
    bars: Sequence[Bar] = ()
    keys: Sequence[Key] = ()
    statuses: Sequence[Status] = ()
    look: Literal['', 'alert', 'problems'] = ''


@dataclasses.dataclass(frozen=True)
class Chapter:
    """Part of a report with its own heading and headline metrics; `name` is unique on the page."""

    name: str
    title: str
    text: str
    tiles: Sequence[Tile]
    sections: Sequence[Section]


def render_page(
    title: str,
    text: str,
    provenance: Mapping[str, str],
    tiles: Sequence[Tile] = (),
    sections: Sequence[Section] = (),
    chapters: Sequence[Chapter] = (),
) -> str:
    """Return a report as HTML text.

    Args:
        title: Heading of the page.
        text: One or two sentences below it.
        provenance: Origin of the report: machine, versions, durations and so on.
        tiles: Headline metrics.
        sections: Sections before the chapters.
        chapters: Chapters; several titled ones get links at the top of the page.
    """
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    return environment.get_template('report.html.j2').render(
        style=(TEMPLATES / 'report.css').read_text(encoding='utf-8'),
        title=title,
        text=text,
        tiles=tiles,
        sections=sections,
        chapters=chapters,
        provenance=Table('', (), list(provenance.items())),
    )


def untrained_section(untrained: Mapping[str, str], more: str = '') -> list[Section]:
    """Return a warning about networks with random weights; empty if there are none.

    Args:
        untrained: What is meaningless ('outputs', 'motion'), by name of the bundle.
        more: Further text.
    """
    if not untrained:
        return []
    bundles: dict[str, list[str]] = {}
    for name, outputs in untrained.items():
        bundles.setdefault(outputs, []).append(name)
    what = ', '.join(f'{outputs} of {" and ".join(names)}' for outputs, names in bundles.items())
    text = f'These weights were drawn at random from a fixed seed. {more}'
    return [Section(f'Untrained networks; meaningless: {what}', text.strip(), look='alert')]


def problems_section(problems: Sequence[str]) -> list[Section]:
    """Return a list of problems; empty if there are none."""
    return [Section('Problems', notes=problems, look='problems')] if problems else []


def natural(source: np.ndarray) -> np.ndarray:
    """Return an input image as RGB (H, W, 3) uint8; thermal counts become grey."""
    return source if source.ndim == 3 else colouring.grey_picture(source)


def photo(picture: np.ndarray, caption: str) -> Picture:
    """Embed a photograph (H, W, 3), shrunk to the width of a page column."""
    return Picture(colouring.jpeg_uri(colouring.fit_width(picture, _PICTURE_WIDTH)), caption)


def flat(picture: np.ndarray, caption: str) -> Picture:
    """Embed a picture with uniform colours (H, W, 3), shrunk to the width of a page column."""
    return Picture(colouring.png_uri(colouring.fit_width(picture, _PICTURE_WIDTH)), caption)


def metres(value: float) -> str:
    """Format a distance."""
    return f'{value:.3g} m'


def depth_bar(depths: Sequence[np.ndarray], shown: DepthRange) -> Bar:
    """Explain the colours of depth maps (H, W)."""
    special = [
        (colouring.BAD_COLOUR, 'unknown (NaN)', any(np.isnan(d).any() for d in depths)),
        (colouring.FAR_COLOUR, 'too far or sky (+Inf)', any(np.isposinf(d).any() for d in depths)),
        (colouring.NEAR_COLOUR, 'too near (-Inf)', any(np.isneginf(d).any() for d in depths)),
    ]
    keys = [Key(colouring.css_colour(colour), name) for colour, name, there in special if there]
    ticks = [metres(v) for v in shown.ticks()]
    gradient = colouring.css_gradient('magma', reverse=True)
    return Bar('depth along the optical axis, logarithmic', gradient, ticks, keys)


def _shown(value: Any) -> Any:
    """Escape control characters in texts; tags are escaped by autoescape."""
    if value is None:
        return UNKNOWN
    return without_control_codes(value) if type(value) is str else value
