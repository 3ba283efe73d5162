# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""ROS parameters carry what the dataclasses say, and refuse what does not fit."""

import dataclasses

import pytest

from helpers.waiting import eventually
from thermal_depth_ros.base.settings import SettingsError, setting
from thermal_depth_ros.nodes.parameter_file import node_settings

pytestmark = pytest.mark.ros


def _set(graph, node, **values):
    from rclpy.parameter import Parameter

    parameters = [Parameter(name, value=value) for name, value in values.items()]
    return graph.spinner(node).call(lambda: node.set_parameters_atomically(parameters))


@pytest.mark.parametrize('kind', ['thermal', 'rgb'])
def test_every_setting_is_described_over_ros(graph, request, kind):
    from rcl_interfaces.srv import DescribeParameters

    graph.start(request.getfixturevalue(kind), active=False)
    entries = {entry.name: entry for entry in node_settings(kind)}
    client = graph.probe.create_client(DescribeParameters, f'/{kind}/describe_parameters')
    assert client.wait_for_service(5.0)
    answer = client.call_async(DescribeParameters.Request(names=list(entries)))
    assert eventually(answer.done)
    ros_types = {bool: 1, int: 2, float: 3, str: 4}
    for described in answer.result().descriptors:
        entry = entries[described.name]
        assert described.type == ros_types[entry.type], described.name
        assert described.description == entry.help
        assert described.read_only == entry.read_only
        ranges = [*described.integer_range, *described.floating_point_range]
        assert bool(ranges) == (entry.minimum is not None or entry.maximum is not None)
        for found in ranges:
            assert entry.minimum is None or found.from_value == entry.minimum
            assert entry.maximum is None or found.to_value == entry.maximum
        assert all(choice in described.additional_constraints for choice in entry.choices)


@pytest.mark.parametrize(
    ('values', 'reason'),
    [
        ({'max_depth_m': 1e9}, 'out of range'),
        ({'max_depth_m': float('nan')}, 'max_depth_m'),
        ({'point_decimation': 0}, 'out of range'),
        ({'max_depth_m': 'far'}, 'Wrong parameter type'),
        ({'bundle': 'another'}, 'read-only'),
        ({'min_depth_m': 100.0}, 'min_depth_m: 100 is not below max_depth_m 80'),
        ({'min_depth_m': 5.0, 'max_depth_m': 4.0}, 'min_depth_m: 5 is not below max_depth_m 4'),
        ({'min_depth_m': 1.0, 'min_confidence': 7.0}, 'out of range'),
    ],
)
def test_what_does_not_fit_is_refused_whole(graph, thermal, values, reason):
    node = graph.start(thermal)
    before = node.config
    result = _set(graph, node, **values)
    assert not result.successful
    assert reason in result.reason
    assert node.config == before
    assert node.get_parameter('min_depth_m').value == 0.1


def test_what_fits_reaches_the_pipeline_before_the_next_frame(graph, thermal):
    node = graph.start(thermal)
    graph.listen_outputs('thermal', 'depth')
    assert _set(graph, node, max_depth_m=5.0).successful
    depth = graph.run_frames('thermal', 'thermal/depth/image')[-1]
    import numpy as np

    # The pass-through says 10 m everywhere, which is now too far (REP 117).
    assert np.isposinf(np.frombuffer(depth.data, np.float32)).all()


def test_whole_numbers_are_taken_for_floats(graph, thermal):
    node = graph.start(thermal, max_depth_m=40)
    assert node.config.max_depth_m == 40.0
    assert _set(graph, node, max_depth_m=30).successful
    assert node.config.max_depth_m == 30.0


def test_settings_changed_while_inactive_hold_when_active(graph, thermal):
    node = graph.start(thermal, active=False)
    graph.transition(node, 'configure')
    assert _set(graph, node, max_depth_m=12.0).successful
    graph.transition(node, 'activate')
    assert node.config.max_depth_m == 12.0


def test_an_unknown_parameter_is_reported_with_a_suggestion(graph, thermal):
    graph.start(thermal, max_dept_m=3.0)
    assert graph.logged('parameter max_dept_m (did you mean max_depth_m?) is unknown', level=30)


