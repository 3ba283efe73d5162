# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Common parts of the commands that run nodes: arguments, help and start."""

import argparse
import shutil
import sys
import textwrap
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from thermal_depth_ros.base import contract
from thermal_depth_ros.base.remedies import require_middleware
from thermal_depth_ros.base.stopping import LEAVE_AFTER_S, StopRequest
from thermal_depth_ros.nodes import processors
from thermal_depth_ros.nodes.parameter_file import constraint, node_settings, yaml_value

if TYPE_CHECKING:
    from rclpy.node import Node

WRONG_CALL = 2
ROS_ARGUMENTS = '--ros-args'


def run_camera_nodes(command: str, what: str, names: Sequence[str], argv: list[str] | None) -> int:
    """Parse the arguments of a node command and run its nodes until a signal comes.

    Args:
        command: Name of the command.
        what: One sentence for `--help`.
        names: Nodes to run, of 'thermal' and 'rgb'.
        argv: Arguments; those of the process when None.

    Returns:
        Exit code: 0 after SIGINT or SIGTERM, 1 where `on_configure_failure: exit` ended it, 2 for
        a wrong call.
    """
    stop = StopRequest()
    stop.install(LEAVE_AFTER_S)
    ros_arguments = read_arguments(command, _parser(command, what, names), argv)
    if ros_arguments is None:
        return WRONG_CALL
    require_middleware()
    processors.share()
    from thermal_depth_ros.nodes.run import run_nodes

    return run_nodes([_factory(name, stop.ask) for name in names], ros_arguments, stop)


def read_arguments(
    command: str, parser: argparse.ArgumentParser, argv: list[str] | None
) -> list[str] | None:
    """Return the ROS arguments of a command line; None, with an error message, if it is invalid.

    Args:
        command: Name of the command.
        parser: Made by node_parser.
        argv: Arguments; those of the process when None.
    """
    own, ros = split_arguments(sys.argv[1:] if argv is None else argv)
    given = parser.parse_args(own)
    if given.params_file and not Path(given.params_file).is_file():
        print(f'{command}: --params-file {given.params_file}: no such file', file=sys.stderr)
        return None
    return _ros_arguments(given) + ros


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
    if getattr(given, 'network', None):
        arguments += ['-p', f'network:={given.network}']
    if given.namespace:
        arguments += ['-r', f'__ns:=/{given.namespace.strip("/")}']
    if given.sim_time:
        arguments += ['-p', 'use_sim_time:=true']
    for assignment in given.param:
        arguments += ['-p', assignment]
    return [*arguments, '--']


def _factory(name: str, leave: Callable[[], None]) -> Callable[[], 'Node']:
    def make() -> 'Node':
        if name == contract.THERMAL:
            from thermal_depth_ros.nodes.camera.thermal_node import ThermalNode

            return ThermalNode(leave=leave)
        from thermal_depth_ros.nodes.camera.rgb_node import RgbNode

        return RgbNode(leave=leave)

    return make


def _assignment(text: str) -> str:
    if ':=' not in text:
        raise argparse.ArgumentTypeError(f'{text!r} is not NAME:=VALUE')
    return text


def _parser(command: str, what: str, names: Sequence[str]) -> argparse.ArgumentParser:
    parser = node_parser(command, what, 'vehicle', _epilog(command, names))
    parser.add_argument(
        '--network',
        choices=('bundle', 'passthrough'),
        help='bundle runs the networks; passthrough publishes a constant depth, to test '
        'the graph alone',
    )
    return parser


def node_parser(command: str, what: str, file: str, epilog: str) -> argparse.ArgumentParser:
    """Make the parser of a command that runs nodes.

    Args:
        command: Name of the command.
        what: One sentence for `--help`.
        file: Name of the parameter file in config/.
        epilog: Text at the end of `--help`.
    """
    parser = argparse.ArgumentParser(
        prog=f'thermal-depth {command}',
        usage='%(prog)s [options] [--ros-args ...]',
        description=what,
        epilog=epilog,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        '--params-file', metavar='FILE', help=f'parameter file in the format of config/{file}.yaml'
    )
    parser.add_argument(
        '-p',
        '--param',
        metavar='NAME:=VALUE',
        action='append',
        default=[],
        type=_assignment,
        help='set one parameter; may be repeated',
    )
    parser.add_argument('--namespace', metavar='NS', help='namespace of the nodes and their topics')
    parser.add_argument('--sim-time', action='store_true', help='use the time from /clock')
    return parser


def _epilog(command: str, names: Sequence[str]) -> str:
    lines = []
    for name in names:
        lines += _topics(name) + ['']
    for name in names:
        lines += parameter_lines(name) + ['']
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
            'Ends with exit code 0 on SIGINT (Ctrl-C) and SIGTERM, with 1 if a node cannot be',
            'configured and on_configure_failure is exit.',
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


def parameter_lines(name: str) -> list[str]:
    """Return lines of help about every parameter of a node."""
    width = shutil.get_terminal_size((100, 24)).columns
    lines = [f'parameters of node {name}, with their defaults:']
    for entry in node_settings(name):
        rule = constraint(entry)
        lines.append(f'  {entry.name} = {yaml_value(entry.default)}')
        text = entry.help + (f' ({rule})' if rule else '')
        lines += textwrap.wrap(text, width - 6, initial_indent=' ' * 6, subsequent_indent=' ' * 6)
    return lines
