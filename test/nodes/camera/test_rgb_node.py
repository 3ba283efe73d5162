# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Semantics of the RGB node."""

import numpy as np
import pytest

from helpers.waiting import eventually

pytestmark = pytest.mark.ros


def test_a_late_subscriber_gets_the_class_names(graph, rgb):
    graph.start(rgb)
    graph.listen('rgb/semantic/label_info', 'vision_msgs/msg/LabelInfo', latched=True)
    assert eventually(lambda: graph.heard['rgb/semantic/label_info'])
    info = graph.heard['rgb/semantic/label_info'][-1]
    names = {entry.class_id: entry.class_name for entry in info.class_map}
    assert names[10] == 'sky' and names[0] == 'road' and len(names) == 19
    assert info.threshold == 0.0


def test_the_threshold_in_label_info_follows_the_parameter(graph, rgb):
    from rclpy.parameter import Parameter

    node = graph.start(rgb)
    graph.listen('rgb/semantic/label_info', 'vision_msgs/msg/LabelInfo', latched=True)
    setting = [Parameter('semantic_min_confidence', value=0.25)]
    assert graph.spinner(node).call(lambda: node.set_parameters(setting))[0].successful
    heard = graph.heard['rgb/semantic/label_info']
    assert eventually(lambda: heard and heard[-1].threshold == 0.25)


def test_masks_have_the_size_the_stamp_and_the_frame_of_the_image(graph, rgb, tiny_rgb_bundle):
    graph.start(rgb, network='bundle', bundle=str(tiny_rgb_bundle))
    graph.send_info('rgb')
    keys = ('semantic', 'semantic_confidence', 'overlay', 'points', 'depth')
    graph.listen_outputs('rgb', *keys)
    mask = graph.run_frames('rgb', 'rgb/semantic/image', 2)[-1]
    assert (mask.encoding, mask.height, mask.width) == ('mono8', 48, 64)
    assert mask.header.frame_id == 'rgb_optical'
    ids = np.unique(np.frombuffer(mask.data, np.uint8))
    assert set(ids.tolist()) <= {*range(19), 255}
    others = ('rgb/semantic/confidence', 'rgb/semantic/overlay', 'rgb/points', 'rgb/depth/image')
    for topic in others:
        heard = graph.heard[topic]
        assert eventually(lambda heard=heard: [m for m in heard if m.header == mask.header]), topic
    assert graph.heard['rgb/semantic/confidence'][-1].encoding == '32FC1'
    assert graph.heard['rgb/semantic/overlay'][-1].encoding == 'rgb8'
    fields = [field.name for field in graph.heard['rgb/points'][-1].fields]
    assert fields == ['x', 'y', 'z', 'rgb', 'label', 'confidence']
