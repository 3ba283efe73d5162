# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Every kind of bad input: one warning with topic and value, a counter, and the node continues."""

import math

import numpy as np
import pytest

from helpers.waiting import eventually

pytestmark = pytest.mark.ros

TOPIC = '/thermal/image_raw'


def _bad(**fields):
    return lambda graph: graph.image('thermal', **fields)


def _short(graph):
    message = graph.image('thermal')
    message.data = message.data[:-7]
    return message


def _long(graph):
    message = graph.image('thermal')
    message.data = graph.types.octets(len(message.data) + 5)[0]
    return message


@pytest.mark.parametrize(
    ('make', 'reason', 'value'),
    [
        (_short, 'bad len(data)', '6137'),
        (_long, 'bad len(data)', '6149'),
        (_bad(height=0), 'bad height', '0'),
        (_bad(width=0), 'bad width', '0'),
        (_bad(encoding='mono17'), 'bad encoding', 'mono17'),
        (_bad(pixels=np.ones((48, 64), np.uint16), encoding='8SC2'), 'bad encoding', '8SC2'),
        (_bad(step=10), 'bad step', '10'),
        (_bad(height=2**32 - 1, width=2**31 - 1, step=2**32 - 1), None, '429496729'),
        (_bad(stamp_ns=0), 'zero stamp', '0.000000000'),
    ],
    ids=[
        'short',
        'long',
        'no rows',
        'no columns',
        'unknown encoding',
        'signed',
        'step',
        'huge',
        'zero stamp',
    ],
)
def test_a_bad_frame_is_dropped_counted_and_reported(graph, thermal, make, reason, value):
    node = graph.start(thermal)
    graph.listen_outputs('thermal', 'depth')
    graph.run_frames('thermal', 'thermal/depth/image')
    before = len(graph.heard['thermal/depth/image'])
    for _ in range(3):
        graph.send_image('thermal', make(graph))
        eventually(lambda: False, 0.05)
    drops = node.health.drops.snapshot
    assert eventually(lambda: sum(drops().values()) == 3), drops()
    if reason:
        assert drops() == {reason: 3}
    warnings = [line for line in graph.log(30) if line.startswith(f'{TOPIC}: frame dropped')]
    assert len(warnings) == 1, warnings
    assert value in warnings[0]
    graph.run_frames('thermal', 'thermal/depth/image', 2)
    assert len(graph.heard['thermal/depth/image']) == before + 2
    key = f'dropped: {reason or next(iter(drops()))}'
    assert eventually(lambda: graph.part('thermal: input')[2].get(key) == '3')


def test_bytes_that_are_no_message_are_counted_and_reported(graph, thermal):
    from rclpy.serialization import serialize_message

    node = graph.start(thermal)
    graph.listen_outputs('thermal', 'depth')
    graph.run_frames('thermal', 'thermal/depth/image')
    drops = node.health.drops.snapshot
    images = graph.publisher('thermal/image_raw', 'sensor_msgs/msg/Image')
    infos = graph.publisher('thermal/camera_info', 'sensor_msgs/msg/CameraInfo')
    whole = serialize_message(graph.image('thermal'))
    assert eventually(lambda: images.get_subscription_count() and infos.get_subscription_count())
    for number, data in enumerate((whole[:40], b'\0\1\0\0' + b'\xff' * 300, b'\0\1'), 1):
        images.publish(data)
        assert eventually(lambda number=number: drops().get('damaged message') == number), drops()
    infos.publish(b'\0\1\0\0' + b'\xff' * 300)
    assert eventually(lambda: node.health.bad_infos.snapshot() == {'damaged message': 1})
    warnings = graph.log(30)
    assert sum('frame dropped, damaged message: 40 bytes' in line for line in warnings) == 1
    assert any(line.startswith('/thermal/camera_info: damaged message') for line in warnings)
    assert eventually(
        lambda: graph.part('thermal: input')[2].get('dropped: damaged message') == '3'
    )
    graph.run_frames('thermal', 'thermal/depth/image', 2)


