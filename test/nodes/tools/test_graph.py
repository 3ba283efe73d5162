# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Looking at a real graph from outside: endpoints, mismatches, frames, states."""

import threading

import numpy as np
import pytest

pytest.importorskip('rclpy')

import rclpy  # noqa: E402
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus, KeyValue  # noqa: E402
from geometry_msgs.msg import TransformStamped  # noqa: E402
from rclpy.executors import SingleThreadedExecutor  # noqa: E402
from rclpy.lifecycle import LifecycleNode  # noqa: E402
from rclpy.qos import (  # noqa: E402
    DurabilityPolicy,
    QoSProfile,
    ReliabilityPolicy,
    qos_profile_sensor_data,
)
from sensor_msgs.msg import CameraInfo, Image  # noqa: E402
from tf2_msgs.msg import TFMessage  # noqa: E402

from thermal_depth_ros.nodes.tools.graph import read_graph  # noqa: E402
from thermal_depth_ros.nodes.tools.watch_lifecycle import lifecycle_watch  # noqa: E402

pytestmark = pytest.mark.ros


@pytest.fixture
def own_domain(monkeypatch, domain_id):
    monkeypatch.setenv('ROS_DOMAIN_ID', str(domain_id))


@pytest.fixture
def spun(own_domain):
    """Make nodes; they spin in a thread."""
    context = rclpy.Context()
    rclpy.init(context=context)
    executor = SingleThreadedExecutor(context=context)
    stop = threading.Event()
    nodes = []

    def spin():
        while not stop.is_set():
            executor.spin_once(timeout_sec=0.02)

    def make(name, namespace='', kind=rclpy.node.Node):
        node = kind(name, namespace=namespace, context=context)
        executor.add_node(node)
        nodes.append(node)
        return node

    thread = threading.Thread(target=spin, daemon=True)
    thread.start()
    yield make
    stop.set()
    thread.join()
    for node in nodes:
        node.destroy_node()
    rclpy.try_shutdown(context=context)


def read_until(complete):
    """Look at the graph until it is complete, and nodes of earlier tests are gone from it."""
    for seconds in (1.5, 5.0, 15.0, 40.0):
        view = read_graph(seconds)
        if complete(view):
            break
    return view


def test_a_camera_node_with_a_deaf_listener(spun):
    camera = spun('thermal', '/car', LifecycleNode)
    camera.declare_parameter('base_frame', 'chassis')
    camera.create_subscription(Image, 'thermal/image_raw', print, 1)
    driver = spun('driver', '/car')
    driver.create_publisher(Image, 'thermal/image_raw', qos_profile_sensor_data)
    info = driver.create_publisher(CameraInfo, 'thermal/camera_info', 1)
    message = CameraInfo()
    message.header.frame_id = 'lens'
    driver.create_timer(0.1, lambda: info.publish(message))
    latched = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)
    mounts = driver.create_publisher(TFMessage, '/tf_static', latched)
    mount = TransformStamped(child_frame_id='lens')
    mount.header.frame_id = 'chassis'
    mounts.publish(TFMessage(transforms=[mount]))

    view = read_until(
        lambda seen: len(seen.cameras) == 1 and seen.camera_frames and seen.mismatches
    )

    (found,) = view.cameras
    assert (found.name, found.state, found.base_frame) == (
        '/car/thermal',
        'unconfigured',
        'chassis',
    )
    assert found.uses_sim_time is False
    assert view.camera_frames == {'/car/thermal/camera_info': 'lens'}
    assert view.connected('chassis', 'lens')
    np.testing.assert_array_equal(view.tree.lookup('chassis', 'lens'), np.eye(4))
    (mismatch,) = view.mismatches
    assert mismatch.topic == '/car/thermal/image_raw'
    assert (mismatch.publisher, mismatch.subscription) == ('/car/driver', '/car/thermal')
    assert mismatch.reason.startswith('reliability: ')
    assert [e.node for e in view.publishers('/car/thermal/camera_info')] == ['/car/driver']
    assert all('doctor' not in e.node for e in view.endpoints), 'it does not see itself'


