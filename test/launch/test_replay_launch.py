# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""replay.launch.py under the real launch tools: a recording goes through the vehicle and ends."""

import pytest

pytest.importorskip('launch_pytest', reason='the ROS launch tools are not installed here')
pytest.importorskip('launch_ros', reason='the ROS launch tools are not installed here')
pytest.importorskip('rclpy')

import launch_pytest  # noqa: E402
import numpy as np  # noqa: E402
from launch import LaunchDescription  # noqa: E402
from launch.actions import IncludeLaunchDescription, RegisterEventHandler  # noqa: E402
from launch.event_handlers import OnProcessExit  # noqa: E402
from launch.launch_description_sources import PythonLaunchDescriptionSource  # noqa: E402

from thermal_depth_ros.bags.recording import Recording  # noqa: E402
from thermal_depth_ros.bags.writer import RecordingWriter  # noqa: E402
from thermal_depth_ros.messages.bag_types import bag_typestore  # noqa: E402

pytestmark = [pytest.mark.ros, pytest.mark.timeout(120)]
IMAGE, INFO = 'sensor_msgs/msg/Image', 'sensor_msgs/msg/CameraInfo'
START_NS, STEP_NS, COUNT = 1_700_000_000_000_000_000, 200_000_000, 15
RGB_IMAGES = '/rgb/image_raw/compressed'


@pytest.fixture
def bag(repository):
    return repository / 'demo' / 'recording'


def replay_launch(installed, arguments):
    """Return the launch of a replay, and the exit codes by process that it fills."""
    exits = {}

    def note(event, context):
        exits[event.process_name.rsplit('-', 1)[0]] = event.returncode

    description = LaunchDescription(
        [
            RegisterEventHandler(OnProcessExit(on_exit=note)),
            IncludeLaunchDescription(
                PythonLaunchDescriptionSource(str(installed / 'replay.launch.py')),
                launch_arguments=arguments.items(),
            ),
        ]
    )
    return description, exits


@launch_pytest.fixture
def replayed(installed, bag, tmp_path, make_probe):
    probe = make_probe()  # before the replay, which waits for the nodes but not for the probe
    probe.listen('rgb/depth/image', probe.msgs.Image)
    params = tmp_path / 'params.yaml'
    params.write_text(
        '/**:\n  ros__parameters:\n    network: passthrough\n    image_transport: compressed\n'
    )
    arguments = {
        'bag': str(bag),
        'rate': '4.0',
        'params_file': str(params),
        'thermal': 'false',
        'replay_options': f'--topics {RGB_IMAGES} /rgb/camera_info --duration 12',
    }
    return *replay_launch(installed, arguments), probe


def test_all_arguments_are_shown(repository):
    """As `--show-args` shows them, which knows nothing but the path of the launch file."""
    source = PythonLaunchDescriptionSource(str(repository / 'launch' / 'replay.launch.py'))
    description = source.try_get_launch_description_without_context()
    shown = {argument.name: argument for argument in description.get_launch_arguments()}
    own = {'bag', 'rate', 'loop', 'wait_s', 'replay_options'}
    vehicle = {'namespace', 'params_file', 'use_sim_time', 'autostart', 'composed', 'thermal'}
    vehicle |= {'rgb', 'rviz', 'log_level', 'use_respawn'}
    assert set(shown) == own | vehicle
    assert shown['use_sim_time'].default_value[0].text == 'true'


def test_wrong_options_leave_nothing_behind(fails_alone, bag):
    fails_alone('replay.launch.py', bag=str(bag), replay_options="--topics '/a")


@pytest.fixture
def drive(tmp_path):
    """Images of a camera, and of another whose node is not started."""
    images = [
        (np.full((48, 64, 3), 10 * i, np.uint8), START_NS + i * STEP_NS) for i in range(COUNT)
    ]
    path = tmp_path / 'drive'
    store = bag_typestore().types
    with RecordingWriter(path) as writer:
        for pixels, stamp_ns in images:
            header = store['std_msgs/msg/Header'](
                stamp=store['builtin_interfaces/msg/Time'](
                    sec=stamp_ns // 10**9, nanosec=stamp_ns % 10**9
                ),
                frame_id='rgb_optical',
            )
            picture = store[IMAGE](
                header=header,
                height=48,
                width=64,
                encoding='rgb8',
                is_bigendian=0,
                step=3 * 64,
                data=pixels.reshape(-1),
            )
            k = np.array([70.0, 0.0, 31.5, 0.0, 70.0, 23.5, 0.0, 0.0, 1.0])
            p = np.array([70.0, 0.0, 31.5, 0.0, 0.0, 70.0, 23.5, 0.0, 0.0, 0.0, 1.0, 0.0])
            info = store[INFO](
                header=header,
                height=48,
                width=64,
                distortion_model='plumb_bob',
                d=np.zeros(5),
                k=k,
                r=np.eye(3).reshape(-1),
                p=p,
                binning_x=0,
                binning_y=0,
                roi=store['sensor_msgs/msg/RegionOfInterest'](
                    x_offset=0, y_offset=0, height=0, width=0, do_rectify=False
                ),
            )
            writer.write('/rgb/camera_info', INFO, info, stamp_ns)
            for camera in ('rgb', 'left'):
                writer.write(f'/{camera}/image_raw', IMAGE, picture, stamp_ns)
    return path


@launch_pytest.fixture
def with_rviz(installed, drive, passthrough, make_probe, tmp_path):
    """A replay of images that another node subscribes to long before the camera node."""
    script = tmp_path / 'prefix' / 'lib' / 'thermal_depth_ros' / 'rgb'
    script.write_text(script.read_text().replace('exec ', 'sleep 8\nexec ', 1))
    probe = make_probe('/robot1')
    probe.listen('rgb/image_raw', probe.msgs.Image)
    probe.listen('/left/image_raw', probe.msgs.Image)
    probe.listen('/diagnostics', probe.msgs.DiagnosticArray)
    names = ' '.join(f'/rgb/{name}:=/robot1/rgb/{name}' for name in ('image_raw', 'camera_info'))
    arguments = {
        'bag': str(drive),
        'namespace': 'robot1',
        'params_file': str(passthrough),
        'thermal': 'false',
        'replay_options': f'--remap {names}',
    }
    return *replay_launch(installed, arguments), probe


@pytest.mark.launch(fixture=with_rviz)
def test_no_image_is_lost_despite_other_subscribers(with_rviz):
    """Nor is there a wait for a subscriber of a topic that no node wants.

    The node says once a second how many images it has received, and ends with the replay.
    """
    _, exits, probe = with_rviz
    probe.wait(lambda: 'replay' in exits, 'the replay did not end', wait_s=100.0)
    received = [
        int(pair.value)
        for array in probe.heard['/diagnostics']
        for status in array.status
        for pair in status.values
        if status.name == 'robot1/rgb: input' and pair.key == 'frames received'
    ]
    assert max(received, default=0) > COUNT - 1.5e9 / STEP_NS
    yield
    assert exits == {'replay': 0, 'rgb': 0}


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