def test_hostile_compressed_images(graph, rgb):
    import cv2

    node = graph.start(rgb, image_transport='compressed')
    drops = node.health.drops.snapshot
    graph.listen_outputs('rgb', 'depth')
    publisher = graph.publisher('rgb/image_raw/compressed', 'sensor_msgs/msg/CompressedImage')
    good = cv2.imencode('.png', np.zeros((48, 64, 3), np.uint8))[1].tobytes()
    huge = bytearray(good)
    huge[16:24] = (0x7FFFFFFF).to_bytes(4, 'big') * 2  # width and height in the header
    noise = np.random.default_rng(0).integers(0, 255, (48, 64, 3), np.uint8)
    jpeg = cv2.imencode('.jpg', noise)[1].tobytes()
    half = jpeg[: len(jpeg) // 2] + b'\xff\xd9'
    claim = bytearray(jpeg)
    size = claim.index(b'\xff\xc0') + 5
    claim[size : size + 4] = (8000).to_bytes(2, 'big') * 2

    def send(data: bytes) -> None:
        header = graph.image('rgb').header
        publisher.publish(graph.types.CompressedImage(header=header, format='png', data=data))

    hostile = (b'', good[:20], b'\xff\xd8\xff' + bytes(50), bytes(huge), half, bytes(claim))
    for number, data in enumerate(hostile, 1):
        send(data)
        assert eventually(lambda number=number: sum(drops().values()) == number), drops()
    assert not graph.heard['rgb/depth/image']
    send(good)
    assert eventually(lambda: graph.heard['rgb/depth/image'])
    assert graph.logged('/rgb/image_raw/compressed: frame dropped', level=30)
    assert drops()['bad data'] >= 3  # also what a decoder would fill in, or take gigabytes for


def test_no_camera_info_depth_continues(graph, thermal):
    node = graph.start(thermal)
    graph.listen_outputs('thermal', 'depth', 'points', 'camera_info')
    assert eventually(
        lambda: graph.run_frames('thermal', 'thermal/depth/image') and graph.log(30)[1:]
    )
    assert not graph.heard['thermal/points'] and not graph.heard['thermal/depth/camera_info']
    assert graph.logged('camera_info of /thermal/image_raw: no camera_info', level=30)
    assert 'none received on /thermal/camera_info' in graph_status(graph, eventually)[1]
    # It may come late.
    graph.send_info('thermal')
    graph.run_frames('thermal', 'thermal/points')
    assert eventually(lambda: graph.part('thermal: camera_info')[0] == 0)
    assert not node.health.withheld


@pytest.mark.parametrize(
    ('fields', 'words'),
    [
        ({'k': [0.0] * 9}, 'uncalibrated'),
        ({'k': [math.nan] * 9}, 'uncalibrated'),
        ({'width': 320, 'height': 240}, '320x240'),
        ({'distortion_model': 'cubist', 'd': [0.1, 0.1, 0.1, 0.1]}, 'cubist'),
    ],
    ids=['zero', 'nan', 'size', 'distortion'],
)
def test_useless_camera_info_depth_continues(graph, thermal, fields, words):
    graph.start(thermal)
    if 'd' in fields:
        fields = fields | {'d': graph.types.doubles(fields['d'])}
    graph.listen_outputs('thermal', 'depth', 'points')
    message = graph.info('thermal', **fields)
    publisher = graph.publisher('thermal/camera_info', 'sensor_msgs/msg/CameraInfo')
    publisher.publish(message)
    node = graph.spinners[0].node
    assert eventually(lambda: node._inputs.info is not None)
    graph.run_frames('thermal', 'thermal/depth/image', 2)
    assert not graph.heard['thermal/points']
    assert graph.logged(words, level=30), graph.log()
    assert eventually(lambda: graph.part('thermal: camera_info')[0] == 1)
    assert eventually(lambda: words in str(graph.part('thermal: camera_info'))), graph.part(
        'thermal: camera_info'
    )


def test_resolution_may_change_in_mid_stream(graph, thermal):
    graph.start(thermal)
    graph.send_info('thermal', shape=(48, 64))
    graph.listen_outputs('thermal', 'depth', 'points', 'camera_info')
    graph.run_frames('thermal', 'thermal/points', shape=(48, 64))
    infos = len(graph.heard['thermal/depth/camera_info'])
    graph.run_frames('thermal', 'thermal/depth/image', 2, shape=(30, 40))
    depth = graph.heard['thermal/depth/image'][-1]
    assert (depth.height, depth.width) == (30, 40)
    # The camera_info of the old size does not go with depth of the new one.
    assert len(graph.heard['thermal/depth/camera_info']) == infos
    assert graph.logged('camera_info is for 64x48, the image is 40x30', level=30)
    clouds = len(graph.heard['thermal/points'])
    graph.send_info('thermal', shape=(30, 40))
    graph.run_frames('thermal', 'thermal/points', shape=(30, 40))
    assert graph.heard['thermal/points'][clouds].width == 40


def test_a_foreign_frame_id_is_reported(graph, thermal):
    graph.start(thermal)
    graph.send_info('thermal')
    graph.listen_outputs('thermal', 'depth')
    graph.run_frames('thermal', 'thermal/depth/image', frame_id='camera_7')
    assert graph.logged("'camera_7' is not that of its camera_info, 'thermal_optical'", level=30)


def test_silence_is_reported_with_topic_qos_and_cause(graph, thermal):
    graph.start(thermal, stale_after_s=0.3)
    assert graph.logged('on /thermal/image_raw (sensor_msgs/msg/Image, best effort', level=30)
    assert graph.logged('it has no publisher', level=30)
    assert eventually(lambda: graph.part('thermal: input')[0] == 1)
    graph.listen_outputs('thermal', 'depth')
    graph.run_frames('thermal', 'thermal/depth/image')
    assert eventually(lambda: 'no image' not in graph.part('thermal: input')[1])


def test_another_type_on_the_topic_is_reported(graph, thermal):
    import rclpy
    from rclpy.context import Context

    foreign = Context()  # one DDS participant cannot have both types on a topic
    rclpy.init(args=[], context=foreign, domain_id=graph.domain)
    node = rclpy.create_node('foreign', context=foreign)
    message_class = graph.types.message_class('sensor_msgs/msg/CompressedImage')
    node.create_publisher(message_class, 'thermal/image_raw', 1)
    try:
        graph.start(thermal, stale_after_s=0.5)
        assert graph.logged('it is published as sensor_msgs/msg/CompressedImage', level=30)
    finally:
        node.destroy_node()
        foreign.try_shutdown()


def graph_status(graph, eventually):
    assert eventually(lambda: graph.part('thermal: camera_info'))
    return graph.part('thermal: camera_info')
