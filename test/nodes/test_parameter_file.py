# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""The files in config/ are what the dataclasses say."""

import pytest
import yaml

from thermal_depth_ros.base import settings
from thermal_depth_ros.nodes.parameter_file import (
    FILES,
    NODES,
    node_configs,
    node_settings,
    parameter_file,
    yaml_value,
)


@pytest.mark.parametrize('file', FILES)
def test_the_file_in_the_repository_is_up_to_date(repository, file):
    text = (repository / 'config' / f'{file}.yaml').read_text()
    assert text == parameter_file(file), (
        f'run python -m thermal_depth_ros.nodes.parameter_file {file} > config/{file}.yaml'
    )


def test_every_node_has_a_file():
    assert sorted(node for nodes, _ in FILES.values() for node in nodes) == sorted(NODES)


def as_ros(value):
    """Lists cannot be empty in ROS files, whose parser tells types by the values."""
    return list(value or ('',)) if isinstance(value, tuple) else value


@pytest.mark.parametrize('name', NODES)
def test_its_values_are_the_defaults_with_their_types(name):
    file = next(file for file, (nodes, _) in FILES.items() if name in nodes)
    values = yaml.safe_load(parameter_file(file))[f'/**/{name}']['ros__parameters']
    expected = {entry.name: as_ros(entry.default) for entry in node_settings(name)}
    assert values == expected
    assert {k: type(v) for k, v in values.items()} == {k: type(v) for k, v in expected.items()}
    for config_class in node_configs(name):
        if getattr(config_class(), 'problems', list)():
            continue  # something has no default, such as the recordings to train on
        own = [entry.name for entry in settings.describe(config_class)]
        assert settings.build(config_class, {k: values[k] for k in own}) == config_class()


@pytest.mark.parametrize('name', NODES)
def test_no_setting_of_the_node_hides_one_of_the_pipeline(name):
    names = [entry.name for entry in node_settings(name)]
    assert len(names) == len(set(names))


@pytest.mark.parametrize('value', [1e-6, 2.5e-7, 1e12, 0.1, 80.0, -3.0, 1e22, True, 7, 'a b', ''])
def test_yaml_reads_back_what_was_written(value):
    read = yaml.safe_load(yaml_value(value))
    assert read == value and type(read) is type(value)


@pytest.mark.parametrize(
    ('value', 'written'), [((), "['']"), (('a',), "['a']"), (('a b', 'c'), "['a b', 'c']")]
)
def test_lists_of_texts(value, written):
    assert yaml_value(value) == written
    assert tuple(filter(None, yaml.safe_load(written))) == value


@pytest.mark.parametrize('file', FILES)
def test_every_line_fits(file):
    assert max(map(len, parameter_file(file).splitlines())) <= 100
