# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""train.launch.py under the real launch tools: a training starts, shows and stops."""

import sys

import pytest

from helpers import toy

pytest.importorskip('launch_pytest', reason='the ROS launch tools are not installed here')
pytest.importorskip('launch_ros', reason='the ROS launch tools are not installed here')
pytest.importorskip('rclpy')

import launch_pytest  # noqa: E402
from launch import LaunchDescription  # noqa: E402
from launch.actions import IncludeLaunchDescription, RegisterEventHandler  # noqa: E402
from launch.event_handlers import OnProcessExit  # noqa: E402
from launch.launch_description_sources import PythonLaunchDescriptionSource  # noqa: E402

pytestmark = [pytest.mark.ros, pytest.mark.timeout(180)]
PARAMETERS = """
/**/trainer:
  ros__parameters:
    task: toy
    device: cpu
    workers: 0
    tensorboard: false
    step_s: 0.2
    checkpoint_every_steps: 0
    words: ['a']
    output: {output}
"""


@launch_pytest.fixture
def training(installed, tmp_path, make_probe):
    script = tmp_path / 'prefix' / 'lib' / 'thermal_depth_ros' / 'trainer'
    script.write_text(f'#!/bin/sh\nexec {sys.executable} {toy.SCRIPT} trainer "$@"\n')
    params = tmp_path / 'params.yaml'
    params.write_text(PARAMETERS.format(output=tmp_path / 'out'))
    probe = make_probe('/robot1')
    probe.listen('/diagnostics', probe.msgs.DiagnosticArray)
    exits = {}

    def note(event, context):
        exits[event.process_name.rsplit('-', 1)[0]] = event.returncode

    arguments = {'namespace': 'robot1', 'params_file': str(params), 'log_level': 'warn'}
    description = LaunchDescription(
        [
            RegisterEventHandler(OnProcessExit(on_exit=note)),
            IncludeLaunchDescription(
                PythonLaunchDescriptionSource(str(installed / 'train.launch.py')),
                launch_arguments=arguments.items(),
            ),
        ]
    )
    return description, exits, probe


@pytest.mark.launch(fixture=training)
def test_a_training_starts_shows_its_progress_and_stops_with_a_checkpoint(training, tmp_path):
    _, exits, probe = training

    def values():
        for array in reversed(probe.heard['/diagnostics']):
            for status in array.status:
                if status.name == 'robot1/trainer: training':
                    return {pair.key: pair.value for pair in status.values}
        return {}

    probe.wait(lambda: 'step' in values(), 'no progress on /diagnostics', wait_s=90.0)
    assert values()['state'] == 'running' and values()['output'] == str(tmp_path / 'out')
    yield
    assert exits == {'trainer': 0}
    assert len(list((tmp_path / 'out' / 'checkpoints').iterdir())) == 1
