# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Help and arguments of `vehicle`, `thermal` and `rgb`; none of it imports ROS."""

import signal

import pytest

from helpers.processes import modules_loaded_by
from thermal_depth_ros.base import contract
from thermal_depth_ros.cli import node_command, rgb, thermal, vehicle
from thermal_depth_ros.nodes.parameter_file import node_settings


@pytest.fixture(autouse=True)
def own_signal_handlers():
    """A command installs handlers; the test process keeps its own."""
    kept = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in kept.items():
        signal.signal(number, handler)


@pytest.mark.parametrize(
    ('module', 'kinds'),
    [(vehicle, ('thermal', 'rgb')), (thermal, ('thermal',)), (rgb, ('rgb',))],
)
def test_help_lists_topics_and_parameters_with_defaults(module, kinds, capsys):
    with pytest.raises(SystemExit) as stop:
        module.main(['--help'])
    assert stop.value.code == 0
    text = capsys.readouterr().out
    for kind in kinds:
        assert contract.image_topic(kind) in text
        for output in contract.OUTPUTS[kind].values():
            assert f'{output.topic} ' in text and output.type in text
        for entry in node_settings(kind):
            assert f'{entry.name} = ' in text
    assert 'max_depth_m = 80.0' in text
    assert 'examples:' in text


def test_help_imports_neither_ros_nor_torch():
    code = 'from thermal_depth_ros.cli.vehicle import main; main(["--help"])'
    loaded, _ = modules_loaded_by(code)
    assert not {'rclpy', 'torch', 'timm', 'cv2'} & loaded


def test_ros_arguments_are_told_apart():
    split = node_command.split_arguments
    assert split(['--network', 'passthrough']) == (['--network', 'passthrough'], [])
    assert split(['--ros-args', '-p', 'a:=1']) == ([], ['--ros-args', '-p', 'a:=1'])
    own, ros = split(['-p', 'x:=1', '--ros-args', '-r', 'a:=b', '--', '--sim-time'])
    assert own == ['-p', 'x:=1', '--sim-time']
    assert ros == ['--ros-args', '-r', 'a:=b', '--']


@pytest.mark.parametrize(
    ('arguments', 'words'),
    [
        (['--params-file', 'nowhere.yaml'], 'nowhere.yaml: no such file'),
        (['-p', 'max_depth_m=3'], 'is not NAME:=VALUE'),
        (['--network', 'magic'], 'magic'),
        (['--frobnicate'], '--frobnicate'),
    ],
)
def test_a_wrong_call_is_explained(arguments, words, capsys):
    try:
        code = vehicle.main(arguments)
    except SystemExit as stop:
        code = stop.code
    assert code == 2
    assert words in capsys.readouterr().err
