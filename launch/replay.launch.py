# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Play a recording through the vehicle, in the time it was recorded in.

Takes every argument of vehicle.launch.py as well. Topics keep the names they were recorded under;
`replay_options` renames them: replay_options:='--remap /flir/image_raw:=/thermal/image_raw'.
The launch ends with the recording, unless `loop` is true.
"""

import shlex

from launch import LaunchContext, LaunchDescription
from launch.actions import (
    DeclareLaunchArgument,
    IncludeLaunchDescription,
    OpaqueFunction,
    Shutdown,
)
from launch.launch_description_sources import PythonLaunchDescriptionSource
from launch.substitutions import LaunchConfiguration, PathJoinSubstitution, ThisLaunchFileDir
from launch_ros.actions import Node


def arguments() -> list[DeclareLaunchArgument]:
    """Declare what a user can set beside the arguments of the vehicle."""
    return [
        DeclareLaunchArgument('bag', description='Recording: rosbag2 folder, .mcap, .db3 or .bag'),
        DeclareLaunchArgument(
            'rate', default_value='1.0', description='Speed: 2 plays twice as fast as recorded'
        ),
        DeclareLaunchArgument(
            'loop',
            default_value='false',
            choices=['true', 'false'],
            description='Begin again at the end',
        ),
        DeclareLaunchArgument(
            'wait_s',
            default_value='30.0',
            description='Wait so long until the nodes listen to every image',
        ),
        DeclareLaunchArgument(
            'replay_options',
            default_value='',
            description='More options of `replay`, as on a command line',
        ),
    ]


def replay(context: LaunchContext) -> list[Node]:
    """Describe the player; how many arguments it gets is known only when they are evaluated."""

    def value(name: str) -> str:
        return LaunchConfiguration(name).perform(context)

    given = [value('bag'), '--rate', value('rate'), '--wait-for-subscribers', value('wait_s')]
    if value('loop') == 'true':
        given.append('--loop')
    return [
        Node(
            package='thermal_depth_ros',
            executable='replay',
            arguments=[*given, *shlex.split(value('replay_options'))],
            output='screen',
            on_exit=Shutdown(reason='the recording has ended'),
        )
    ]


def generate_launch_description() -> LaunchDescription:
    """Describe vehicle and player for `ros2 launch`."""
    vehicle = IncludeLaunchDescription(
        PythonLaunchDescriptionSource(
            PathJoinSubstitution([ThisLaunchFileDir(), 'vehicle.launch.py'])
        ),
        launch_arguments={'use_sim_time': 'true'}.items(),
    )
    return LaunchDescription([*arguments(), vehicle, OpaqueFunction(function=replay)])
