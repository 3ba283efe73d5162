# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Similarities of features as tables, scatter charts and pictures."""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

import cv2
import numpy as np

from thermal_depth_ros.evaluation.features.pairs import ImagePair
from thermal_depth_ros.evaluation.features.similarity import (
    Similarity,
    cosine_matrix,
    principal_colours,
    typical_pairs,
)
from thermal_depth_ros.pages.charts import INK, SERIES, chart_svg
from thermal_depth_ros.pages.report import (
    PictureRow,
    Section,
    Table,
    flat,
    natural,
    photo,
    render_page,
    untrained_section,
)

SHOWN = 3  # pairs in charts and pictures
COLUMNS = ('', 'paired', 'unpaired', 'separation', 'found')
_EXPLAINED = (
    'Cosine similarity of the mean feature of an RGB and a thermal image, mean and deviation. '
    'Paired: of the same time; unpaired: of different times. Separation: probability that a paired '
    'similarity exceeds an unpaired one (0.5 is chance). Found: share of the thermal images whose '
    'most similar RGB image is that of their time. Centred: after subtracting the mean of each '
    'camera, which all its images have in common.'
)


@dataclasses.dataclass(frozen=True, eq=False)
class BundleFeatures:
    """Features of one backbone.

    Attributes:
        name: Name of the bundle.
        untrained: Whether some of its weights are random.
        rgb: Mean features (N, C) of the RGB images.
        thermal: Mean features (N, C) of the thermal images.
        shown: Indices of pairs, each with another thermal image.
        maps: Feature maps (h, w, C) of the images of `shown`, as (RGB, thermal, other thermal).
        plain: Similarities as they are.
        centred: Similarities after subtracting the mean of each camera.
    """

    name: str
    untrained: bool
    rgb: np.ndarray
    thermal: np.ndarray
    shown: Sequence[tuple[int, int]]
    maps: Sequence[tuple[np.ndarray, np.ndarray, np.ndarray]]
    plain: Similarity
    centred: Similarity

    def figures(self) -> dict[str, Any]:
        """Return the figures as plain values."""
        return {
            'untrained': self.untrained,
            'channels': int(self.rgb.shape[1]),
            'plain': dataclasses.asdict(self.plain),
            'centred': dataclasses.asdict(self.centred),
        }


def similarity_table(found: Sequence[BundleFeatures]) -> Table:
    """Return the similarities of all backbones."""
    rows = []
    for one in found:
        for name, similarity in ((one.name, one.plain), (f'{one.name}, centred', one.centred)):
            rows.append((name, *_texts(similarity)))
    return Table('Cosine similarity of RGB and thermal features', COLUMNS, rows)


def render_features(
    found: Sequence[BundleFeatures],
    pairs: Sequence[ImagePair],
    notes: Sequence[str],
    provenance: Mapping[str, str],
) -> str:
    """Return the report as HTML text."""
    untrained = {one.name: 'features' for one in found if one.untrained}
    sections = [
        *untrained_section(untrained),
        Section('Similarity', text=_EXPLAINED, notes=notes, tables=[similarity_table(found)]),
    ]
    for number, one in enumerate(found):
        sections.append(_section(one, pairs, f'features{number}'))
    text = f'Features of {len(pairs)} pairs of RGB and thermal images.'
    return render_page('Features of RGB and thermal images', text, provenance, sections=sections)


def _section(found: BundleFeatures, pairs: Sequence[ImagePair], name: str) -> Section:
    cosines = cosine_matrix(found.rgb, found.thermal)
    charts, frames = [], []
    for place, ((pair, other), maps) in enumerate(zip(found.shown, found.maps, strict=True)):
        charts += [
            _scatter(found, pair, thermal, float(cosines[thermal, pair]), f'{name}-{place}-{kind}')
            for thermal, kind in ((pair, 'paired'), (other, 'unpaired'))
        ]
        frames.append(_pictures(pairs, pair, other, maps))
    return Section(
        found.name,
        text='Each point is a channel: its mean over the RGB image and over the thermal image. '
        'Colours of feature maps are three principal components that the maps of a row share.',
        charts=charts,
        frames=frames,
    )


def _scatter(
    found: BundleFeatures, pair: int, thermal: int, cosine: float, name: str
) -> tuple[str, str]:
    """Return a chart of the channels of an RGB and a thermal image, and its caption."""

    def draw(axes: Any) -> None:
        x, y = found.rgb[pair], found.thermal[thermal]
        colour = SERIES[2] if thermal == pair else SERIES[0]
        axes.scatter(x, y, s=8, color=colour, alpha=0.6, linewidths=0)
        low, high = min(x.min(), y.min()), max(x.max(), y.max())
        axes.plot([low, high], [low, high], '--', color=INK, linewidth=0.8)
        axes.set_xlabel(f'RGB image {pair}')
        axes.set_ylabel(f'thermal image {thermal}')

    kind = 'paired' if thermal == pair else 'unpaired'
    return chart_svg(draw, (3.4, 3.2), name), f'{kind}, cos(θ) = {cosine:.3f}'


def _pictures(
    pairs: Sequence[ImagePair],
    pair: int,
    other: int,
    maps: tuple[np.ndarray, np.ndarray, np.ndarray],
) -> PictureRow:
    colours = principal_colours(list(maps))
    shown = []
    for image, colour, caption in zip(
        (pairs[pair].rgb, pairs[pair].thermal, pairs[other].thermal),
        colours,
        (f'RGB {pair}', f'thermal {pair}', f'thermal {other}, of another time'),
        strict=True,
    ):
        height, width = image.shape[:2]
        large = cv2.resize(colour, (width, height), interpolation=cv2.INTER_NEAREST)
        shown += [photo(natural(image), caption), flat(large, f'{caption}: features')]
    return PictureRow(f'{pairs[pair].recording}, pair {pair}', shown)


def _texts(found: Similarity) -> tuple[str, ...]:
    return (
        f'{found.paired_mean:.3f} ± {found.paired_std:.3f}',
        f'{found.unpaired_mean:.3f} ± {found.unpaired_std:.3f}',
        f'{found.separation:.3f}',
        f'{found.found:.1%}',
    )


def choose_shown(rgb: np.ndarray, thermal: np.ndarray) -> list[tuple[int, int]]:
    """Return the pairs that the report shows."""
    return typical_pairs(cosine_matrix(rgb, thermal), SHOWN)
