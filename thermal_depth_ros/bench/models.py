# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Table of model bundles, with their speed on this machine on request."""

import dataclasses
import json
import statistics
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from thermal_depth_ros.api import open_pipeline
from thermal_depth_ros.base import contract
from thermal_depth_ros.base.errors import ThermalDepthError
from thermal_depth_ros.base.screen import output_screen, table
from thermal_depth_ros.bundles.catalog import BundleFacts, catalog

_FRAMES = 7  # timed, after one to warm up
_PERIOD_S = 0.1  # between the stamps of the frames
_UNKNOWN = '-'


@dataclasses.dataclass(frozen=True)
class Speed:
    """Median time of a frame through the pipeline of the camera node, or why it is not known."""

    milliseconds: float | None
    device: str
    problem: str = ''


def show_models(places: Sequence[str], measure: bool, device: str, as_json: bool) -> bool:
    """Print bundles and their facts; return whether all of them can be read.

    Args:
        places: See `catalog`.
        measure: Whether to measure their speed.
        device: Compute device for that.
        as_json: Whether to print JSON.

    Raises:
        BundleError: There is no bundle at a place.
    """
    facts = catalog(places)
    speeds = {one.path: bundle_speed(one, device) for one in facts} if measure else {}
    problems = [one for one in facts if one.problem]
    problems += [one for one in facts if one.path in speeds and speeds[one.path].problem]
    if as_json:
        print(json.dumps([_plain(one, speeds.get(one.path)) for one in facts], indent=2))
        return not problems
    screen = output_screen()
    if not facts:
        screen.print('There is no bundle; $THERMAL_DEPTH_MODELS names folders to look in.')
    columns = ['bundle', 'camera', 'depth', 'odometry', 'classes', 'input', 'MB', 'licence']
    columns += ['ms / frame'] if measure else []
    screen.print(table('model bundles', columns, [_row(one, speeds) for one in facts], (0, 1, 2)))
    for one in facts:
        for line in _lines(one, speeds.get(one.path)):
            screen.print(line)
    return not problems


def bundle_speed(facts: BundleFacts, device: str) -> Speed:
    """Measure the pipeline of a bundle with images of the size of its network.

    Bundles that are no pipeline of a camera (translations), or that cannot be read, are not
    measured.
    """
    if facts.kind not in contract.OUTPUTS or facts.input_size is None:
        return Speed(None, device)
    images = images_of(facts.kind, facts.input_size)
    try:
        with open_pipeline(facts.path, device=device) as pipeline:
            times = []
            for number in range(_FRAMES + 1):
                started = time.perf_counter()
                pipeline.process(images[number % 2], stamp_s=number * _PERIOD_S)
                times.append(time.perf_counter() - started)
    except ThermalDepthError as error:
        return Speed(None, device, str(error))
    return Speed(1e3 * statistics.median(times[1:]), device)


def images_of(kind: str, size: tuple[int, int]) -> list[np.ndarray]:
    """Return two images of noise."""
    random = np.random.default_rng(0)
    if kind == contract.THERMAL:
        return [random.integers(20000, 24000, size, np.uint16) for _ in range(2)]
    return [random.integers(0, 256, (*size, 3), np.uint8) for _ in range(2)]


def _row(one: BundleFacts, speeds: dict[Path, Speed]) -> list[str]:
    size = f'{one.input_size[1]}x{one.input_size[0]}' if one.input_size else _UNKNOWN
    odometry = {None: _UNKNOWN, True: 'yes', False: 'no'}[one.odometry]
    classes = str(one.classes) if one.classes is not None else _UNKNOWN
    untrained = ' (untrained)' if one.trained is False else ''
    row = [
        one.name + untrained,
        one.kind or 'cannot be read',
        one.depth or _UNKNOWN,
        odometry,
        classes,
        size,
        f'{one.size_mb:.1f}',
        one.licence or _UNKNOWN,
    ]
    if speeds:
        ms = speeds[one.path].milliseconds
        row.append(_UNKNOWN if ms is None else f'{ms:.1f}')
    return row


def _lines(one: BundleFacts, speed: Speed | None) -> list[str]:
    """Return what does not fit into the table."""
    if one.problem:
        return [f'{one.name}: in {one.path}: {one.problem}']
    lines = [f'{one.name}: in {one.path}', f'{one.name}: learned from: {one.trained_on}']
    if speed is not None and speed.problem:
        lines.append(f'{one.name}: not measured: {speed.problem}')
    return lines


def _plain(one: BundleFacts, speed: Speed | None) -> dict[str, Any]:
    values = {**dataclasses.asdict(one), 'path': str(one.path), 'size_mb': round(one.size_mb, 3)}
    if speed is not None:
        values['speed'] = dataclasses.asdict(speed)
    return values
