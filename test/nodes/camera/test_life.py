# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""A camera that cannot be configured is seen on /diagnostics and does what it was told to."""

import functools

import numpy as np
import pytest

from helpers.waiting import eventually

pytestmark = pytest.mark.ros
OK, WARN, ERROR = 0, 1, 2
FOLLOWED = 'lost'  # what passthrough says of each frame that it is asked about
MISSING = {'network': 'bundle', 'bundle': 'no_such_bundle', 'autostart': True}


def lifecycle(graph, kind='thermal'):
    return graph.part(f'{kind}: lifecycle') or (None, '', {})


def test_a_camera_that_cannot_be_configured_says_why_on_the_diagnostics(graph, rgb):
    node = graph.start(rgb, active=False, **MISSING)
    assert eventually(lambda: lifecycle(graph, 'rgb')[0] == ERROR)
    _, message, values = lifecycle(graph, 'rgb')
    assert message.startswith('cannot configure: ') and 'no_such_bundle' in message
    assert 'stay' in message
    assert values == {'state': 'unconfigured', 'failed transitions': '1'}
    assert graph.state(node) == 'unconfigured' and node.exit_code == 0


def test_the_reason_goes_when_a_user_has_put_it_right(
    graph, thermal, tiny_thermal_bundle, tmp_path
):
    node = graph.start(thermal, active=False, **(MISSING | {'bundle': str(tmp_path / 'late')}))
    assert eventually(lambda: lifecycle(graph)[0] == ERROR)
    (tmp_path / 'late').symlink_to(tiny_thermal_bundle)
    graph.transition(node, 'configure')
    assert eventually(lambda: lifecycle(graph)[:2] == (OK, 'inactive'))
    assert lifecycle(graph)[2]['failed transitions'] == '1'


def test_it_is_tried_again_until_it_works(graph, thermal, tiny_thermal_bundle, tmp_path):
    late = tmp_path / 'late'
    node = graph.start(
        thermal,
        active=False,
        **(MISSING | {'bundle': str(late)}),
        on_configure_failure='retry',
        retry_period_s=0.1,
    )
    assert eventually(lambda: int(lifecycle(graph)[2].get('failed transitions', 0)) >= 3)
    assert 'tried again every 0.1 s' in lifecycle(graph)[1]
    late.symlink_to(tiny_thermal_bundle)
    assert eventually(lambda: graph.state(node) == 'active', 60.0), graph.log()
    assert eventually(lambda: lifecycle(graph)[:2] == (OK, 'active'))


def test_retries_end_when_another_client_configures(graph, thermal, tiny_thermal_bundle, tmp_path):
    late = tmp_path / 'late'
    node = graph.start(
        thermal,
        active=False,
        **(MISSING | {'bundle': str(late)}),
        on_configure_failure='retry',
        retry_period_s=0.5,
    )
    assert eventually(lambda: lifecycle(graph)[0] == ERROR)
    late.symlink_to(tiny_thermal_bundle)
    graph.transition(node, 'configure')
    assert not eventually(lambda: graph.state(node) != 'inactive', 1.5)


def test_it_asks_to_end_the_process(graph, thermal):
    left = []
    node = graph.start(
        functools.partial(thermal, leave=lambda: left.append(True)),
        active=False,
        **MISSING,
        on_configure_failure='exit',
    )
    assert eventually(lambda: left == [True])
    assert node.exit_code == 1


def test_every_state_is_reported_and_names_the_hardware(graph, thermal, rgb):
    node = graph.start(thermal, active=False)
    graph.start(rgb, hardware_id='serial 7')

    def hardware(part):
        for array in reversed(graph.heard['/diagnostics']):
            for status in array.status:
                if status.name == part:
                    return status.hardware_id
        return None

    assert eventually(lambda: lifecycle(graph)[:2] == (OK, 'unconfigured'))
    assert hardware('thermal: lifecycle') == '/thermal/image_raw'
    for transition, state in (
        ('configure', 'inactive'),
        ('activate', 'active'),
        ('deactivate', 'inactive'),
        ('cleanup', 'unconfigured'),
    ):
        graph.transition(node, transition)
        assert eventually(lambda state=state: lifecycle(graph)[:2] == (OK, state)), state
    assert eventually(lambda: hardware('rgb: model') == 'serial 7')
    assert all(
        status.hardware_id for array in graph.heard['/diagnostics'] for status in array.status
    )


def odometry(graph):
    return graph.part('thermal: odometry') or (None, '', {})


def forward(graph):
    graph.send_transform('base_link', 'thermal_optical', (0.0, 0.0, 1.0), (-0.5, 0.5, -0.5, 0.5))


def test_motion_without_subscribers_is_reported_as_missed(graph, thermal):
    node = graph.start(thermal)
    forward(graph)
    graph.send_info('thermal')
    assert eventually(lambda: odometry(graph)[2].get('state') == 'not requested')
    graph.listen_outputs('thermal', 'odometry')
    graph.run_frames('thermal', 'odometry', 2)
    assert eventually(lambda: odometry(graph)[2].get('state') == FOLLOWED)
    (subscription,) = [s for s in graph.probe.subscriptions if s.topic_name == '/odometry']
    graph.probe.destroy_subscription(subscription)
    assert eventually(lambda: not node.wanted())
    graph.send_image('thermal')
    assert eventually(lambda: odometry(graph)[2].get('state') == 'not requested')
    level, message, _ = odometry(graph)
    assert level == OK and 'misses the motion' in message and 'keep_tracking' in message


def test_motion_is_followed_without_subscribers_where_asked_for(graph, thermal):
    node = graph.start(thermal, keep_tracking=True)
    forward(graph)
    graph.send_info('thermal')
    assert node.wanted() == {'odometry'}

    def tracking():
        graph.send_image('thermal')
        return odometry(graph)[2].get('state') == FOLLOWED

    assert eventually(tracking), odometry(graph)


def test_what_is_wrong_with_bad_frames_is_in_the_diagnostics(graph, thermal):
    graph.start(thermal)
    graph.listen_outputs('thermal', 'depth')
    messages = []

    def told():
        graph.send_image('thermal', pixels=np.zeros((48, 64), np.uint16), encoding='nonsense')
        messages.append((graph.part('thermal: input') or (0, '', {}))[:2])
        return any(level == WARN and 'nonsense' in text for level, text in messages)

    assert eventually(told), messages
    text = next(text for level, text in messages if 'nonsense' in text)
    assert 'bad encoding' in text
    values = graph.part('thermal: input')[2]
    assert 'nonsense' in values['last bad frame'] and int(values['dropped: bad encoding']) >= 1
