# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""The messages of the contract, from one frame's results, in both libraries."""

import dataclasses

import numpy as np
import pytest

from thermal_depth_ros.base import contract
from thermal_depth_ros.frames.config import RgbConfig, ThermalConfig
from thermal_depth_ros.frames.frame import (
    CameraFrame,
    DepthResult,
    MetricScale,
    OdometryResult,
    SemanticResult,
)
from thermal_depth_ros.frames.labels import LabelSet
from thermal_depth_ros.frames.plan import CameraOutput, FramePlan
from thermal_depth_ros.geometry.camera import PinholeCamera
from thermal_depth_ros.messages.bag_types import bag_typestore
from thermal_depth_ros.messages.cloud_reader import cloud_field
from thermal_depth_ros.messages.image import image_to_array
from thermal_depth_ros.messages.labels import label_names
from thermal_depth_ros.messages.outputs import OutputBuilder, ProcessedFrame
from thermal_depth_ros.messages.pictures import depth_colour
from thermal_depth_ros.messages.stamps import header_message, stamp_ns

HEIGHT, WIDTH, STAMP = 24, 32, 5_000_000_123
CAMERA = PinholeCamera(WIDTH, HEIGHT, 30.0, 31.0, 15.5, 11.5)
LABELS = LabelSet(('road', 'sky'), ((200, 0, 0), (0, 0, 200)))
CONFIGS = {contract.THERMAL: ThermalConfig(), contract.RGB: RgbConfig()}


@pytest.fixture(params=[contract.THERMAL, contract.RGB])
def kind(request):
    return request.param


def a_frame(kind):
    random = np.random.default_rng(3)
    if kind == contract.THERMAL:
        image = random.integers(0, 2**16, (HEIGHT, WIDTH), dtype=np.uint16)
    else:
        image = random.integers(0, 256, (HEIGHT, WIDTH, 3), dtype=np.uint8)
    return CameraFrame(STAMP, 'camera_optical', image, CAMERA)


def an_output(kind):
    random = np.random.default_rng(4)
    depth = random.uniform(0.5, 60, (HEIGHT, WIDTH)).astype(np.float32)
    depth[0], depth[1], depth[2] = np.inf, np.nan, -np.inf
    confidence = random.random((HEIGHT, WIDTH), dtype=np.float32)
    thermal = kind == contract.THERMAL
    labels = random.integers(0, 2, (HEIGHT, WIDTH), dtype=np.uint8)
    motion = OdometryResult(
        np.eye(4), np.zeros(6), np.full((6, 6), 0.5), np.full((6, 6), 0.25), 'tracking'
    )
    return CameraOutput(
        depth=DepthResult(depth, confidence),
        semantics=None if thermal else SemanticResult(labels, confidence[::-1].copy()),
        odometry=motion if thermal else None,
        scale=MetricScale(1.0, False, ''),
        timings_ms={},
        plan=FramePlan(frozenset(contract.OUTPUTS[kind])),
    )


def an_info(types):
    return types.CameraInfo(
        header=header_message(types, 1, 'another_frame'),
        height=HEIGHT,
        width=WIDTH,
        distortion_model='plumb_bob',
        d=types.doubles([0.0] * 5),
        k=CAMERA.K.reshape(-1),
        r=np.eye(3).reshape(-1),
        p=np.arange(12.0),
        binning_x=0,
        binning_y=0,
        roi=types.RegionOfInterest(x_offset=0, y_offset=0, height=0, width=0, do_rectify=False),
    )


def build(types, kind, output=None, wanted=None, labels=LABELS, config=None):
    output = output or an_output(kind)
    if wanted is not None:
        output = dataclasses.replace(output, plan=FramePlan(frozenset(wanted)))
    made = ProcessedFrame(a_frame(kind), output, an_info(types), config or CONFIGS[kind])
    return OutputBuilder(types, labels).build(made)


def test_every_output_of_the_contract_is_made_with_its_stamp_and_frame(types, kind):
    made = build(types, kind)
    assert set(made) == set(contract.OUTPUTS[kind])
    for key, message in made.items():
        assert isinstance(message, types.message_class(contract.OUTPUTS[kind][key].type))
        header = message.transforms[0].header if key == 'tf' else message.header
        assert stamp_ns(header) == STAMP
        assert header.frame_id == ('odom' if key in ('tf', 'odometry') else 'camera_optical')


def test_only_what_is_wanted_is_made(types, kind):
    assert build(types, kind, wanted=()) == {}
    for key in contract.OUTPUTS[kind]:
        assert set(build(types, kind, wanted=[key])) == {key}


def test_encodings_and_content(types, kind):
    output, made = an_output(kind), build(types, kind)
    assert made['depth'].encoding == made['confidence'].encoding == '32FC1'
    np.testing.assert_array_equal(image_to_array(made['depth']), output.depth.depth_m)
    np.testing.assert_array_equal(image_to_array(made['confidence']), output.depth.confidence)
    np.testing.assert_array_equal(made['camera_info'].p, np.arange(12.0))
    z = cloud_field(made['points'], 'z')
    np.testing.assert_array_equal(z[3:], output.depth.depth_m[3:])
    assert np.isnan(z[:3]).all()


