# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""replay.launch.py under the real launch tools: a recording goes through the vehicle and ends."""

import pytest

pytest.importorskip('launch_pytest', reason='the ROS launch tools are not installed here')
pytest.importorskip('launch_ros', reason='the ROS launch tools are not installed here')
pytest.importorskip('rclpy')

import launch_pytest  # noqa: E402
from launch import LaunchDescription  # noqa: E402
from launch.actions import IncludeLaunchDescription, RegisterEventHandler  # noqa: E402
from launch.event_handlers import OnProcessExit  # noqa: E402
from launch.launch_description_sources import PythonLaunchDescriptionSource  # noqa: E402

from thermal_depth_ros.bags.recording import Recording  # noqa: E402

pytestmark = [pytest.mark.ros, pytest.mark.timeout(120)]
RGB_IMAGES = '/rgb/image_raw/compressed'


@pytest.fixture
def bag(repository):
    return repository / 'demo' / 'recording'


@launch_pytest.fixture
def replayed(installed, bag, tmp_path, make_probe):
    probe = make_probe()  # before the replay, which waits for the nodes but not for the probe
    probe.listen('rgb/depth/image', probe.msgs.Image)
    params = tmp_path / 'params.yaml'
    params.write_text(
        '/**:\n  ros__parameters:\n    network: passthrough\n    image_transport: compressed\n'
    )
    exits = {}

    def note(event, context):
        exits[event.process_name.rsplit('-', 1)[0]] = event.returncode

    arguments = {
        'bag': str(bag),
        'rate': '4.0',
        'params_file': str(params),
        'thermal': 'false',
        'replay_options': f'--topics {RGB_IMAGES} /rgb/camera_info --duration 12',
    }
    description = LaunchDescription(
        [
            RegisterEventHandler(OnProcessExit(on_exit=note)),
            IncludeLaunchDescription(
                PythonLaunchDescriptionSource(str(installed / 'replay.launch.py')),
                launch_arguments=arguments.items(),
            ),
        ]
    )
    return description, exits, probe


@pytest.mark.launch(fixture=replayed)
def test_a_recording_goes_through_the_vehicle_under_its_own_time(replayed, bag):
    _, exits, probe = replayed
    with Recording(bag) as recording:
        recorded = {
            r.message.header.stamp.sec * 10**9 + r.message.header.stamp.nanosec
            for r in recording.read([RGB_IMAGES])
        }
    heard = probe.heard['rgb/depth/image']
    probe.wait(lambda: len(heard) > 10, 'no depth came')
    probe.wait(lambda: 'replay' in exits, 'the replay did not end')
    stamps = {m.header.stamp.sec * 10**9 + m.header.stamp.nanosec for m in heard}
    assert stamps <= recorded
    assert exits['replay'] == 0
    yield
    assert exits == {'replay': 0, 'rgb': 0}, 'the end of the recording ends the launch'
