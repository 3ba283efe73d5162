# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Interprets the options of `evaluate`: bundles, camera kinds, ground truth topics."""

import argparse
import dataclasses
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from thermal_depth_ros.bags.poses import BASE_FRAME
from thermal_depth_ros.base import contract
from thermal_depth_ros.bundles.find import find_bundle
from thermal_depth_ros.bundles.spec import read_spec
from thermal_depth_ros.cli.camera_options import read_camera_options
from thermal_depth_ros.evaluation.errors import EvaluationError
from thermal_depth_ros.evaluation.job import EvaluationJob
from thermal_depth_ros.evaluation.open_comparison import default_options
from thermal_depth_ros.evaluation.paired.compare_runs import CompareJob
from thermal_depth_ros.evaluation.trajectories import KIND as TRAJECTORY
from thermal_depth_ros.evaluation.truth.topics import NONE, TruthNames
from thermal_depth_ros.geometry.crop import crop_of
from thermal_depth_ros.metrics.segmentation import ALL, PRESETS

# The depth of the networks is evaluated, not what a robot makes of it: nothing is cut off.
_UNCUT: dict[str, Any] = {'min_depth_m': 0.0, 'max_depth_m': 10000.0}
_BENEATH = {contract.THERMAL: _UNCUT, contract.RGB: {**_UNCUT, 'sky_is_far': False}}

# Fields of TruthNames and the options that name them.
_TRUTH = {
    'depth': 'depth',
    'labels': 'labels',
    'odometry': 'odometry',
    'stereo': 'stereo-topic',
}


def read_job(options: argparse.Namespace, arguments: Sequence[str] = ()) -> EvaluationJob:
    """Combine and check the options; `arguments`, of which they were read, stay with the results.

    Raises:
        SettingsError: A setting of a camera is wrong.
        BundleError: A bundle is not there.
        EvaluationError: Options contradict each other.
    """
    if not options.recording:
        raise EvaluationError('no recording is named; or --compare takes two evaluations')
    kinds = _place_bundles(options)
    named = {
        field: _by_kind(option, getattr(options, option.replace('-', '_')), kinds)
        for field, option in _TRUTH.items()
    }
    for kind, name in named['depth'].items():
        if name != NONE and kind in named['stereo']:
            raise EvaluationError(
                f'--depth {name} and --stereo-topic {named["stereo"][kind]}: the depth of {kind} '
                'cameras has one ground truth'
            )
    folders = {k: Path(n) for k, n in named['labels'].items() if Path(n).expanduser().is_dir()}
    for kind in folders:
        del named['labels'][kind]
    cameras = read_camera_options(options, _BENEATH)
    base_frame = cameras.base_frame(contract.THERMAL) or BASE_FRAME
    trajectory = dataclasses.replace(
        default_options(contract.THERMAL), min_turn_rad=math.radians(options.min_turn)
    )
    return EvaluationJob(
        recordings=options.recording,
        predictions=options.predictions,
        kinds=kinds,
        cameras=cameras,
        truth={
            kind: TruthNames(**{field: names.get(kind, '') for field, names in named.items()})
            for kind in contract.OUTPUTS
        },
        options={
            kind: dataclasses.replace(
                default_options(kind, options.protocol, options.tolerance, base_frame),
                label_folder=folders.get(kind),
                label_map=options.label_map,
                median_scaling=not options.no_median_scaling,
                min_turn_rad=math.radians(options.min_turn),
                assume_forward=options.assume_forward,
                crop=crop_of(cameras.configs[kind]),
                confidence=options.confidence,
                motion_required=bool(named['odometry'].get(kind)),
            )
            for kind in contract.OUTPUTS
        }
        | {TRAJECTORY: trajectory},
        frames=options.frames,
        listed=_listed(options.classes or [ALL]),
        pictures=options.pictures,
        conditions=options.require,
        output=options.output or Path('out/evaluation'),
        trajectory_frame=options.trajectory_frame.lstrip('/'),
        trajectory_format=options.trajectory_format,
        arguments=arguments,
    )


def read_compare_job(options: argparse.Namespace) -> CompareJob:
    """Read the options of a comparison of two evaluations.

    Raises:
        EvaluationError: Recordings or predictions are named as well.
    """
    if options.recording or options.predictions or options.bundle:
        raise EvaluationError(
            '--compare takes two folders that evaluate wrote, no recordings, bundles or predictions'
        )
    return CompareJob(
        folders=(options.compare[0], options.compare[1]),
        listed=None if options.classes is None else _listed(options.classes),
        pictures=options.pictures,
        conditions=options.require,
        output=options.output or Path('out/comparison'),
    )


def _place_bundles(options: argparse.Namespace) -> tuple[str, ...]:
    """Assign each bundle to its camera kind, and return the kinds to evaluate."""
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


def _listed(classes: Sequence[str]) -> str | tuple[str, ...]:
    if len(classes) == 1 and (classes[0] == ALL or classes[0] in PRESETS):
        return classes[0]
    return tuple(classes)
