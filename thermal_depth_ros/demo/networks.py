# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Describes the training of the networks of a bundle, from its `bundle.yaml`."""

from collections.abc import Sequence
from typing import Any

from thermal_depth_ros.bundles.catalog import learned_from
from thermal_depth_ros.bundles.errors import BundleError
from thermal_depth_ros.bundles.find import find_bundle
from thermal_depth_ros.bundles.spec import BundleSpec, read_spec

NO_BUNDLE = 'The bundle is not on this machine; nothing is known about it.'


def spec_of(bundle: str | None) -> BundleSpec | None:
    """Return the description of a bundle, or None."""
    try:
        return read_spec(find_bundle(bundle)) if bundle else None
    except BundleError:
        return None


def palette(spec: BundleSpec | None) -> dict[int, tuple[int, int, int]]:
    """Return the display colours of the classes of a bundle; may be empty."""
    labels = spec.labels if spec is not None else None
    return dict(enumerate(labels.colours)) if labels else {}


def network_words(spec: BundleSpec | None) -> str:
    """Describe a bundle, its training and its metric scale."""
    if spec is None:
        return NO_BUNDLE
    parts = [spec.description.rstrip('.') + '.'] if spec.description else []
    if not spec.trained:
        whole = spec.untrained_parts == ('all',)
        weights = 'all weights' if whole else f'the weights of {_listed(spec.untrained_parts)}'
        return ' '.join((*parts, f'Not trained: {weights} are random.'))
    unit = 'metres' if spec.scale.metric else 'arbitrary units, not metres'
    distances = f'Depth is in {unit} ({spec.scale.source}).'
    return ' '.join((*parts, _training(spec), distances))


def _training(spec: BundleSpec) -> str:
    """Describe the amount of training, and what the networks learned from."""
    about: dict[str, Any] = dict(spec.training)
    settings = about.get('settings')
    # Of several trainings, one after the other, a bundle describes the last.
    further = isinstance(settings, dict) and settings.get('start_bundle')
    text = 'Trained further' if further else 'Trained'
    if 'steps' in about:
        text += f' for {about["steps"]} steps'
    if 'samples' in about:
        text += f' on {about["samples"]} samples'
    return f'{text}. Learned from: {learned_from(spec)}'


def _listed(names: Sequence[str]) -> str:
    return ' and '.join(names)
