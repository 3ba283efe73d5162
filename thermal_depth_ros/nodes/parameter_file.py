# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""config/vehicle.yaml, written from the configuration dataclasses. Imports no ROS.

`python -m thermal_depth_ros.nodes.parameter_file > config/vehicle.yaml` writes it anew.
"""

import math
import textwrap

from thermal_depth_ros.inference.config import RgbConfig, ThermalConfig
from thermal_depth_ros.nodes.config import NodeConfig
from thermal_depth_ros.settings import Setting, allowed, describe

NODE_CONFIGS: dict[str, tuple[type, ...]] = {
    'thermal': (ThermalConfig, NodeConfig),
    'rgb': (RgbConfig, NodeConfig),
}
_HEADER = """\
# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
# Every parameter of the camera nodes, with its default. Copy what you change into a file of your
# own and give it as params_file:=... (launch) or --params-file ... (ros2 run, thermal-depth).
# Written by `python -m thermal_depth_ros.nodes.parameter_file`.
"""


def parameter_file() -> str:
    """Return the text of config/vehicle.yaml."""
    return _HEADER + ''.join(_node(name) for name in NODE_CONFIGS)


def node_settings(name: str) -> tuple[Setting, ...]:
    """Return all settings of a node, in the order of the file."""
    return tuple(entry for config in NODE_CONFIGS[name] for entry in describe(config))


def constraint(entry: Setting) -> str:
    """Describe which values are allowed and when, in words."""
    found = [allowed(entry), 'at start-up only' if entry.read_only else '']
    return '; '.join(text for text in found if text)


def yaml_value(value: object) -> str:
    """Write a default as YAML; floats keep a point, because ROS parameters are typed."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        # YAML takes 1e-06 for a word: the mantissa needs a point.
        text = f'{value:.1f}' if math.isfinite(value) and value == int(value) else repr(value)
        return text if '.' in text or 'e' not in text else text.replace('e', '.0e')
    if isinstance(value, str):
        return f"'{value}'"
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
    print(parameter_file(), end='')