def test_thermal_content(types):
    made = build(types, contract.THERMAL)
    frame, output = a_frame(contract.THERMAL), an_output(contract.THERMAL)
    np.testing.assert_array_equal(cloud_field(made['points'], 'intensity'), frame.image)
    assert made['colour'].encoding == 'rgb8'
    config = CONFIGS[contract.THERMAL]
    colours = depth_colour(output.depth.depth_m, config.min_depth_m, config.max_depth_m)
    np.testing.assert_array_equal(image_to_array(made['colour']), colours)
    assert made['odometry'].child_frame_id == 'base_link'
    assert list(made['odometry'].pose.covariance) == [0.5] * 36
    assert list(made['odometry'].twist.covariance) == [0.25] * 36
    assert made['tf'].transforms[0].child_frame_id == 'base_link'


def test_rgb_content(types):
    made = build(types, contract.RGB, config=RgbConfig(semantic_min_confidence=0.5))
    output = an_output(contract.RGB)
    assert made['semantic'].encoding == 'mono8'
    np.testing.assert_array_equal(image_to_array(made['semantic']), output.semantics.labels)
    confidence = image_to_array(made['semantic_confidence'])
    np.testing.assert_array_equal(confidence, output.semantics.confidence)
    assert label_names(made['label_info']) == {0: 'road', 1: 'sky'}
    assert made['label_info'].threshold == 0.5
    assert made['overlay'].encoding == 'rgb8'
    np.testing.assert_array_equal(cloud_field(made['points'], 'label'), output.semantics.labels)
    confidence = cloud_field(made['points'], 'confidence')
    np.testing.assert_array_equal(confidence, output.depth.confidence)


def test_the_cloud_follows_a_camera_that_changes(types):
    builder, config = OutputBuilder(types, None), ThermalConfig()
    output = dataclasses.replace(an_output(contract.THERMAL), plan=FramePlan(frozenset({'points'})))
    frame = a_frame(contract.THERMAL)
    for cx in (15.5, 15.5, 3.0):
        moved = dataclasses.replace(frame, camera=dataclasses.replace(CAMERA, cx=cx))
        points = builder.build(ProcessedFrame(moved, output, None, config))['points']
        x, z = cloud_field(points, 'x')[3:], output.depth.depth_m[3:]
        np.testing.assert_allclose(x, (np.arange(WIDTH) - cx) / CAMERA.fx * z, rtol=1e-5)


def test_a_cloud_without_semantics_has_the_same_fields(types):
    output = dataclasses.replace(an_output(contract.RGB), semantics=None)
    points = build(types, contract.RGB, output, wanted=['points'])['points']
    assert (cloud_field(points, 'label') == contract.UNLABELLED).all()


@pytest.mark.parametrize(
    ('fields', 'thermal', 'rgb'),
    [
        ('all', ['intensity'], ['rgb', 'label', 'confidence']),
        ('image', ['intensity'], ['rgb']),
        ('xyz', [], []),
    ],
)
def test_fields_of_the_cloud(types, kind, fields, thermal, rgb):
    output, config = an_output(kind), dataclasses.replace(CONFIGS[kind], point_fields=fields)
    if fields != 'all':  # neither is then in the plan
        depth = dataclasses.replace(output.depth, confidence=None)
        output = dataclasses.replace(output, depth=depth, semantics=None)
    points = build(types, kind, output, wanted=['points'], config=config)['points']
    names = ['x', 'y', 'z', *(thermal if kind == contract.THERMAL else rgb)]
    assert [field.name for field in points.fields] == names
    assert points.point_step == 4 * len(names)


def test_settings_are_followed(types, kind):
    config = dataclasses.replace(CONFIGS[kind], point_decimation=4)
    points = build(types, kind, config=config)['points']
    assert (points.height, points.width) == (HEIGHT // 4, WIDTH // 4)
    config = dataclasses.replace(CONFIGS[kind], point_layout='unorganised')
    points = build(types, kind, config=config)['points']
    assert (points.height, points.width) == (1, (HEIGHT - 3) * WIDTH)
    if kind == contract.THERMAL:
        config = ThermalConfig(odom_frame='o', base_frame='b')
        made = build(types, kind, config=config)
        assert made['odometry'].header.frame_id == made['tf'].transforms[0].header.frame_id == 'o'
        assert made['odometry'].child_frame_id == made['tf'].transforms[0].child_frame_id == 'b'


@pytest.mark.ros
def test_both_libraries_write_the_same_bytes(bag, ros, kind):
    from rclpy.serialization import deserialize_message, serialize_message

    store = bag_typestore()
    for key, message in build(bag, kind).items():
        name = contract.OUTPUTS[kind][key].type
        from_bag = bytes(store.serialize_cdr(message, name))
        from_ros = serialize_message(build(ros, kind)[key])
        # rclpy leaves arbitrary bytes between the fields: write both again with one library.
        again = bytes(store.serialize_cdr(store.deserialize_cdr(from_ros, name), name))
        assert again == from_bag, key
        assert len(from_ros) == len(from_bag), key
        cls = ros.message_class(name)
        assert deserialize_message(from_bag, cls) == deserialize_message(from_ros, cls), key
