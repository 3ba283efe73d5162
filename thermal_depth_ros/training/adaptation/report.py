# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Report of an adaptation: grades, figures and pictures before and after, side by side."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch

from thermal_depth_ros.base.text_output import write_text
from thermal_depth_ros.metrics.baselines import BlindDepth
from thermal_depth_ros.metrics.verdicts import depth_verdicts
from thermal_depth_ros.pages.colouring import depth_picture, depth_range
from thermal_depth_ros.pages.provenance import machine_and_versions
from thermal_depth_ros.pages.report import (
    PictureRow,
    Section,
    Table,
    depth_bar,
    flat,
    natural,
    photo,
    render_page,
)
from thermal_depth_ros.training.adaptation.adapt import Adaptation
from thermal_depth_ros.training.adaptation.judging import Judgement, Networks
from thermal_depth_ros.training.video.validation import evenly_spread

_SHOWN = 6  # held-out images
Row = tuple[str, str, str, str]


def verdict(result: Adaptation) -> str:
    """Return what came out, in one or two sentences."""
    before, after = result.before, result.after
    if after is None:
        return (
            f'Not better: no network of the training had a lower photometric error than '
            f'{before.photometric:.4f} and no worse depth on the held-out images. The old bundle '
            f'is kept: {result.bundle}'
        )
    text = f'Better: photometric error {before.photometric:.4f} before, {after.photometric:.4f} '
    text += 'after'
    if before.depth and after.depth:
        was, now = before.depth.scaled.abs_rel, after.depth.scaled.abs_rel
        text += f'; depth abs_rel {was:.3f} before, {now:.3f} after'
    if not after.metric:
        text += '. Its depth is relative: without poses, metres cannot be known'
    return f'{text}. New bundle: {result.bundle}'


def against_blind(result: Adaptation) -> str:
    """Return whether depth of the bundle that is kept beats what never looks at the image.

    '' where true depth is not known. Depth in metres counts if the bundle claims metres.
    """
    kept = result.before if result.after is None else result.after
    if kept.depth is None:
        return ''
    name = 'old' if result.after is None else 'new'
    found = ' '.join(depth_verdicts(kept.depth, in_metres=kept.metric))
    return f'The {name} bundle against predictors that never look at the image: {found}'


def figures(result: Adaptation) -> list[Row]:
    """Return the figures: name, before, after, and what is reached without looking."""
    before, after = result.before, result.after
    still = f'{result.still:.4f} (neighbours as they are)'
    rows = [_row('photometric error', before, after, lambda j: f'{j.photometric:.4f}', still)]
    if before.depth is not None:
        blind = _blind(before)
        scaled = ', '.join(f'{one.scaled.abs_rel:.3f} ({name})' for name, one in blind) or '-'
        delta = ', '.join(f'{one.scaled.delta1:.3f} ({name})' for name, one in blind) or '-'
        metric = ', '.join(f'{one.metric.abs_rel:.3f} ({name})' for name, one in blind) or '-'
        rows += [
            _row('depth abs_rel, scaled', before, after, _scaled, scaled),
            _row('depth d < 1.25, scaled', before, after, _delta, delta),
            _row('depth abs_rel in metres', before, after, _metric, metric),
        ]
    if before.motion is not None:
        straight = f'{before.motion.straight_ahead.ate_mean:.4f} m (straight ahead)'
        rows.append(_row('motion ATE of 5 images, scaled', before, after, _ate, straight))
    return rows


def _blind(found: Judgement) -> list[tuple[str, BlindDepth]]:
    """Return what fixed map and constant reach on the held-out images, by name."""
    if found.depth is None:
        return []
    both = (('fixed map', found.depth.fixed_map), ('constant', found.depth.constant))
    return [(name, one) for name, one in both if one is not None]


def _row(
    name: str,
    before: Judgement,
    after: Judgement | None,
    form: Callable[[Judgement], str],
    blind: str,
) -> Row:
    return name, form(before), '-' if after is None else form(after), blind


def _scaled(found: Judgement) -> str:
    return f'{found.depth.scaled.abs_rel:.3f}' if found.depth else '-'


def _delta(found: Judgement) -> str:
    return f'{found.depth.scaled.delta1:.3f}' if found.depth else '-'


def _metric(found: Judgement) -> str:
    if not found.depth:
        return '-'
    return f'{found.depth.metric.abs_rel:.3f}' if found.metric else 'not in metres'


def _ate(found: Judgement) -> str:
    return f'{found.motion.score.ate_mean:.4f} m' if found.motion else '-'


def table_text(rows: list[Row]) -> str:
    """Return figures as lines of text."""
    all_rows = [('held-out images', 'before', 'after', 'without looking'), *rows]
    widths = [max(len(row[column]) for row in all_rows) for column in range(3)]
    return '\n'.join(
        '  '.join([*(f'{cell:<{width}}' for cell, width in zip(row, widths, strict=False)), row[3]])
        for row in all_rows
    )


