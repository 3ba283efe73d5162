# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Remapping of image topics works as with image_transport."""

import pytest

from helpers.waiting import eventually

pytestmark = pytest.mark.ros


@pytest.mark.parametrize(
    ('transport', 'rules', 'expected'),
    [
        ('raw', {}, '/car/thermal/image_raw'),
        ('compressed', {}, '/car/thermal/image_raw/compressed'),
        ('raw', {'thermal/image_raw': '/boson/image_raw'}, '/boson/image_raw'),
        ('compressed', {'thermal/image_raw': '/boson/image_raw'}, '/boson/image_raw/compressed'),
        ('compressed', {'thermal/image_raw': 'boson'}, '/car/boson/compressed'),
        ('compressed', {'thermal/image_raw/compressed': '/jpegs'}, '/jpegs'),
        (
            'compressed',
            {'thermal/image_raw': '/boson', 'thermal/image_raw/compressed': '/jpegs'},
            '/jpegs',
        ),
    ],
)
def test_a_remapped_base_topic_moves_all_transports(domain_id, transport, rules, expected):
    import rclpy
    from rclpy.context import Context

    from thermal_depth_ros.nodes.camera.topic_names import input_image_topic

    context = Context()
    rclpy.init(args=[], context=context, domain_id=domain_id)
    remappings = [part for rule in rules.items() for part in ('-r', ':='.join(rule))]
    node = rclpy.create_node(
        'thermal', namespace='car', context=context, cli_args=['--ros-args', *remappings]
    )
    try:
        name = input_image_topic(node, 'thermal', transport)
        assert node.resolve_topic_name(name) == expected
    finally:
        node.destroy_node()
        context.try_shutdown()


def test_compressed_images_arrive_over_a_remapped_base_topic(graph, rgb):
    import functools

    import cv2
    import numpy as np

    remapped = functools.partial(rgb, cli_args=['--ros-args', '-r', 'rgb/image_raw:=/front/image'])
    graph.start(remapped, image_transport='compressed')
    graph.listen_outputs('rgb', 'depth')
    publisher = graph.publisher('/front/image/compressed', 'sensor_msgs/msg/CompressedImage')
    picture = cv2.imencode('.png', np.zeros((48, 64, 3), np.uint8))[1].tobytes()

    def arrives():
        header = graph.image('rgb').header
        publisher.publish(graph.types.CompressedImage(header=header, format='png', data=picture))
        return graph.heard['rgb/depth/image']

    assert eventually(arrives)
    assert eventually(lambda: graph.part('rgb: input')[2]['topic'] == '/front/image/compressed')
