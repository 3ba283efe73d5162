# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""What the options of `evaluate` come to: bundles, kinds of cameras, names of the truth."""

import argparse
import dataclasses
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from thermal_depth_ros import contract
from thermal_depth_ros.bundles.find import find_bundle
from thermal_depth_ros.bundles.spec import read_spec
from thermal_depth_ros.cli.camera_choice import camera_configs
from thermal_depth_ros.evaluation.camera_truth import MatchOptions
from thermal_depth_ros.evaluation.errors import EvaluationError
from thermal_depth_ros.evaluation.segmentation_metrics import ALL, PRESETS
from thermal_depth_ros.evaluation.truth_topics import TruthNames
from thermal_depth_ros.inference.config import CameraConfig

# The depth of the networks is judged, not what a robot makes of it: nothing is cut off.
_UNCUT: dict[str, Any] = {'min_depth_m': 0.0, 'max_depth_m': 10000.0}
_BENEATH = {contract.THERMAL: _UNCUT, contract.RGB: {**_UNCUT, 'sky_is_far': False}}
_PROTOCOL = {contract.THERMAL: 'thermal_outdoor', contract.RGB: 'nuscenes'}
_LAST_POINT = 'nuscenes'  # the protocol in which the last point in a pixel holds


@dataclasses.dataclass(frozen=True)
class Choice:
    """What is to be evaluated, and how."""

    kinds: tuple[str, ...]
    configs: Mapping[str, CameraConfig]
    truth: Mapping[str, TruthNames]  # by camera kind
    label_folders: Mapping[str, Path]  # by camera kind
    label_map: Path | None
    protocols: Mapping[str, str]  # by camera kind
    match: Mapping[str, MatchOptions]
    listed: str | tuple[str, ...]  # classes to average over
    frames: slice
    median_scaling: bool
    pictures: int
    min_turn_rad: float  # of a drive whose motion counts
    assume_forward: bool
    wheel: str


def read_choice(options: argparse.Namespace) -> Choice:
    """Make sense of the options together.

    Raises:
        SettingsError: a setting of a camera is wrong.
        BundleError: a bundle is not there.
        EvaluationError: options contradict each other.
    """
    kinds = _place_bundles(options)
    protocols = {kind: options.protocol or _PROTOCOL[kind] for kind in contract.OUTPUTS}
    named = {
        option: _by_kind(option, getattr(options, option), kinds)
        for option in ('depth', 'labels', 'odometry')
    }
    folders = {k: Path(n) for k, n in named['labels'].items() if Path(n).expanduser().is_dir()}
    for kind in folders:
        del named['labels'][kind]
    return Choice(
        kinds=kinds,
        configs=camera_configs(options, _BENEATH),
        truth={
            kind: TruthNames(**{option: names.get(kind, '') for option, names in named.items()})
            for kind in contract.OUTPUTS
        },
        label_folders=folders,
        label_map=options.label_map,
        protocols=protocols,
        match={
            kind: _match(options.tolerance, name != _LAST_POINT) for kind, name in protocols.items()
        },
        listed=_listed(options.classes),
        frames=options.frames,
        median_scaling=not options.no_median_scaling,
        pictures=options.pictures,
        min_turn_rad=math.radians(options.min_turn),
        assume_forward=options.assume_forward,
        wheel=options.wheel,
    )


def _place_bundles(options: argparse.Namespace) -> tuple[str, ...]:
    """Give each bundle to its kind of camera, and return the kinds to evaluate."""
    if options.bundle and options.predictions:
        raise EvaluationError('--bundle and --predictions: predictions come from one of them')
    kinds = []
    for name in options.bundle:
        kind = read_spec(find_bundle(name)).kind
        if kind in kinds or getattr(options, f'{kind}.bundle', None):
            raise EvaluationError(f'--bundle {name}: a bundle for {kind} cameras is given already')
        setattr(options, f'{kind}.bundle', name)
        kinds.append(kind)
    return tuple(kinds) or tuple(contract.OUTPUTS)


def _by_kind(option: str, given: Sequence[str], kinds: Sequence[str]) -> dict[str, str]:
    """Split `kind=name` options; a name alone is about every kind of camera."""
    found: dict[str, str] = {}
    for text in given:
        kind, separator, name = text.partition('=')
        owners = [kind] if separator and kind in contract.OUTPUTS else list(kinds)
        name = name if separator and kind in contract.OUTPUTS else text
        twice = [owner for owner in owners if owner in found]
        if twice:
            raise EvaluationError(f'--{option} {text}: given twice for {twice[0]} cameras')
        found.update(dict.fromkeys(owners, name))
    return found


def _match(tolerance_s: float | None, nearest_point: bool) -> MatchOptions:
    if tolerance_s is None:
        return MatchOptions(nearest_point=nearest_point)
    return MatchOptions(tolerance_s, tolerance_s, nearest_point)


def _listed(classes: Sequence[str]) -> str | tuple[str, ...]:
    if len(classes) == 1 and (classes[0] == ALL or classes[0] in PRESETS):
        return classes[0]
    return tuple(classes)
