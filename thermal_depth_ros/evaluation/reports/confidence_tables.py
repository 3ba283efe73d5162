# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Tables, remarks and charts on confidences, covariances and flicker."""

from typing import Any

import numpy as np

from thermal_depth_ros.metrics.camera import CameraResult
from thermal_depth_ros.metrics.reliability import Reliability
from thermal_depth_ros.metrics.sparsification import Sparsification
from thermal_depth_ros.pages.charts import INK, SERIES, chart_svg
from thermal_depth_ros.pages.report import Section, Table


def confidence_section(kind: str, result: CameraResult, title: str = '') -> Section | None:
    """Return what is known about the confidences of a camera; None if nothing is.

    Args:
        kind: Kind of camera.
        result: Its metrics.
        title: Heading, before the quantity.
    """
    rows: list[tuple[str, str, str]] = []
    if (depth := result.sparsification) is not None:
        gain = 'unknown' if depth.gain is None else f'{100 * depth.gain:.1f} %'
        rows.append(('confidence of depth: AUSE', f'{depth.ause:.4f}', '0: as good as the error'))
        rows.append(('gain over a random order', gain, '100 %: the oracle; 0: says nothing'))
    if (stability := result.stability) is not None:
        rows.append(
            ('flicker of static points', _percent(stability.flicker), f'{stability.pairs} pairs')
        )
        rows.append(
            ('of which whole images', _percent(stability.scale_flicker), 'changes of the scale')
        )
    if (classes := result.reliability) is not None:
        rows.append(('classes: ECE', f'{100 * classes.ece:.2f} %', '0: probabilities are right'))
        sure = classes.confidence - classes.accuracy
        word = 'overconfident' if sure > 0 else 'underconfident'
        rows.append(('confidence minus accuracy', f'{100 * sure:+.2f} %', word))
    if (odometry := result.consistency) is not None:
        word = 'overconfident' if odometry.nees > 1 else 'cautious'
        rows.append(('odometry: NEES per dimension', f'{odometry.nees:.3g}', f'1: right; {word}'))
        rows.append(
            ('of position, of rotation', f'{odometry.position:.3g}, {odometry.rotation:.3g}', '')
        )
        rows.append(('inside the 95 % bound', f'{100 * odometry.inside_95:.1f} %', '95 %: right'))
    if not rows:
        return None
    table = Table(f'{kind}: confidence', ('', 'value', 'meaning'), rows)
    return Section(f'{title}: confidence', tables=[table])


def confidence_charts(result: CameraResult, name: str) -> list[tuple[str, str]]:
    """Return charts and captions; `name` begins their names, unique on the page."""
    charts = []
    if (depth := result.sparsification) is not None:
        text = f'Error of depth without the least confident pixels, {depth.images} images'
        charts.append((_sparsification_chart(depth, f'{name}-sparsification'), text))
    if (classes := result.reliability) is not None:
        text = f'Share of right pixels by their probability, {classes.pixels} pixels'
        charts.append((_reliability_chart(classes, f'{name}-reliability'), text))
    return charts


def _percent(change: float) -> str:
    return f'{100 * np.expm1(change):.2f} %'


def _sparsification_chart(depth: Sparsification, name: str) -> str:
    def draw(axes: Any) -> None:
        shares = 100 * np.array(depth.shares)
        axes.plot(shares, depth.errors, color=SERIES[0], label='by confidence')
        axes.plot(shares, depth.oracle, '--', color=SERIES[1], label='by error (oracle)')
        axes.axhline(depth.oracle[0], color=INK, linewidth=0.8, label='at random')
        axes.set_ylim(bottom=0)
        axes.set_xlabel('left out [%]')
        axes.set_ylabel('abs_rel, scaled')
        axes.legend()

    return chart_svg(draw, (5.2, 3.4), name)


def _reliability_chart(classes: Reliability, name: str) -> str:
    def draw(axes: Any) -> None:
        confidence = [entry.confidence for entry in classes.bins]
        accuracy = [entry.accuracy for entry in classes.bins]
        axes.plot([0, 1], [0, 1], '--', color=INK, linewidth=0.8, label='right')
        axes.plot(confidence, accuracy, color=SERIES[0], marker='o', label='measured')
        axes.set_xlim(0, 1)
        axes.set_ylim(0, 1)
        axes.set_xlabel('probability')
        axes.set_ylabel('share of right pixels')
        axes.legend()

    return chart_svg(draw, (5.2, 3.4), name)
