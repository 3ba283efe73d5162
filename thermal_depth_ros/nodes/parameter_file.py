# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Generates the files in config/ from the configuration dataclasses. Imports no ROS.

`python -m thermal_depth_ros.nodes.parameter_file vehicle > config/vehicle.yaml` regenerates one.
"""

import math
import sys
import textwrap

from thermal_depth_ros.base.settings import Setting, allowed, describe
from thermal_depth_ros.inference.config import RgbConfig, ThermalConfig
from thermal_depth_ros.nodes.config import NodeConfig, ThermalNodeConfig, TrainerNodeConfig
from thermal_depth_ros.training.registry import DEFAULT, task_kind

TRAINER = 'trainer'
NODES = ('thermal', 'rgb', TRAINER)
# Nodes by the name of the file that describes them, with what it says about itself.
FILES = {
    'vehicle': (('thermal', 'rgb'), 'the camera nodes'),
    'trainer': (
        (TRAINER,),
        f'the training node, for `task: {DEFAULT}`, which `thermal-depth train --config` takes too',
    ),
}
_HEADER = """\
# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""
_ADVICE = (
    'Every parameter of {nodes}, with its default. Copy what you change into a file of your own '
    'and give it as params_file:=... (launch) or --params-file ... (ros2 run, thermal-depth). '
    'Written by `python -m thermal_depth_ros.nodes.parameter_file {name}`.'
)


def parameter_file(name: str) -> str:
    """Return the text of a file in config/, by its name without the ending."""
    nodes, words = FILES[name]
    advice = textwrap.wrap(_ADVICE.format(nodes=words, name=name), 98)
    head = _HEADER + ''.join(f'# {line}\n' for line in advice)
    return head + ''.join(_node(node) for node in nodes)


def node_configs(name: str) -> tuple[type, ...]:
    """Return the configuration classes of a node; the trainer's for the default task."""
    if name == TRAINER:  # asked for only when wanted: its modules take a while to import
        return (*task_kind(DEFAULT).configs, TrainerNodeConfig)
    return {'thermal': (ThermalConfig, ThermalNodeConfig), 'rgb': (RgbConfig, NodeConfig)}[name]


def node_settings(name: str) -> tuple[Setting, ...]:
    """Return all settings of a node, in the order of the file."""
    return tuple(entry for config in node_configs(name) for entry in describe(config))


def settings_of_all_nodes() -> set[str]:
    """Return the names of the settings of every node: a file for `/**` reaches all of them."""
    return {entry.name for node in NODES for entry in node_settings(node)}


def constraint(entry: Setting) -> str:
    """Describe valid values and when they can be set."""
    found = [allowed(entry), 'at start-up only' if entry.read_only else '']
    return '; '.join(text for text in found if text)


def yaml_value(value: object) -> str:
    """Format a default as YAML; floats keep a point, because ROS parameters are typed."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        # YAML parses 1e-06 as a string: the mantissa needs a point.
        text = f'{value:.1f}' if math.isfinite(value) and value == int(value) else repr(value)
        return text if '.' in text or 'e' not in text else text.replace('e', '.0e')
    if isinstance(value, str):
        return f"'{value}'"
    if isinstance(value, tuple):  # ROS treats an empty list as unset
        return f'[{", ".join(map(yaml_value, value or ("",)))}]'
    return str(value)


def _node(name: str) -> str:
    lines = [f'\n/**/{name}:', '  ros__parameters:']
    for entry in node_settings(name):
        rule = constraint(entry)
        text = entry.help + (f' ({rule})' if rule else '')
        lines += [f'    # {line}' for line in textwrap.wrap(text, 92)]
        lines.append(f'    {entry.name}: {yaml_value(entry.default)}')
    return '\n'.join(lines) + '\n'


if __name__ == '__main__':
    print(parameter_file(sys.argv[1]), end='')
