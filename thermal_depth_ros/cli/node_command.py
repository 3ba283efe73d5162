# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""What the commands that run camera nodes have in common: arguments, help, and the start."""

import argparse
import shutil
import sys
import textwrap
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from thermal_depth_ros import contract
from thermal_depth_ros.nodes.parameter_file import constraint, node_settings, yaml_value
from thermal_depth_ros.nodes.stopping import LEAVE_AFTER_S, StopRequest

if TYPE_CHECKING:
    from rclpy.node import Node

WRONG_CALL = 2
ROS_ARGUMENTS = '--ros-args'


def run_camera_nodes(command: str, what: str, names: Sequence[str], argv: list[str] | None) -> int:
    """Parse the arguments of a node command and run its nodes until a signal comes.

    Args:
        command: name of the command.
        what: one sentence for `--help`.
        names: nodes to run, of 'thermal' and 'rgb'.
        argv: arguments; those of the process when None.

    Returns:
        Exit code: 0 after SIGINT or SIGTERM, 2 for a wrong call.
    """
    stop = StopRequest()
    stop.install(LEAVE_AFTER_S)
    own, ros = split_arguments(sys.argv[1:] if argv is None else argv)
    given = _parser(command, what, names).parse_args(own)
    if given.params_file and not Path(given.params_file).is_file():
        print(f'{command}: --params-file {given.params_file}: no such file', file=sys.stderr)
        return WRONG_CALL
    from thermal_depth_ros.nodes.run import run_nodes

    return run_nodes([_factory(name) for name in names], _ros_arguments(given) + ros, stop)


def split_arguments(argv: Sequence[str]) -> tuple[list[str], list[str]]:
    """Split into own arguments and those between `--ros-args` and `--`, with the markers."""
    own: list[str] = []
    ros: list[str] = []
    inside = False
    for argument in argv:
        if argument == ROS_ARGUMENTS:
            inside = True
        (ros if inside else own).append(argument)
        if inside and argument == '--':
            inside = False
    return own, ros


def _ros_arguments(given: argparse.Namespace) -> list[str]:
    arguments = [ROS_ARGUMENTS]
    if given.params_file:
        arguments += ['--params-file', given.params_file]
    if given.network:
        arguments += ['-p', f'network:={given.network}']
    if given.namespace:
        arguments += ['-r', f'__ns:=/{given.namespace.strip("/")}']
    if given.sim_time:
        arguments += ['-p', 'use_sim_time:=true']
    for assignment in given.param:
        arguments += ['-p', assignment]
    return [*arguments, '--']


def _factory(name: str) -> Callable[[], 'Node']:
    def make() -> 'Node':
        if name == contract.THERMAL:
            from thermal_depth_ros.nodes.thermal_node import ThermalNode

            return ThermalNode()
        from thermal_depth_ros.nodes.rgb_node import RgbNode

        return RgbNode()

    return make


def _assignment(text: str) -> str:
    if ':=' not in text:
        raise argparse.ArgumentTypeError(f'{text!r} is not NAME:=VALUE')
    return text


def _parser(command: str, what: str, names: Sequence[str]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=f'thermal-depth {command}',
        usage='%(prog)s [options] [--ros-args ...]',
        description=what,
        epilog=_epilog(command, names),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument('--params-file', metavar='FILE', help='parameters, as config/vehicle.yaml')
    parser.add_argument(
        '-p',
        '--param',
        metavar='NAME:=VALUE',
        action='append',
        default=[],
        type=_assignment,
        help='set one parameter; may be given again',
    )
    parser.add_argument(
        '--network',
        choices=('bundle', 'passthrough'),
        help='passthrough: a constant depth instead of networks, to try the graph alone',
    )
    parser.add_argument('--namespace', metavar='NS', help='put nodes and topics into a namespace')
    parser.add_argument('--sim-time', action='store_true', help='take the time from /clock')
    return parser


def _epilog(command: str, names: Sequence[str]) -> str:
    lines = []
    for name in names:
        lines += _topics(name) + ['']
    for name in names:
        lines += _parameters(name) + ['']
    return '\n'.join(
        [
            *lines,
            'examples:',
            f'  thermal-depth {command}',
            f'  thermal-depth {command} --network passthrough --sim-time',
            f'  thermal-depth {command} -p {names[0]}:max_depth_m:=40.0 --params-file mine.yaml',
            f'  ros2 run thermal_depth_ros {command} --ros-args \\',
            f'      -r {names[0]}/image_raw:=/camera/image_raw',
            '',
            'Ends with exit code 0 on SIGINT (Ctrl-C) and SIGTERM.',
        ]
    )


def _topics(name: str) -> list[str]:
    inputs = [contract.image_topic(name), contract.camera_info_topic(name)]
    lines = [f'topics of node {name} (relative; remap with --ros-args -r OLD:=NEW):']
    lines += [f'  in   {topic}' for topic in inputs]
    lines += [f'  in   {contract.WHEEL_ODOMETRY_TOPIC} (with scale_source:=wheel)']
    return lines + [
        f'  out  {output.topic:<28} {output.type}' for output in contract.OUTPUTS[name].values()
    ]


def _parameters(name: str) -> list[str]:
    width = shutil.get_terminal_size((100, 24)).columns
    lines = [f'parameters of node {name}, with their defaults:']
    for entry in node_settings(name):
        rule = constraint(entry)
        lines.append(f'  {entry.name} = {yaml_value(entry.default)}')
        text = entry.help + (f' ({rule})' if rule else '')
        lines += textwrap.wrap(text, width - 6, initial_indent=' ' * 6, subsequent_indent=' ' * 6)
    return lines
