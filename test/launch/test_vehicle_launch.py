# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""vehicle.launch.py under the real launch tools: processes, topics, messages, exit codes."""

import os
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip('launch_pytest', reason='the ROS launch tools are not installed here')
pytest.importorskip('launch_ros', reason='the ROS launch tools are not installed here')
pytest.importorskip('rclpy')

import launch_pytest  # noqa: E402
from launch import LaunchDescription  # noqa: E402
from launch.actions import IncludeLaunchDescription, RegisterEventHandler  # noqa: E402
from launch.event_handlers import OnProcessExit  # noqa: E402
from launch.launch_description_sources import PythonLaunchDescriptionSource  # noqa: E402

from thermal_depth_ros.base import contract  # noqa: E402

pytestmark = [pytest.mark.ros, pytest.mark.timeout(120)]
ARGUMENTS = {
    'namespace',
    'params_file',
    'use_sim_time',
    'autostart',
    'composed',
    'thermal',
    'rgb',
    'rviz',
    'log_level',
    'use_respawn',
}


def shown_arguments(path):
    source = PythonLaunchDescriptionSource(str(path))
    description = source.try_get_launch_description_without_context()
    return {argument.name: argument for argument in description.get_launch_arguments()}


def include(path, **arguments):
    """Describe an included launch file and note how its processes end."""
    exits = {}

    def note(event, context):
        exits[event.process_name.rsplit('-', 1)[0]] = event.returncode

    description = LaunchDescription(
        [
            RegisterEventHandler(OnProcessExit(on_exit=note)),
            IncludeLaunchDescription(
                PythonLaunchDescriptionSource(str(path)),
                launch_arguments={k: str(v) for k, v in arguments.items()}.items(),
            ),
        ]
    )
    return description, exits


@launch_pytest.fixture
def composed(installed, tiny_networks):
    return include(installed / 'vehicle.launch.py', params_file=tiny_networks)


@launch_pytest.fixture
def separate(installed, passthrough):
    path = installed / 'vehicle.launch.py'
    return include(path, params_file=passthrough, composed='false', log_level='warn')


@launch_pytest.fixture
def namespaced(installed, passthrough):
    return include(installed / 'vehicle.launch.py', params_file=passthrough, namespace='robot1')


@launch_pytest.fixture
def waiting(installed, passthrough):
    path = installed / 'vehicle.launch.py'
    arguments = {'autostart': 'false', 'thermal': 'false', 'use_sim_time': 'true'}
    return include(path, params_file=passthrough, **arguments)


def stamp_ns(message):
    return message.header.stamp.sec * 10**9 + message.header.stamp.nanosec


def listen_to_everything(probe):
    m = probe.msgs
    classes = {
        contract.IMAGE: m.Image,
        contract.CAMERA_INFO: m.CameraInfo,
        contract.POINT_CLOUD: m.PointCloud2,
        contract.ODOMETRY: m.Odometry,
        contract.TF_MESSAGE: m.TFMessage,
        contract.LABEL_INFO: m.LabelInfo,
    }
    for outputs in contract.OUTPUTS.values():
        for output in outputs.values():
            probe.listen(output.topic, classes[output.type], output.latched)


def check_images(probe, kind):
    height, width = probe.SIZES[kind]
    base = f'{kind}/depth'
    encodings = {f'{base}/image': '32FC1', f'{base}/confidence': '32FC1'}
    if kind == 'thermal':
        encodings[f'{base}/colour'] = 'rgb8'
    else:
        encodings |= {
            'rgb/semantic/image': 'mono8',
            'rgb/semantic/confidence': '32FC1',
            'rgb/semantic/overlay': 'rgb8',
        }
    for topic, encoding in encodings.items():
        message = probe.heard[topic][-1]
        assert (message.height, message.width) == (height, width), topic
        assert message.encoding == encoding, topic
        assert len(message.data) == message.step * height, topic
        assert message.header.frame_id == probe.FRAMES[kind], topic
        assert stamp_ns(message) in probe.sent[kind], topic
    depth = np.frombuffer(probe.heard[f'{base}/image'][-1].data, '<f4')
    assert np.isfinite(depth).any()
    assert not (depth == 0).any(), 'REP 117 has no zeros'
    info = probe.heard[f'{base}/camera_info'][-1]
    assert (info.height, info.width, info.k[0]) == (height, width, 70.0)


def check_cloud(probe, kind):
    height, width = probe.SIZES[kind]
    cloud = probe.heard[f'{kind}/points'][-1]
    assert (cloud.height, cloud.width) == (height, width), 'organised'
    assert not cloud.is_dense
    assert cloud.header.frame_id == probe.FRAMES[kind]
    assert [f.name for f in cloud.fields][:3] == ['x', 'y', 'z']
    assert len(cloud.data) == cloud.row_step * height