def test_a_durability_mismatch_is_named(spun):
    node = spun('one')
    node.create_publisher(Image, 'picture', 1)
    latched = QoSProfile(
        depth=1,
        durability=DurabilityPolicy.TRANSIENT_LOCAL,
        reliability=ReliabilityPolicy.RELIABLE,
    )
    spun('other').create_subscription(Image, 'picture', print, latched)
    (mismatch,) = read_until(lambda seen: len(seen.mismatches) == 1).mismatches
    assert mismatch.reason.startswith('durability: ')


def test_a_node_that_hears_by_one_of_two_subscriptions_is_not_deaf(spun):
    spun('one').create_publisher(Image, 'picture', 1)
    other = spun('other')
    other.create_subscription(Image, 'picture', print, 1)
    latched = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)
    other.create_subscription(Image, 'picture', print, latched)
    view = read_until(lambda seen: len(seen.subscriptions('/picture')) == 2)
    assert len(view.subscriptions('/picture')) == 2
    assert view.mismatches == ()


def test_counts_of_bad_frames_are_read_from_the_diagnostics(spun):
    values = {'frames received': '9', 'dropped: bad step': '2', 'last bad frame': 'step 3'}
    status = DiagnosticStatus(
        level=b'\0',
        name='car/thermal: input',
        values=[KeyValue(key=key, value=value) for key, value in values.items()],
    )
    driver = spun('thermal')
    publisher = driver.create_publisher(DiagnosticArray, '/diagnostics', 1)
    driver.create_timer(0.1, lambda: publisher.publish(DiagnosticArray(status=[status])))
    (counts,) = read_until(lambda seen: len(seen.input_counts) == 1).input_counts
    assert (counts.name, counts.received) == ('car/thermal: input', 9)
    assert counts.dropped == {'bad step': 2} and counts.last_bad_frame == 'step 3'


def test_an_empty_graph_is_empty(own_domain):
    view = read_graph(0.5)
    assert view.cameras == ()
    assert view.mismatches == ()


def test_watching_a_node_become_active(spun):
    camera = spun('thermal', kind=LifecycleNode)
    with lifecycle_watch(['/thermal']) as watch:
        assert not watch.wait_until_active(0.5)
        camera.trigger_configure()
        assert not watch.wait_until_active(0.5)
        camera.trigger_activate()
        assert watch.wait_until_active(60.0)


def test_watching_ends_when_the_process_is_gone(own_domain):
    with lifecycle_watch(['/thermal']) as watch:
        assert not watch.wait_until_active(60.0, alive=lambda: False)


def test_a_latched_camera_info_and_two_senders_of_one_transform(spun):
    driver, ekf, wheels = spun('driver'), spun('ekf'), spun('wheels')
    latched = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)
    message = CameraInfo()
    message.header.frame_id = 'lens'
    driver.create_publisher(CameraInfo, 'thermal/camera_info', latched).publish(message)
    for node, frames in ((ekf, ('odom', 'base_link')), (wheels, ('odom', 'base_link'))):
        publisher = node.create_publisher(TFMessage, '/tf', 10)
        transform = TransformStamped(child_frame_id=frames[1])
        transform.header.frame_id = frames[0]
        alone = TransformStamped(child_frame_id=f'{node.get_name()}_alone')
        alone.header.frame_id = 'base_link'
        both = TFMessage(transforms=[transform, alone, alone])
        node.create_timer(0.05, lambda publisher=publisher, both=both: publisher.publish(both))

    view = read_graph(4.0)

    assert view.camera_frames == {'/thermal/camera_info': 'lens'}, 'it was sent once'
    assert view.mismatches == ()
    several = {(t.parent, t.child): t.several_senders for t in view.transforms}
    assert several == {
        ('odom', 'base_link'): True,
        ('base_link', 'ekf_alone'): False,
        ('base_link', 'wheels_alone'): False,
    }


def test_two_nodes_of_one_name_are_two_publishers(spun):
    for _ in range(2):
        spun('thermal').create_publisher(Image, 'thermal/depth/image', 1)
    view = read_graph(2.0)
    assert [e.node for e in view.publishers('/thermal/depth/image')] == ['/thermal', '/thermal']