def write_adaptation_report(result: Adaptation, path: Path) -> None:
    """Write the report.

    Raises:
        OSError: It cannot be written.
        BundleError: A bundle cannot be loaded.
    """
    after = result.after
    columns = ('held-out images', 'before', 'after', 'without looking at the image')
    tables = [Table('', columns, figures(result))]
    steps = _steps(result)
    look = '' if after else 'alert'
    classes = _class_agreement(result) if after else None
    said = [*result.remarks]
    if blind := against_blind(result):
        said.insert(0, blind)
    if classes is not None:
        said.append(f'classes: {classes:.1%} of the pixels have the same class as before')
    sections = [
        Section('Before and after', verdict(result), said, tables, look=look),  # type: ignore[arg-type]
        _pictures(result),
        Section(
            'The recordings as material',
            'What to learn from, and what to record better.',
            result.material.remarks,
            [
                Table(
                    f'{one.path}: {one.overall}',
                    ('property', 'grade', 'found', 'advice'),
                    [(r.name, r.grade, r.found, r.advice or None) for r in one.rows],
                    4,
                )
                for one in result.grades
            ],
        ),
        Section(
            'During the training', 'Each row is a network on the held-out images.', (), [steps]
        ),
        Section('Settings', tables=[Table('', (), _settings(result.values))]),
    ]
    page = render_page(
        f'Adaptation of {result.material.bundle.name}',
        'The end of each recording was held out: it was not trained on, but the best network was '
        'chosen by it.',
        _provenance(result),
        sections=sections,
    )
    write_text(path, page)


def _steps(result: Adaptation) -> Table:
    """Return the table of the networks that were judged, and of what never looks at the image."""
    header = ('training', 'step', 'photometric error', 'abs_rel, scaled', 'in metres')
    rows = [
        (
            str(one.training),
            str(one.step),
            f'{one.found.photometric:.4f}',
            _scaled(one.found),
            _metric(one.found),
        )
        for one in result.history
    ]
    rows += [
        (name, '', '', f'{one.scaled.abs_rel:.3f}', f'{one.metric.abs_rel:.3f}')
        for name, one in _blind(result.before)
    ]
    return Table('', header, rows, 0)


def _settings(values: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the settings that are not empty, as text."""
    texts = {
        name: ', '.join(map(str, value)) if isinstance(value, list | tuple) else str(value)
        for name, value in values.items()
    }
    return [(name, text) for name, text in texts.items() if text]


def _provenance(result: Adaptation) -> Mapping[str, str]:
    own = {
        'bundle before': str(result.material.bundle),
        'better bundle': str(result.bundle),
        'licence': result.material.spec.licence,
        'recordings': ', '.join(result.values['bags']),
    }
    return {**own, **machine_and_versions()}


def _pictures(result: Adaptation) -> Section:
    samples, kind, device = result.judge.samples, result.material.kind, result.values['device']
    known = list(result.judge.truth_m) or list(range(samples.frame_count))
    chosen = [known[place] for place in evenly_spread(len(known), _SHOWN)]
    frames = [samples.frame(index) for index in chosen]
    bundles = {'before': result.material.bundle}
    if result.after is not None:
        bundles['after'] = result.bundle
    depths: dict[str, list[np.ndarray]] = {}
    for name, bundle in bundles.items():
        with Networks(bundle, kind, device) as networks, torch.inference_mode():
            depths[name] = [networks.depth(frame.image, frame.K) for frame in frames]
    shown_maps = [
        _of_one_median({n: maps[place] for n, maps in depths.items()}, result.judge.truth_m.get(i))
        for place, i in enumerate(chosen)
    ]
    everything = [m for maps in shown_maps for m in maps.values()]
    shown = depth_range(everything)
    if shown is None:
        return Section('Held-out images', 'No depth is finite.')
    rows = []
    for frame, maps in zip(frames, shown_maps, strict=True):
        pictures = [flat(depth_picture(m, shown), f'depth {name}') for name, m in maps.items()]
        rows.append(PictureRow(frame.where, [photo(natural(frame.image), 'image'), *pictures]))
    text = 'Each depth map has the median of the truth, or of the map before where none is known.'
    return Section('Held-out images', text, frames=rows, bars=[depth_bar(everything, shown)])


def _of_one_median(
    maps: Mapping[str, np.ndarray], truth_m: np.ndarray | None
) -> dict[str, np.ndarray]:
    """Scale depth maps (H, W) to the median of the truth (H', W'), which is added, or of the first.

    Medians are those over the pixels whose truth is known. All maps get the size of the first.
    """
    first = next(iter(maps.values()))
    if truth_m is None or not (truth_m > 0).any():
        middle = float(np.median(first))
        return {name: m * (middle / float(np.median(m))) for name, m in maps.items()}
    at_size = cv2.resize(truth_m, first.shape[::-1], interpolation=cv2.INTER_NEAREST_EXACT)
    known = at_size > 0 if (at_size > 0).any() else np.ones(first.shape, bool)
    middle = float(np.median(truth_m[truth_m > 0]))
    scaled = {name: m * (middle / float(np.median(m[known]))) for name, m in maps.items()}
    return {**scaled, 'truth': np.where(at_size > 0, at_size, np.float32(np.nan))}


def _class_agreement(result: Adaptation) -> float | None:
    """Return the share of held-out pixels with the same class before and after."""
    if result.material.spec.labels is None:
        return None
    samples, kind = result.judge.samples, result.material.kind
    chosen = evenly_spread(samples.frame_count, _SHOWN)
    images = [samples.frame(index).image for index in chosen]
    found = []
    for bundle in (result.material.bundle, result.bundle):
        with Networks(bundle, kind, result.values['device']) as networks, torch.inference_mode():
            found.append([networks.classes(image) for image in images])
    return float(np.mean([np.mean(a == b) for a, b in zip(*found, strict=True)]))
