# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""The life of a camera node: states, what each holds, and that leaving it lets go."""

import gc
import threading

import pytest

from helpers.waiting import eventually
from thermal_depth_ros.inference.passthrough import PassthroughPipeline
from thermal_depth_ros.nodes.camera.health import resident_mib

pytestmark = pytest.mark.ros


def test_states_and_what_they_hold(graph, thermal, monkeypatch):
    closed = []
    monkeypatch.setattr(PassthroughPipeline, 'close', lambda pipeline: closed.append(pipeline))
    node = graph.start(thermal, active=False)
    assert graph.state(node) == 'unconfigured'
    assert node.count_subscribers('thermal/image_raw') == 0
    graph.transition(node, 'configure')
    assert graph.state(node) == 'inactive'
    assert node.count_publishers('thermal/depth/image') == 1
    assert node.count_subscribers('thermal/image_raw') == 0
    graph.transition(node, 'activate')
    assert graph.state(node) == 'active'
    assert node.count_subscribers('thermal/image_raw') == 1
    assert graph.logged('configured: passthrough') and graph.logged('active: /thermal/image_raw')
    graph.transition(node, 'deactivate')
    assert node.count_subscribers('thermal/image_raw') == 0
    assert not closed
    graph.transition(node, 'cleanup')
    assert closed
    assert node.count_publishers('thermal/depth/image') == 0
    graph.transition(node, 'shutdown')
    assert graph.state(node) == 'finalized'


def test_autostart_reaches_active_by_itself(graph, rgb):
    node = graph.start(rgb, active=False, autostart=True)
    assert eventually(lambda: graph.state(node) == 'active')


@pytest.mark.parametrize(
    ('parameters', 'words'),
    [
        ({'network': 'bundle', 'bundle': 'no_such_bundle'}, 'no_such_bundle'),
        ({'min_depth_m': -3.0}, 'min_depth_m: -3.0 is below the minimum 0'),
        ({'min_depth_m': 50.0, 'max_depth_m': 20.0}, 'min_depth_m: 50 is not below max_depth_m'),
        ({'network': 'magic'}, "network: 'magic' is not one of bundle, passthrough"),
        ({'point_decimation': 'many'}, "point_decimation: 'many' is not a whole number"),
        (
            {'qos_overrides./thermal/depth/image.publisher.reliability': 'sometimes'},
            'sometimes',
        ),
    ],
)
def test_a_bad_setting_fails_with_its_reason(graph, thermal, parameters, words):
    node = graph.start(thermal, active=False, **parameters)
    graph.transition(node, 'configure', expect='FAILURE')
    assert graph.state(node) == 'unconfigured'
    assert graph.logged(words, level=40), graph.log()
    assert not [line for line in graph.log() if 'Traceback' in line]


def test_a_bad_setting_can_be_repaired(graph, thermal):
    from rclpy.parameter import Parameter

    node = graph.start(thermal, active=False, max_depth_m=-1.0)
    graph.transition(node, 'configure', expect='FAILURE')
    result = graph.spinner(node).call(
        lambda: node.set_parameters([Parameter('max_depth_m', value=30.0)])
    )
    assert result[0].successful
    graph.transition(node, 'configure')
    assert node.config.max_depth_m == 30.0


def test_a_failed_configuration_holds_nothing(graph, thermal):
    bad = {'qos_overrides./thermal/points.publisher.depth': -1}
    node = graph.start(thermal, active=False, **bad)
    before = len(list(node.publishers))
    graph.transition(node, 'configure', expect='FAILURE')
    assert len(list(node.publishers)) == before


def test_clouds_stay_within_their_bandwidth(graph, thermal):
    node = graph.start(thermal, point_bandwidth_mb_s=0.001)
    graph.send_info('thermal')
    graph.listen_outputs('thermal', 'points')
    assert graph.run_frames('thermal', 'thermal/points', 1)[0].height == 48
    graph.run_frames('thermal', 'thermal/points', 7)
    assert graph.heard['thermal/points'][-1].height < 48
    assert graph.logged(' instead of 1: the clouds would need ', level=30)
    assert eventually(
        lambda: 'instead of 1' in graph.part('thermal: outputs')[2]['point decimation']
    )
    assert node.config.point_decimation == 1

    from rclpy.parameter import Parameter

    setting = [Parameter('point_bandwidth_mb_s', value=0.0)]
    assert graph.spinner(node).call(lambda: node.set_parameters(setting))[0].successful
    graph.run_frames('thermal', 'thermal/points', 1)
    assert graph.heard['thermal/points'][-1].height == 48
    assert eventually(lambda: graph.part('thermal: outputs')[2]['point decimation'] == '1')


def test_an_error_while_letting_go_is_reported(graph, thermal, monkeypatch):
    def broken(pipeline):
        raise KeyError('handle')

    monkeypatch.setattr(PassthroughPipeline, 'close', broken)
    node = graph.start(thermal)
    graph.transition(node, 'deactivate')
    graph.transition(node, 'cleanup', expect='ERROR')
    assert graph.logged("cannot clean up: unexpected KeyError: 'handle'", level=40)
    assert graph.logged('Traceback (most recent call last):', level=40)
    monkeypatch.undo()
    graph.transition(node, 'configure')


