# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Checks of what runs the networks."""

from collections.abc import Iterator
from pathlib import Path

from thermal_depth_ros.base.errors import ThermalDepthError
from thermal_depth_ros.bundles.find import list_bundles
from thermal_depth_ros.doctor.finding import Finding, fail, ok, warn
from thermal_depth_ros.inference.engines.candidates import versions
from thermal_depth_ros.inference.pipeline import CONFIGS, open_pipeline


def engines() -> Iterator[Finding]:
    """List the engines, and compile and check the default bundle of each camera as a node does."""
    yield ok('installed', ', '.join(f'{name} {number}' for name, number in versions().items()))
    known = list_bundles()
    for kind, config in CONFIGS.items():
        if config().bundle in known:  # said among the bundles where it is not
            yield check_engine(kind, known[config().bundle])


def check_engine(kind: str, bundle: Path) -> Finding:
    """Report what runs the networks of a bundle, and how well it agrees with PyTorch."""
    try:
        pipeline = open_pipeline(kind, CONFIGS[kind](bundle=str(bundle)))
    except ThermalDepthError as error:
        return fail(bundle.name, str(error))
    report = pipeline.description.engine
    pipeline.close()
    said = []
    for network, engine in report.engines.items():
        check = report.checks.get(network)
        said.append(f'{network}: {engine}' + (f' ({check})' if check else ''))
    text = '; '.join([*said, *(f'not taken: {note}' for note in report.notes)])
    if report.warnings:
        return warn(bundle.name, text, '; '.join(report.warnings))
    return ok(bundle.name, text)
