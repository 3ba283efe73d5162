# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""What is used of rclpy's private attributes is there and does what is relied on."""

import pytest

from helpers.waiting import eventually

pytestmark = pytest.mark.ros


def test_an_impossible_transition_is_answered(graph, thermal):
    from lifecycle_msgs.srv import ChangeState

    node = graph.start(thermal, active=False)
    client = graph.probe.create_client(ChangeState, '/thermal/change_state')
    assert client.wait_for_service(5.0)
    request = ChangeState.Request()
    request.transition.id = 4  # to deactivate
    answer = client.call_async(request)
    assert eventually(answer.done)
    assert answer.result().success is False
    assert graph.logged('transition 4 refused')
    assert graph.state(node) == 'unconfigured'
    graph.transition(node, 'configure')


def test_parameters_given_at_start_up_are_known_before_they_are_declared(graph, tmp_path):
    from rclpy.node import Node
    from rclpy.parameter import Parameter

    from thermal_depth_ros.nodes.rclpy_workarounds import start_values

    file = tmp_path / 'parameters.yaml'
    file.write_text('/early:\n  ros__parameters:\n    from_file: 7\n    both: file\n')
    node = Node(
        'early',
        context=graph.context,
        cli_args=['--ros-args', '--params-file', str(file), '-p', 'from_argument:=[a, b]'],
        parameter_overrides=[Parameter('both', value='constructor')],
    )
    try:
        assert not node.has_parameter('from_file')
        found = start_values(node)
        wanted = {'from_file': 7, 'from_argument': ['a', 'b'], 'both': 'constructor'}
        assert {name: found[name] for name in wanted} == wanted
        assert node.declare_parameter('from_file', 1).value == 7
    finally:
        node.destroy_node()
