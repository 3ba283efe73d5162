# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Play a recording through the vehicle with its original timing.

Takes every argument of vehicle.launch.py as well, and starts once its nodes are active. Topics keep
their recorded names; `replay_options` renames them:
replay_options:='--remap /flir/image_raw:=/thermal/image_raw'. The launch ends with the recording,
unless `loop` is true.
"""

import shlex
from pathlib import Path

from launch import LaunchContext, LaunchDescription
from launch.actions import (
    DeclareLaunchArgument,
    IncludeLaunchDescription,
    OpaqueFunction,
    Shutdown,
)
from launch.launch_description_sources import PythonLaunchDescriptionSource
from launch.substitutions import LaunchConfiguration
from launch_ros.actions import Node


def arguments() -> list[DeclareLaunchArgument]:
    """Declare the arguments in addition to those of the vehicle."""
    return [
        DeclareLaunchArgument('bag', description='Recording: rosbag2 folder, .mcap, .db3 or .bag'),
        DeclareLaunchArgument(
            'rate',
            default_value='1.0',
            description='Playback speed relative to the recording; 2 is twice as fast',
        ),
        DeclareLaunchArgument(
            'loop',
            default_value='false',
            choices=['true', 'false'],
            description='Start again at the end of the recording',
        ),
        DeclareLaunchArgument(
            'wait_s',
            default_value='120.0',
            description='Longest wait for active camera nodes, s; playback then starts anyway',
        ),
        DeclareLaunchArgument(
            'replay_options',
            default_value='',
            description='Further options of `thermal-depth replay`, as on a command line',
        ),
        DeclareLaunchArgument(
            'use_sim_time',
            default_value='true',
            choices=['true', 'false'],
            description='Use the time of the recording, from /clock, in the nodes',
        ),
    ]


def value(context: LaunchContext, name: str) -> str:
    """Return the value of a launch argument."""
    return LaunchConfiguration(name).perform(context)


def options(context: LaunchContext) -> list[str]:
    """Return `replay_options` as words.

    Raises:
        RuntimeError: a quotation is not closed.
    """
    text = value(context, 'replay_options')
    try:
        return shlex.split(text)
    except ValueError as error:
        raise RuntimeError(f'replay_options: {text!r}: {error}') from error


def check(context: LaunchContext) -> None:
    """Refuse wrong options before anything is started that would be left behind."""
    options(context)


def nodes(context: LaunchContext) -> list[str]:
    """Return the full names of the camera nodes."""
    namespace = value(context, 'namespace').strip('/')
    prefix = f'/{namespace}/' if namespace else '/'
    return [prefix + kind for kind in ('thermal', 'rgb') if value(context, kind) == 'true']


def replay(context: LaunchContext) -> list[Node]:
    """Describe the player; how many arguments it gets is known only when they are evaluated."""
    given = [value(context, 'bag'), '--rate', value(context, 'rate')]
    given += ['--wait-for-nodes', *nodes(context)]
    given += ['--wait-for-nodes-s', value(context, 'wait_s')]
    if value(context, 'loop') == 'true':
        given.append('--loop')
    return [
        Node(
            package='thermal_depth_ros',
            executable='replay',
            arguments=[*given, *options(context)],
            output='screen',
            on_exit=Shutdown(reason='the recording has ended'),
        )
    ]


def generate_launch_description() -> LaunchDescription:
    """Describe vehicle and player for `ros2 launch`."""
    # A path that is known without a context, so that `--show-args` shows its arguments as well.
    path = Path(__file__).absolute().with_name('vehicle.launch.py')
    vehicle = IncludeLaunchDescription(PythonLaunchDescriptionSource(str(path)))
    return LaunchDescription(
        [*arguments(), OpaqueFunction(function=check), vehicle, OpaqueFunction(function=replay)]
    )
