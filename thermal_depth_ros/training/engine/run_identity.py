# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""What a run may resume from: checkpoints of the same settings and the same data.

Recordings are told apart by their content, not by their path.
"""

import contextlib
import dataclasses
import functools
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from thermal_depth_ros.bags.errors import BagError
from thermal_depth_ros.base.settings import (
    SettingsError,
    describe,
    former_names,
    with_new_names,
)
from thermal_depth_ros.samples.bag import content_digest


def flat_settings(configs: Sequence[Any]) -> dict[str, Any]:
    """Return the settings of several configurations as plain values by name."""
    values = {e.name: getattr(config, e.name) for config in configs for e in describe(config)}
    return {name: list(v) if isinstance(v, tuple) else v for name, v in values.items()}


@dataclasses.dataclass(frozen=True)
class RunIdentity:
    """Settings and data of a run.

    Settings that a configuration names in its class attribute `may_change` are free; those in
    `data_paths` name recordings and files, which are compared by their content: their paths may
    have changed.

    Attributes:
        configs: All configurations of the run.
        sample_count: Number of samples; 0 if the data are not opened.
    """

    configs: tuple[Any, ...]
    sample_count: int

    @functools.cached_property
    def recordings(self) -> dict[str, str]:
        """Content digests of recordings and files by path as written, if readable."""
        digests: dict[str, str] = {}
        for config in self.configs:
            for name in getattr(config, 'data_paths', ()):
                for path in _listed(getattr(config, name)):
                    with contextlib.suppress(BagError):
                        digests[path] = content_digest(Path(path).expanduser())
        return digests

    def state(self) -> dict[str, Any]:
        """Return what identifies the run, as stored in its checkpoints."""
        return {
            'settings': flat_settings(self.configs),
            'samples': self.sample_count,
            'recordings': self.recordings,
        }

    def check(self, saved: Mapping[str, Any]) -> None:
        """Compare with the result of state() in a checkpoint.

        A setting that the checkpoint does not know, being older, had its default; without digests,
        the paths of the recordings must be the same.

        Raises:
            SettingsError: Settings or data differ; all differences are named.
        """
        free, data = self._named_by('may_change'), self._named_by('data_paths')
        now = flat_settings(self.configs)
        old = flat_settings([type(config)() for config in self.configs])
        old |= with_new_names(former_names(self.configs), saved['settings'])
        digests = saved.get('recordings', {})
        changed = [
            _change(name, old, now)
            for name in [*now, *(name for name in old if name not in now)]
            if name not in free | data and _shown(old, name) != _shown(now, name)
        ]
        changed += [
            _change(name, old, now)
            + (', whose content has changed' if old[name] == now[name] else '')
            for name in now
            if name in data and not self._same_data(old[name], now[name], digests)
        ]
        if saved['samples'] != self.sample_count:
            changed.append(f'the data: {saved["samples"]} samples became {self.sample_count}')
        if changed:
            raise SettingsError(
                f'the checkpoint belongs to other settings ({"; ".join(changed)}); '
                'restore them, choose another output folder, or start from scratch with --restart'
            )

    def _named_by(self, attribute: str) -> frozenset[str]:
        return frozenset(n for config in self.configs for n in getattr(config, attribute, ()))

    def _same_data(
        self, saved: str | Sequence[str], now: str | Sequence[str], digests: Mapping[str, str]
    ) -> bool:
        """Whether two settings name the same recordings or files in the same order."""
        old, new = _listed(saved), _listed(now)
        if len(old) != len(new):
            return False
        for before, after in zip(old, new, strict=True):
            known = digests.get(before), self.recordings.get(after)
            if None in known and _place(before) != _place(after):
                return False
            if None not in known and known[0] != known[1]:
                return False
        return True


def _listed(value: str | Sequence[str]) -> list[str]:
    """Return the paths of a setting: of a list, or of a text, where '' names none."""
    return [value][: len(value)] if isinstance(value, str) else list(value)


def _place(path: str) -> Path:
    return Path(path).expanduser().resolve()


def _change(name: str, saved: Mapping[str, Any], now: Mapping[str, Any]) -> str:
    return f'{name}: {_shown(saved, name)} became {_shown(now, name)}'


def _shown(values: Mapping[str, Any], name: str) -> str:
    return repr(values[name]) if name in values else 'nothing'
