# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""YAML of settings: numbers as ROS and people write them, and no key twice."""

import re
from pathlib import Path
from typing import Any

import yaml

from thermal_depth_ros.settings import SettingsError

# PyYAML takes 1e-4 for a word; parameter files of ROS, and people, mean a number.
_FLOAT = re.compile(r'[-+]?(\d+\.?\d*|\.\d+)[eE][-+]?\d+$')


class _Loader(yaml.SafeLoader):
    """Safe loader that knows such numbers and remembers keys that stand twice."""

    def __init__(self, stream: str) -> None:
        super().__init__(stream)
        self.twice: list[str] = []

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        names = [key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode)]
        self.twice += sorted({name for name in names if names.count(name) > 1})
        return super().construct_mapping(node, deep)


_Loader.add_implicit_resolver('tag:yaml.org,2002:float', _FLOAT, list('-+.0123456789'))


def read_yaml(path: Path) -> Any:
    """Return the content of a file.

    Raises:
        SettingsError: it cannot be read, or keys stand in it twice; all are named.
    """
    try:
        loader = _Loader(path.read_text('utf-8'))
        content = loader.get_single_data()
    except (OSError, UnicodeDecodeError, yaml.YAMLError, RecursionError, ValueError) as error:
        raise SettingsError(f'{path}: {str(error).splitlines()[0]}') from error
    if loader.twice:
        raise SettingsError(f'{path}: {", ".join(loader.twice)} stands there twice')
    return content