def check_motion(probe):
    odometry = probe.heard['odometry'][-1]
    assert (odometry.header.frame_id, odometry.child_frame_id) == ('odom', 'base_link')
    assert stamp_ns(odometry) in probe.sent['thermal']
    assert all(odometry.pose.covariance[i] > 0 for i in (0, 7, 14, 21, 28, 35))
    transform = probe.heard['/tf'][-1].transforms[0]
    assert (transform.header.frame_id, transform.child_frame_id) == ('odom', 'base_link')
    assert stamp_ns(transform) in probe.sent['thermal']


def check_labels(probe):
    labels = probe.heard['rgb/semantic/label_info'][-1]
    assert len(labels.class_map) >= 19
    assert {'road', 'sky'} <= {item.class_name for item in labels.class_map}


def test_the_arguments_users_expect_are_shown(repository):
    """As `--show-args` shows them, which knows nothing but the path of the launch file."""
    shown = shown_arguments(repository / 'launch' / 'vehicle.launch.py')
    assert set(shown) == ARGUMENTS
    assert all(argument.description for argument in shown.values())
    ((path,),) = (shown['params_file'].default_value,)
    assert Path(path.text) == repository / 'config' / 'vehicle.yaml'


def test_without_rviz_nothing_is_left_behind(fails_alone, monkeypatch):
    own = os.environ['AMENT_PREFIX_PATH'].split(os.pathsep)[0]
    monkeypatch.setenv('AMENT_PREFIX_PATH', own)  # nothing but this package is installed
    fails_alone('vehicle.launch.py', rviz='true')


@pytest.mark.launch(fixture=composed)
def test_one_process_publishes_the_whole_contract(composed, make_probe):
    _, exits = composed
    probe = make_probe()
    listen_to_everything(probe)
    heard = probe.heard
    probe.send_until(lambda: all(heard.values()) and len(heard['odometry']) >= 2)
    for kind in contract.OUTPUTS:
        check_images(probe, kind)
        check_cloud(probe, kind)
    check_motion(probe)
    check_labels(probe)
    assert {'/thermal', '/rgb'} <= probe.nodes()
    yield
    assert exits == {'vehicle': 0}


@pytest.mark.launch(fixture=separate)
def test_one_process_per_node(separate, make_probe):
    _, exits = separate
    probe = make_probe()
    for kind in contract.OUTPUTS:
        probe.listen(f'{kind}/depth/image', probe.msgs.Image)
    probe.send_until(lambda: all(probe.heard.values()))
    for kind in contract.OUTPUTS:
        assert probe.heard[f'{kind}/depth/image'][-1].header.frame_id == probe.FRAMES[kind]
    assert {'/thermal', '/rgb'} <= probe.nodes()
    yield
    assert exits == {'thermal': 0, 'rgb': 0}


@pytest.mark.launch(fixture=namespaced)
def test_a_namespace_holds_nodes_topics_and_frames(namespaced, make_probe):
    _, exits = namespaced
    probe = make_probe('/robot1')
    m = probe.msgs
    probe.listen('thermal/depth/image', m.Image)
    probe.listen('/robot1/tf', m.TFMessage)
    probe.send_until(lambda: all(probe.heard.values()))
    transform = probe.heard['/robot1/tf'][-1].transforms[0]
    assert (transform.header.frame_id, transform.child_frame_id) == ('odom', 'base_link')
    assert {'/robot1/thermal', '/robot1/rgb'} <= probe.nodes()
    published = {name for name, _ in probe.node.get_topic_names_and_types()}
    assert '/tf' not in published
    assert '/thermal/depth/image' not in published
    yield
    assert exits == {'vehicle': 0}


@pytest.mark.launch(fixture=waiting)
def test_without_autostart_the_chosen_camera_waits_to_be_told(waiting, make_probe):
    _, exits = waiting
    probe = make_probe()
    m = probe.msgs
    state = probe.call(m.GetState, '/rgb/get_state', m.GetState.Request())
    assert state.current_state.label == 'unconfigured'
    request = m.GetParameters.Request(names=['use_sim_time', 'network'])
    values = probe.call(m.GetParameters, '/rgb/get_parameters', request).values
    assert values[0].bool_value is True
    assert values[1].string_value == 'passthrough'
    assert '/thermal' not in probe.nodes()
    for transition in (1, 3):  # configure, activate
        change = m.ChangeState.Request()
        change.transition.id = transition
        assert probe.call(m.ChangeState, '/rgb/change_state', change).success
    probe.listen('rgb/depth/image', m.Image)
    probe.send_until(lambda: probe.heard['rgb/depth/image'], kinds=('rgb',))
    yield
    assert exits == {'rgb': 0}
