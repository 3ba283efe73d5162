# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Settings of a camera from a ROS parameter file, the one that the nodes start with."""

from pathlib import Path
from typing import Any

import yaml

from thermal_depth_ros.settings import SettingsError, describe

_EVERY_NODE = ('/**', '/*', '**')


def file_settings(path: Path, node: str, config_class: type) -> dict[str, Any]:
    """Return the settings that a parameter file gives to a node, as ROS would.

    Later sections win. Parameters of the node that are no settings of the pipeline (autostart,
    qos_overrides and so on) have no meaning offline and are left out.

    Raises:
        SettingsError: the file cannot be read or has another form.
    """
    found: dict[str, Any] = {}
    for pattern, parameters in _sections(path):
        if pattern in _EVERY_NODE or pattern.rpartition('/')[2] == node:
            found.update(parameters)
    known = {entry.name: entry for entry in describe(config_class)}
    return {name: value for name, value in found.items() if name in known}


def _sections(path: Path) -> list[tuple[str, dict[str, Any]]]:
    try:
        content = yaml.safe_load(path.read_text('utf-8'))
    except (OSError, UnicodeDecodeError, yaml.YAMLError, RecursionError) as error:
        raise SettingsError(f'{path}: {str(error).splitlines()[0]}') from error
    if not isinstance(content, dict):
        raise SettingsError(f'{path}: not a parameter file (node names, then ros__parameters)')
    sections: list[tuple[str, dict[str, Any]]] = []
    _collect(path, '', content, sections)
    return sections


def _collect(
    path: Path, name: str, content: dict[str, Any], sections: list[tuple[str, dict[str, Any]]]
) -> None:
    """Walk namespaces down to ros__parameters."""
    for key, value in content.items():
        if not isinstance(value, dict):
            raise SettingsError(f'{path}: {name or "/"}: {key!r} is not under ros__parameters')
        if key == 'ros__parameters':
            sections.append((name, value))
        else:
            _collect(path, f'{name}/{str(key).strip("/")}' if name else str(key), value, sections)
