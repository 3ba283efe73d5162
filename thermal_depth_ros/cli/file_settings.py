# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Settings from files: ROS parameter files, which nodes start with, and flat ones for training."""

from pathlib import Path
from typing import Any

from thermal_depth_ros.base.settings import SettingsError, describe, former_names, with_new_names
from thermal_depth_ros.base.yaml_text import YamlError, read_yaml
from thermal_depth_ros.nodes.config import TrainerNodeConfig

TRAINER = 'trainer'
_ROS_PARAMETERS = 'ros__parameters'
_EVERY_NODE = ('/**', '/*', '**')
# Parameters of the trainer node that have no meaning for the command.
_OF_THE_NODE = {entry.name for entry in describe(TrainerNodeConfig)} | {'use_sim_time'}


def file_settings(path: Path, node: str, config_class: type) -> dict[str, Any]:
    """Return the settings that a parameter file gives to a node, as ROS would.

    Later sections win. Parameters of the node that are no settings of the pipeline (autostart,
    qos_overrides and so on) have no meaning offline and are left out.

    Raises:
        SettingsError: The file cannot be read or has another form.
    """
    found = with_new_names(former_names((config_class,)), _parameters(path, node))
    known = {entry.name for entry in describe(config_class)}
    return {name: value for name, value in found.items() if name in known}


def training_values(path: Path) -> dict[str, Any]:
    """Return the settings of a training file, known or not.

    Args:
        path: A flat file (`key: value`), or a ROS parameter file of the trainer node.

    Raises:
        SettingsError: The file cannot be read or has another form.
    """
    content = _content(path)
    if content is None:
        return {}
    if isinstance(content, dict) and not any(isinstance(v, dict) for v in content.values()):
        return {str(name): value for name, value in content.items()}
    return {
        name: value
        for name, value in _parameters(path, TRAINER).items()
        if name not in _OF_THE_NODE and not name.startswith('qos_overrides')
    }


def _content(path: Path) -> Any:
    try:
        return read_yaml(path)
    except YamlError as error:
        raise SettingsError(f'{path}: {error}') from error


def _parameters(path: Path, node: str) -> dict[str, Any]:
    """Return the parameters of a node; later sections win."""
    found: dict[str, Any] = {}
    for pattern, parameters in _sections(path):
        if pattern in _EVERY_NODE or pattern.rpartition('/')[2] == node:
            found.update(parameters)
    return found


def _sections(path: Path) -> list[tuple[str, dict[str, Any]]]:
    content = _content(path)
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
        if key == _ROS_PARAMETERS:
            sections.append((name, value))
        else:
            _collect(path, f'{name}/{str(key).strip("/")}' if name else str(key), value, sections)
