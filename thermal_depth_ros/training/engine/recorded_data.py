# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Recordings of a run told apart by what they hold, not by the path they are given by."""

import contextlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from thermal_depth_ros.bags.errors import BagError
from thermal_depth_ros.samples.fingerprint import content_digest


def data_settings(configs: Sequence[Any]) -> frozenset[str]:
    """Return the settings that name recordings and files: `data_paths` of configurations."""
    return frozenset(name for config in configs for name in getattr(config, 'data_paths', ()))


def recorded_contents(configs: Sequence[Any]) -> dict[str, str]:
    """Return a digest of every recording and file by its path as written.

    One that cannot be read is absent.
    """
    found: dict[str, str] = {}
    for config in configs:
        for name in getattr(config, 'data_paths', ()):
            for path in listed(getattr(config, name)):
                with contextlib.suppress(BagError):
                    found[path] = content_digest(Path(path).expanduser())
    return found


def listed(value: str | Sequence[str]) -> list[str]:
    """Return the paths of a setting: of a list, or of a text, where '' names none."""
    return [value][: len(value)] if isinstance(value, str) else list(value)


def same_data(
    saved: str | Sequence[str],
    now: str | Sequence[str],
    saved_contents: Mapping[str, str],
    contents: Mapping[str, str],
) -> bool:
    """Whether two settings name the same recordings or files in the same order.

    Where nothing is known of their content, as in older checkpoints, the places must be the same.

    Args:
        saved: Paths of a checkpoint.
        now: Paths of now.
        saved_contents: Digests by path, of the checkpoint.
        contents: Likewise of now.
    """
    old, new = listed(saved), listed(now)
    if len(old) != len(new):
        return False
    for before, after in zip(old, new, strict=True):
        known = saved_contents.get(before), contents.get(after)
        if None in known and _place(before) != _place(after):
            return False
        if None not in known and known[0] != known[1]:
            return False
    return True


def _place(path: str) -> Path:
    return Path(path).expanduser().resolve()
