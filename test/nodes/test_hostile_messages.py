# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Messages that no robot should send: nothing dies, each is counted, the log stays readable."""

import math

import pytest

from helpers.waiting import eventually

pytestmark = pytest.mark.ros

NAN, INF = math.nan, math.inf
TF = 'tf2_msgs/msg/TFMessage'
FORWARD = (-0.5, 0.5, -0.5, 0.5)
EVIL_TEXTS = (
    '\x1b[2J\x1b]0;title\x07',
    'a\n[ERROR] [1.0] [thermal]: forged',
    'x' * 300_000,
    '\u202egnp.exe',
    '%s%n{0}',
)


def _profile(static):
    from thermal_depth_ros.nodes.qos import transform_qos

    return transform_qos(static)


def _transform(types, parent, child, translation=(0.0, 0.0, 1.0), rotation=FORWARD):
    from thermal_depth_ros.messages.stamps import header_message

    x, y, z, w = rotation
    tx, ty, tz = translation
    return types.TransformStamped(
        header=header_message(types, 0, parent),
        child_frame_id=child,
        transform=types.Transform(
            translation=types.Vector3(x=tx, y=ty, z=tz),
            rotation=types.Quaternion(x=x, y=y, z=z, w=w),
        ),
    )


def _log_is_clean(graph):
    lines = graph.log()
    assert all(line.isprintable() for line in lines), [x for x in lines if not x.isprintable()]
    assert max(map(len, lines)) < 5000
    assert not graph.log(40), graph.log(40)
    assert not [line for line in lines if 'unexpected' in line]


def _images(graph):
    """Give images with a wrong field each, and the reason each is dropped for; None: taken."""
    for text in EVIL_TEXTS:
        yield 'bad encoding', graph.image('thermal', encoding=text)
        yield None, graph.image('thermal', frame_id=text)
    yield 'bad step', graph.image('thermal', encoding='64FC1')
    for encoding in ('nv12', '16SC1 '):
        yield 'bad encoding', graph.image('thermal', encoding=encoding)
    for step in (0, 1, 127):
        yield 'bad step', graph.image('thermal', step=step)
    yield 'bad len(data)', graph.image('thermal', step=2**32 - 1)
    for length in (0, 1, 6143, 6145):
        message = graph.image('thermal')
        message.data = graph.types.octets(length)[0]
        yield 'bad len(data)', message


def test_images(graph, thermal):
    node = graph.start(thermal, warn_period_s=0.5)
    graph.send_info('thermal')
    graph.listen_outputs('thermal', 'depth')
    graph.run_frames('thermal', 'thermal/depth/image')
    expected: dict[str, int] = {}
    health = node.health
    for reason, message in _images(graph):
        done = health.totals.snapshot()['published'] + sum(health.drops.snapshot().values())
        graph.send_image('thermal', message)
        assert eventually(
            lambda done=done: (
                health.totals.snapshot()['published'] + sum(health.drops.snapshot().values()) > done
            ),
            30,
        )
        if reason:
            expected[reason] = expected.get(reason, 0) + 1
    assert health.drops.snapshot() == expected
    graph.run_frames('thermal', 'thermal/depth/image', 3)
    _log_is_clean(graph)


@pytest.mark.parametrize(
    ('sec', 'nanosec'),
    [(-1, 0), (-(2**31), 0), (2**31 - 1, 4_294_967_295), (2**31 - 1, 0), (5, 0), (0, 1)],
)
def test_a_single_wild_stamp_costs_two_frames_at_most(graph, thermal, sec, nanosec):
    graph.start(thermal)
    graph.listen_outputs('thermal', 'depth')
    graph.run_frames('thermal', 'thermal/depth/image', 2)
    message = graph.image('thermal')
    message.header.stamp.sec, message.header.stamp.nanosec = sec, nanosec
    graph.send_image('thermal', message)
    before = len(graph.heard['thermal/depth/image'])
    for _ in range(6):
        graph.send_image('thermal')
        eventually(lambda: False, 0.1)
    assert eventually(lambda: len(graph.heard['thermal/depth/image']) >= before + 4)
    _log_is_clean(graph)


def _infos(graph):
    """Give unusable camera_info messages, each with the field it is counted under."""
    for place, field in ((0, 'fx'), (2, 'cx'), (4, 'fy'), (5, 'cy')):
        for value in (NAN, INF, -INF, 1e300, *((0.0, -50.0, 1e-300) if field[0] == 'f' else ())):
            k = [50.0, 0.0, 31.5, 0.0, 50.0, 23.5, 0.0, 0.0, 1.0]
            k[place] = value
            yield field, graph.info('thermal', k=k)
    for length in (1, 2, 3, 7, 100_000):
        yield 'len(D)', graph.info('thermal', d=graph.types.doubles([0.1] * length))
    for value in (NAN, INF, 1e300):
        yield 'a distortion', graph.info('thermal', d=graph.types.doubles([value] * 5))
    for text in EVIL_TEXTS:
        coefficients = graph.types.doubles([0.1] * 5)
        yield 'distortion_model', graph.info('thermal', distortion_model=text, d=coefficients)
    whole = {'x_offset': 0, 'y_offset': 0, 'height': 48, 'width': 64, 'do_rectify': False}
    for wild in ({'x_offset': 2**32 - 1}, {'width': 2**32 - 1}, {'y_offset': 1}):
        roi = graph.types.RegionOfInterest(**(whole | wild))
        yield 'roi', graph.info('thermal', roi=roi)
    yield 'binning_x', graph.info('thermal', binning_x=2**32 - 1)


