# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Metrics of a validation as text, next to those of a map that never looks at the image."""

from collections.abc import Mapping

from thermal_depth_ros.metrics.baselines import FIXED_MAP
from thermal_depth_ros.metrics.verdicts import beats, verdict

_HIGHER_IS_BETTER = ('delta1', 'miou')


def metric_texts(metrics: Mapping[str, float]) -> dict[str, str]:
    """Return metrics as texts by name, with the figure of the fixed map in brackets.

    Args:
        metrics: Metrics by name; those whose name ends in FIXED_MAP are of the fixed map.
    """
    texts = {}
    for name, value in _of_network(metrics).items():
        texts[name] = f'{value:.4g}'
        fixed = metrics.get(name + FIXED_MAP)
        if fixed is not None:
            verb = '' if beats(value, fixed, higher=_higher(name)) else 'does not beat a '
            texts[name] += f' ({verb}fixed map: {fixed:.4g})'
    return texts


def verdicts(metrics: Mapping[str, float]) -> list[str]:
    """Return sentences that say of each metric whether it beats the fixed map."""
    return [
        verdict(name, value, fixed, 'a fixed map', higher=_higher(name), form='.4g')
        for name, value in _of_network(metrics).items()
        if (fixed := metrics.get(name + FIXED_MAP)) is not None
    ]


def validation_line(step: int, metrics: Mapping[str, float]) -> str:
    """Return the log line of a validation."""
    values = ', '.join(f'{name} {text}' for name, text in metric_texts(metrics).items())
    return f'validation after step {step}: {values}'


def _of_network(metrics: Mapping[str, float]) -> dict[str, float]:
    return {name: value for name, value in metrics.items() if not name.endswith(FIXED_MAP)}


def _higher(name: str) -> bool:
    return any(part in name for part in _HIGHER_IS_BETTER)
