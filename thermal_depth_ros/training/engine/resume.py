# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Checks whether a run may resume from a checkpoint: settings and data must be the same."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from thermal_depth_ros.base.settings import (
    SettingsError,
    describe,
    former_names,
    with_new_names,
)
from thermal_depth_ros.training.engine.recorded_data import (
    data_settings,
    recorded_contents,
    same_data,
)


def flat_settings(configs: Sequence[Any]) -> dict[str, Any]:
    """Return the settings of several configurations as plain values by name."""
    values = {e.name: getattr(config, e.name) for config in configs for e in describe(config)}
    return {name: list(v) if isinstance(v, tuple) else v for name, v in values.items()}


def check_same_run(
    saved: Mapping[str, Any],
    configs: Sequence[Any],
    saved_samples: int,
    samples: int,
    saved_contents: Mapping[str, str] = MappingProxyType({}),
) -> None:
    """Compare the settings and the data of a checkpoint with the current ones.

    Settings that a configuration names in its class attribute `may_change` are free; one that the
    checkpoint does not know, being older, had its default. Recordings and files (class attribute
    `data_paths`) are compared by their content: their paths may have changed.

    Args:
        saved: Settings of the checkpoint.
        configs: Current configurations.
        saved_samples: Number of samples of the checkpoint.
        samples: Current samples.
        saved_contents: Content digests of the recordings in the checkpoint, by path.

    Raises:
        SettingsError: Some of them differ; all are named.
    """
    free = {name for config in configs for name in getattr(config, 'may_change', ())}
    now = flat_settings(configs)
    saved = with_new_names(former_names(configs), saved)
    saved = {**flat_settings([type(config)() for config in configs]), **saved}
    data = data_settings(configs)
    changed = [
        f'{name}: {_shown(saved, name)} became {_shown(now, name)}'
        for name in [*now, *(name for name in saved if name not in now)]
        if name not in free | data and _shown(saved, name) != _shown(now, name)
    ]
    contents = recorded_contents(configs)
    changed += [
        f'{name}: {_shown(saved, name)} became {_shown(now, name)}'
        + (', whose content has changed' if saved[name] == now[name] else '')
        for name in now
        if name in data and not same_data(saved[name], now[name], saved_contents, contents)
    ]
    if saved_samples != samples:
        changed.append(f'the data: {saved_samples} samples became {samples}')
    if changed:
        raise SettingsError(
            f'the checkpoint belongs to other settings ({"; ".join(changed)}); '
            'restore them, choose another output folder, or start from scratch with --restart'
        )


def _shown(values: Mapping[str, Any], name: str) -> str:
    return repr(values[name]) if name in values else 'nothing'