def test_a_parameter_of_the_other_camera_is_not_called_unknown(graph, thermal):
    graph.start(thermal, sky_is_far=False)
    assert not [line for line in graph.log(30) if 'unknown' in line]


def test_qos_overrides_are_parameters(graph, thermal):
    name = 'qos_overrides./thermal/image_raw.subscription.reliability'
    node = graph.start(thermal, **{name: 'reliable'})
    found = graph.probe.get_subscriptions_info_by_topic('/thermal/image_raw')
    assert found[0].qos_profile.reliability.name == 'RELIABLE'
    assert node.get_parameter('qos_overrides./thermal/depth/image.publisher.depth').value == 5


@dataclasses.dataclass(frozen=True)
class Listing:
    names: tuple[str, ...] = setting((), 'Names')
    parts: tuple[str, ...] = setting(('a', 'b'), 'Parts', choices=('a', 'b', 'c'))
    count: int = setting(1, 'Count', renamed_from='number')


@pytest.fixture
def listing(graph, tmp_path):
    """Make a node with lists of texts, from arguments or a parameter file as ROS reads them."""
    from rclpy.node import Node

    from thermal_depth_ros.nodes.parameters import NodeParameters

    made = []

    def make(*arguments, file=None):
        if file is not None:
            path = tmp_path / 'params.yaml'
            path.write_text(f'/**:\n  ros__parameters:\n{file}')
            arguments = ('--params-file', str(path), *arguments)
        node = Node('listing', context=graph.context, cli_args=['--ros-args', *arguments])
        made.append(node)
        node.parameters = NodeParameters(node, (Listing,), lambda: None)
        return node

    yield make
    for node in made:
        node.destroy_node()


@pytest.mark.parametrize(
    ('arguments', 'file', 'expected'),
    [
        ((), None, Listing()),
        ((), "    names: []\n    parts: ['']\n", Listing((), ())),
        ((), "    names: ['x', '']\n    parts: [c]\n", Listing(('x',), ('c',))),
        (('-p', 'names:=[]', '-p', 'parts:=[]'), None, Listing((), ())),
        (('-p', 'names:=[one, "2"]'), None, Listing(('one', '2'))),
    ],
)
def test_lists_of_texts_as_ros_gives_them(listing, arguments, file, expected):
    assert listing(*arguments, file=file).parameters.read(Listing) == expected


@pytest.mark.parametrize(
    ('arguments', 'words'),
    [
        (('-p', 'names:=[1, 2]'), 'names: .* is not a list of texts'),
        (('-p', 'names:=alone'), "names: 'alone' is not a list of texts"),
        (('-p', 'parts:=[a, d]'), "parts: 'd' not among a, b, c"),
    ],
)
def test_lists_that_do_not_fit(listing, arguments, words):
    with pytest.raises(SettingsError, match=words):
        listing(*arguments).parameters.read(Listing)


@pytest.mark.parametrize(('value', 'expected'), [([], ()), ([''], ()), (['x', 'y'], ('x', 'y'))])
def test_lists_of_texts_can_be_set(listing, value, expected):
    from rclpy.parameter import Parameter

    node = listing('-p', 'names:=[before]')
    result = node.set_parameters_atomically([Parameter('names', value=value)])
    assert result.successful, result.reason
    assert node.parameters.read(Listing).names == expected


def test_lists_of_texts_are_string_arrays_over_ros(listing):
    from rclpy.parameter import Parameter

    node = listing()
    assert node.get_parameter('names').type_ is Parameter.Type.STRING_ARRAY
    result = node.set_parameters_atomically([Parameter('parts', value=['a', 'x'])])
    assert not result.successful and 'not among' in result.reason


@pytest.mark.parametrize(
    ('arguments', 'file'), [(('-p', 'number:=4'), None), ((), '    number: 4\n')]
)
def test_a_former_name_is_read_with_a_warning(listing, graph, arguments, file):
    node = listing(*arguments, file=file)
    assert node.parameters.read(Listing) == Listing(count=4)
    assert node.parameters.unknown_overrides(lambda: ()) == []
    assert graph.logged('number is deprecated: it is called count now', level=30)


def test_both_names_of_a_setting_are_refused(listing):
    node = listing('-p', 'number:=4', '-p', 'count:=4')
    with pytest.raises(SettingsError, match='count: also given by its former name number'):
        node.parameters.read(Listing)