def test_ten_cycles_leak_nothing(graph, thermal):
    node = graph.start(thermal, active=False)

    def cycle() -> None:
        for name in ('configure', 'activate', 'deactivate', 'cleanup'):
            graph.transition(node, name)

    def held() -> tuple[int, ...]:
        entities = (node.publishers, node.subscriptions, node.timers, node.services)
        return (
            threading.active_count(),
            *(len(list(found)) for found in entities),
            len(list(node.waitables)),
            len(node._managed_entities),
        )

    cycle()
    cycle()
    before, memory = held(), resident_mib()
    for _ in range(10):
        cycle()
    assert held() == before
    assert resident_mib() - memory < 15.0


def test_ten_cycles_with_a_network_let_go_of_it(graph, rgb, tiny_rgb_bundle):
    import torch

    node = graph.start(rgb, active=False, network='bundle', bundle=str(tiny_rgb_bundle))

    def cycle() -> None:
        graph.transition(node, 'configure')
        graph.transition(node, 'activate')
        if not graph.heard['rgb/depth/image']:
            graph.listen_outputs('rgb', 'depth')
        graph.run_frames('rgb', 'rgb/depth/image')
        graph.transition(node, 'deactivate')
        graph.transition(node, 'cleanup')

    def modules() -> int:
        gc.collect()
        return sum(issubclass(type(found), torch.nn.Module) for found in gc.get_objects())

    before = modules()
    cycle()
    assert modules() <= before, 'networks outlive the cleanup'
    threads = threading.active_count()
    for _ in range(9):
        cycle()
    assert threading.active_count() <= threads
    assert modules() <= before


def test_without_subscribers_nothing_is_computed(graph, thermal):
    node = graph.start(thermal)
    calls = []
    original = node.pipeline.process
    node.pipeline.process = lambda *args: calls.append(args) or original(*args)
    totals = node.health.totals.snapshot
    for count in range(1, 4):
        graph.send_image('thermal')
        assert eventually(lambda count=count: totals().get('unwanted') == count), totals()
    assert not calls
    graph.listen_outputs('thermal', 'confidence')
    graph.run_frames('thermal', 'thermal/depth/confidence')
    assert calls[0][1] == frozenset({'confidence'})


def test_depth_has_stamp_frame_size_and_encoding_of_the_contract(graph, thermal):
    graph.start(thermal)
    graph.listen_outputs('thermal', 'depth', 'camera_info', 'points')
    graph.send_info('thermal')
    depth = graph.run_frames('thermal', 'thermal/depth/image')[-1]
    assert (depth.encoding, depth.height, depth.width) == ('32FC1', 48, 64)
    assert depth.header.frame_id == 'thermal_optical'
    assert eventually(lambda: graph.heard['thermal/points'])
    info, cloud = graph.heard['thermal/depth/camera_info'][-1], graph.heard['thermal/points'][-1]
    assert info.header == depth.header == cloud.header
    assert (cloud.height, cloud.width, cloud.is_dense) == (48, 64, False)
    assert (info.width, info.height) == (64, 48)


def test_the_newest_frame_wins_and_the_rest_is_counted(graph, thermal):
    node = graph.start(thermal)
    graph.listen_outputs('thermal', 'depth')
    working, go_on = threading.Event(), threading.Event()
    original = node.pipeline.process

    def slow(*args):
        working.set()
        go_on.wait(100.0)
        return original(*args)

    graph.run_frames('thermal', 'thermal/depth/image')
    node.pipeline.process = slow
    first = graph.send_image('thermal')
    assert working.wait(60.0)
    stamps = [graph.send_image('thermal') for _ in range(4)]
    drops = node.health.drops.snapshot
    assert eventually(lambda: drops().get('replaced by a newer frame') == 3), drops()
    # The executor is not held up by the inference: a service is answered meanwhile.
    assert graph.spinner(node).call(lambda: 'answered') == 'answered'
    go_on.set()
    assert eventually(lambda: len(graph.heard['thermal/depth/image']) >= 3)
    seen = [
        m.header.stamp.sec * 10**9 + m.header.stamp.nanosec
        for m in graph.heard['thermal/depth/image'][-2:]
    ]
    assert seen == [first, stamps[-1]]


def test_an_unexpected_error_is_counted_and_the_node_continues(graph, thermal):
    node = graph.start(thermal)
    graph.listen_outputs('thermal', 'depth')
    original = node.pipeline.process

    def broken(*args):
        node.pipeline.process = original
        raise ZeroDivisionError('by chance')

    node.pipeline.process = broken
    graph.run_frames('thermal', 'thermal/depth/image')
    assert node.health.drops.snapshot()['unexpected error'] == 1
    assert graph.logged('unexpected ZeroDivisionError: by chance', level=30)
    assert graph.logged('in broken\n', level=30), 'the stack'
    assert eventually(lambda: graph.part('thermal: processing')[0] == 2)


def test_compressed_transport(graph, rgb):
    import cv2
    import numpy as np

    graph.start(rgb, image_transport='compressed')
    graph.listen_outputs('rgb', 'depth')
    picture = np.full((40, 60, 3), 90, np.uint8)
    ok, data = cv2.imencode('.jpg', picture)
    assert ok
    message = graph.types.CompressedImage(format='rgb8; jpeg compressed bgr8', data=data.tobytes())
    message.header = graph.image('rgb').header
    publisher = graph.publisher('rgb/image_raw/compressed', 'sensor_msgs/msg/CompressedImage')
    publisher.publish(message)
    assert eventually(lambda: graph.heard['rgb/depth/image'])
    assert graph.heard['rgb/depth/image'][0].width == 60
