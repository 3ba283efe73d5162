# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Checks of the installed model bundles."""

from collections.abc import Iterator
from pathlib import Path

from thermal_depth_ros.base import contract
from thermal_depth_ros.bundles.errors import BundleError
from thermal_depth_ros.bundles.find import list_bundles
from thermal_depth_ros.bundles.spec import BundleSpec, read_spec
from thermal_depth_ros.bundles.store import validate_bundle
from thermal_depth_ros.bundles.untrained import untrained_outputs
from thermal_depth_ros.doctor.finding import Finding, fail, ok, warn
from thermal_depth_ros.frames.config import RgbConfig, ThermalConfig

_DEFAULTS = {contract.THERMAL: ThermalConfig().bundle, contract.RGB: RgbConfig().bundle}


def bundles() -> Iterator[Finding]:
    """Load every bundle found, and check the default of each camera."""
    known = list_bundles()
    for kind, name in _DEFAULTS.items():
        if name not in known:
            yield fail(
                name,
                f'the default bundle of the {kind} camera is not found',
                'set THERMAL_DEPTH_MODELS to the folder it is in, or the parameter bundle',
            )
    for name, path in known.items():
        yield check_bundle(name, path)


def check_bundle(name: str, path: Path) -> Finding:
    """Load one bundle completely and report its properties or problems."""
    if problems := validate_bundle(path):
        return fail(name, '; '.join(problems))
    try:
        spec = read_spec(path)
    except BundleError as error:
        return fail(name, str(error))
    text = f'{_description(spec)}, in {path}'
    if spec.trained:
        return ok(name, text)
    return warn(
        name,
        f'UNTRAINED ({", ".join(spec.untrained_parts)}); meaningless: its '
        f'{untrained_outputs(spec.untrained_parts)}; {text}',
        'for tests of the graph only; set the parameter bundle to a trained one',
    )


def _description(spec: BundleSpec) -> str:
    height, width = spec.input_size
    scale = ', metres' if spec.scale.metric else ', scale unknown'
    if spec.kind == 'translation':  # makes images, which have none
        scale = ''
    classes = '' if spec.labels is None else f', {len(spec.labels)} classes'
    return f'{spec.kind} {width}x{height}{classes}{scale}, {spec.licence}'