def test_camera_infos(graph, thermal):
    node = graph.start(thermal, warn_period_s=0.5)
    graph.send_info('thermal')
    graph.listen_outputs('thermal', 'depth', 'points')
    graph.run_frames('thermal', 'thermal/points')
    sent = []
    publisher = graph.publisher('thermal/camera_info', 'sensor_msgs/msg/CameraInfo')
    for field, message in _infos(graph):
        sent.append(field)
        publisher.publish(message)
        total = len(sent)
        assert eventually(
            lambda total=total: sum(node.health.bad_infos.snapshot().values()) == total, 30
        ), (field, node.health.bad_infos.snapshot())
        clouds = len(graph.heard['thermal/points'])
        graph.run_frames('thermal', 'thermal/depth/image')
        assert len(graph.heard['thermal/points']) == clouds, field
    counted = node.health.bad_infos.snapshot()
    for field in set(sent):
        assert sum(n for key, n in counted.items() if field in key) == sent.count(field), counted
    graph.send_info('thermal')
    graph.run_frames('thermal', 'thermal/points')
    assert eventually(lambda: graph.part('thermal: camera_info')[0] == 0)
    _log_is_clean(graph)


def test_transforms(graph, thermal):
    types, node = graph.types, graph.start(thermal, warn_period_s=0.5)
    graph.send_info('thermal')
    publisher = graph.publisher('/tf', TF, _profile(static=False))
    camera = ('base_link', 'thermal_optical')
    rotations = [
        _transform(types, *camera, rotation=q)
        for q in ((0.0,) * 4, (NAN,) * 4, (INF, 0.0, 0.0, 1.0), (1e200, 0.0, 0.0, 1e200))
    ]
    translations = [
        _transform(types, *camera, translation=t) for t in ((NAN, 0.0, 0.0), (INF, 0.0, 0.0))
    ]
    frames = [
        _transform(types, *camera, translation=(1e308, 1e308, 1e308)),
        _transform(types, '', 'thermal_optical'),
        _transform(types, 'thermal_optical', '/thermal_optical'),
        _transform(types, 'x' * 300_000, 'thermal_optical'),
    ]
    for bad in (*rotations, *translations, *frames):
        publisher.publish(types.TFMessage(transforms=[bad]))
    expected = {
        'bad rotation': len(rotations),
        'bad translation': len(translations),
        'bad frames': len(frames),
    }
    listener = node._transforms
    assert eventually(lambda: listener.refused.snapshot() == expected, 30), (
        listener.refused.snapshot()
    )
    assert eventually(
        lambda: graph.part('thermal: transforms')[2].get('refused: bad rotation') == '4'
    )
    # A loop, evil names, and a rotation that is only not normalised.
    good = _transform(types, *camera, rotation=tuple(3 * part for part in FORWARD))
    loop = [_transform(types, 'a', 'b'), _transform(types, 'b', 'a')]
    named = [_transform(types, 'a', text) for text in EVIL_TEXTS if len(text) < 256]
    publisher.publish(types.TFMessage(transforms=[*loop, *named, good]))
    graph.listen_outputs('thermal', 'odometry')
    graph.run_frames('thermal', 'odometry')
    _log_is_clean(graph)


def test_ever_new_frames_fill_neither_log_nor_diagnostics_nor_memory(graph, thermal):
    from rclpy.serialization import serialize_message

    types, node = graph.types, graph.start(thermal)
    graph.send_transform('base_link', 'thermal_optical', (0.0, 0.0, 1.0), FORWARD)
    graph.send_info('thermal')
    graph.listen_outputs('thermal', 'odometry', 'depth')
    graph.run_frames('thermal', 'odometry')
    publisher = graph.publisher('/tf', TF, _profile(static=False))
    lines = len(graph.log())
    for first in range(0, 20_000, 500):
        transforms = [
            _transform(types, 'world\n', f'\x1b[31m{n}', rotation=(0.0, 0.0, 0.0, float(n % 2)))
            for n in range(first, first + 500)
        ]
        publisher.publish(types.TFMessage(transforms=transforms))
        refused = first // 2 + 250
        assert eventually(
            lambda refused=refused: sum(node._transforms.refused.snapshot().values()) == refused,
            60,
        )
    graph.run_frames('thermal', 'thermal/depth/image', frame_id='nowhere')
    reports = len(graph.heard['/diagnostics'])
    assert eventually(lambda: len(graph.heard['/diagnostics']) > reports + 2)
    assert len(serialize_message(graph.heard['/diagnostics'][-1])) < 20_000
    assert len(node._transforms._tree) < 3000
    assert sum(map(len, graph.log()[lines:])) < 50_000
    graph.run_frames('thermal', 'odometry')  # the mount was latched before the flood
    _log_is_clean(graph)


@pytest.mark.parametrize('value', [NAN, INF, -INF, 1e308])
def test_wheels(graph, thermal, tiny_thermal_bundle, value):
    types = graph.types
    bundle = {'network': 'bundle', 'bundle': str(tiny_thermal_bundle)}
    node = graph.start(thermal, scale_source='wheel', **bundle)
    publisher = graph.publisher('wheel/odometry', 'nav_msgs/msg/Odometry')
    for text in EVIL_TEXTS:
        pose = types.Pose(
            position=types.Point(x=value, y=0.0, z=0.0),
            orientation=types.Quaternion(x=0.0, y=0.0, z=0.0, w=0.0),
        )
        message = types.Odometry(
            header=graph.image('thermal').header, pose=types.PoseWithCovariance(pose=pose)
        )
        message.header.frame_id = message.child_frame_id = text
        publisher.publish(message)
    count = len(EVIL_TEXTS)
    wheel = node._wheel_input
    assert eventually(lambda: wheel.topic.count == count, 30)
    assert wheel.refused.snapshot() == {'position not finite or beyond 1e9 m': count}
    assert eventually(lambda: str(count) in graph.part('thermal: wheel odometry')[2].values())
    _log_is_clean(graph)
