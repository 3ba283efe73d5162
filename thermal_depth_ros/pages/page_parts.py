# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Building blocks of the HTML reports."""

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from thermal_depth_ros.base.wire_text import without_control_codes
from thermal_depth_ros.pages import colouring
from thermal_depth_ros.pages.colouring import DepthRange

TEMPLATES = Path(__file__).parent / 'templates'
WIDTH = 480


@dataclasses.dataclass(frozen=True)
class Tile:
    """One headline metric."""

    value: str
    label: str


@dataclasses.dataclass(frozen=True)
class Picture:
    """One embedded image."""

    uri: str
    caption: str


@dataclasses.dataclass(frozen=True)
class FrameRow:
    """The pictures of one frame."""

    caption: str
    pictures: list[Picture]


@dataclasses.dataclass(frozen=True)
class Key:
    """A colour and its meaning."""

    colour: str
    name: str
    share: str = ''


@dataclasses.dataclass(frozen=True)
class Bar:
    """A colour bar with equidistant ticks and colours of special values."""

    name: str
    gradient: str
    ticks: list[str]
    extras: list[Key]


def natural(source: np.ndarray) -> np.ndarray:
    """Return an input image as RGB (H, W, 3) uint8; thermal counts become grey."""
    return source if source.ndim == 3 else colouring.grey_picture(source)


def photo(picture: np.ndarray) -> str:
    """Embed a photograph (H, W, 3), shrunk to WIDTH."""
    return colouring.jpeg_uri(colouring.fit_width(picture, WIDTH))


def flat(picture: np.ndarray) -> str:
    """Embed a picture with uniform colours (H, W, 3), shrunk to WIDTH."""
    return colouring.png_uri(colouring.fit_width(picture, WIDTH))


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
    extras = [Key(colouring.css_colour(colour), name) for colour, name, there in special if there]
    ticks = [metres(v) for v in shown.ticks()]
    gradient = colouring.css_gradient('magma', reverse=True)
    return Bar('depth along the optical axis, logarithmic', gradient, ticks, extras)


def _shown(value: Any) -> Any:
    """Escape control characters in texts; tags are escaped by autoescape."""
    return without_control_codes(value) if type(value) is str else value


def render_page(template: str, **values: Any) -> str:
    """Return a page as HTML text.

    Args:
        template: File in TEMPLATES.
        values: Values for the template; every name it uses must be given.
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
    style = (TEMPLATES / 'report.css').read_text(encoding='utf-8')
    return environment.get_template(template).render(style=style, **values)
