# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Metrics of a validation as text, next to those of predictors that never look at the image."""

from collections.abc import Mapping

from thermal_depth_ros.metrics.baselines import CONSTANT, FIXED_MAP
from thermal_depth_ros.metrics.verdicts import beats, better_baseline, in_brackets, verdict

_HIGHER_IS_BETTER = ('delta1', 'miou')


def metric_texts(metrics: Mapping[str, float]) -> dict[str, str]:
    """Return metrics as texts by name, with the better of fixed map and constant in brackets.

    Args:
        metrics: Metrics by name; those whose name ends in FIXED_MAP or CONSTANT are of these.
    """
    texts = {}
    for name, value in _of_network(metrics).items():
        texts[name] = f'{value:.4g}'
        if (blind := _blind(name, metrics)) is not None:
            texts[name] += ' ' + in_brackets(value, *blind, higher=_higher(name), form='.4g')
    return texts


def verdicts(metrics: Mapping[str, float]) -> list[str]:
    """Return sentences that say of each metric whether it beats the better of map and constant."""
    return [
        verdict(
            name,
            value,
            *better_baseline(*blind, higher=_higher(name)),
            higher=_higher(name),
            form='.4g',
        )
        for name, value in _of_network(metrics).items()
        if (blind := _blind(name, metrics)) is not None
    ]


def unbeaten(metrics: Mapping[str, float]) -> list[str]:
    """Return the metrics, as texts, that do not beat the better of map and constant."""
    texts = []
    for name, value in _of_network(metrics).items():
        if (blind := _blind(name, metrics)) is not None:
            best, predictor = better_baseline(*blind, higher=_higher(name))
            if not beats(value, best, higher=_higher(name)):
                texts.append(f'{name} {value:.4g} ({predictor}: {best:.4g})')
    return texts


def validation_line(step: int, metrics: Mapping[str, float]) -> str:
    """Return the log line of a validation."""
    values = ', '.join(f'{name} {text}' for name, text in metric_texts(metrics).items())
    return f'validation after step {step}: {values}'


def _of_network(metrics: Mapping[str, float]) -> dict[str, float]:
    blind = (FIXED_MAP, CONSTANT)
    return {name: value for name, value in metrics.items() if not name.endswith(blind)}


def _blind(name: str, metrics: Mapping[str, float]) -> tuple[float, float | None] | None:
    """Return the figures of map and constant; None without a map."""
    fixed_map = metrics.get(name + FIXED_MAP)
    return None if fixed_map is None else (fixed_map, metrics.get(name + CONSTANT))


def _higher(name: str) -> bool:
    return any(part in name for part in _HIGHER_IS_BETTER)
