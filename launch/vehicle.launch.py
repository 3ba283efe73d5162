# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Start the camera nodes: both in one process, or one process per node.

`ros2 launch thermal_depth_ros vehicle.launch.py --show-args` explains the arguments.

Frames: every node publishes and reads TF on `tf` and `tf_static` inside `namespace`. Without a
namespace these are the usual /tf and /tf_static; with one, each robot has a TF tree of its own
with the canonical frame names, as Nav2's launch files expect. /diagnostics stays absolute.
"""

from pathlib import Path

from launch import LaunchDescription
from launch.actions import DeclareLaunchArgument
from launch.conditions import IfCondition
from launch.substitution import Substitution
from launch.substitutions import (
    AndSubstitution,
    LaunchConfiguration,
    NotSubstitution,
)
from launch_ros.actions import Node

# Links are not resolved: an installation made of links uses its own folder of files.
CONFIG = Path(__file__).absolute().parent.parent / 'config'

TF_IN_NAMESPACE = [('/tf', 'tf'), ('/tf_static', 'tf_static')]


def switch(name: str, default: str, description: str) -> DeclareLaunchArgument:
    """Declare an argument that is true or false."""
    return DeclareLaunchArgument(
        name, default_value=default, choices=['true', 'false'], description=description
    )


def arguments() -> list[DeclareLaunchArgument]:
    """Declare what a user can set; everything else is a parameter in `params_file`."""
    return [
        DeclareLaunchArgument(
            'namespace', default_value='', description='Namespace of all nodes, topics and TF'
        ),
        DeclareLaunchArgument(
            'params_file',
            default_value=str(CONFIG / 'vehicle.yaml'),
            description='Parameter file of the nodes (YAML)',
        ),
        switch('use_sim_time', 'false', 'Use the time from /clock'),
        switch('autostart', 'true', 'Configure and activate the nodes at start-up'),
        switch('composed', 'true', 'Run both cameras in one process'),
        switch('thermal', 'true', 'Run the thermal camera'),
        switch('rgb', 'true', 'Run the RGB camera'),
        switch('rviz', 'false', 'Start RViz on the outputs'),
        DeclareLaunchArgument(
            'log_level',
            default_value='info',
            choices=['debug', 'info', 'warn', 'error', 'fatal'],
            description='Minimum level of log messages',
        ),
        switch('use_respawn', 'false', 'Restart a process that dies'),
    ]


def camera_process(executable: str, condition: Substitution) -> Node:
    """Describe one process of this package with what all of them share."""
    return Node(
        package='thermal_depth_ros',
        executable=executable,
        namespace=LaunchConfiguration('namespace'),
        parameters=[
            LaunchConfiguration('params_file'),
            {
                'use_sim_time': LaunchConfiguration('use_sim_time'),
                'autostart': LaunchConfiguration('autostart'),
            },
        ],
        remappings=TF_IN_NAMESPACE,
        ros_arguments=['--log-level', LaunchConfiguration('log_level')],
        respawn=LaunchConfiguration('use_respawn'),
        respawn_delay=2.0,
        output='screen',
        condition=IfCondition(condition),
    )


def camera_processes() -> list[Node]:
    """Describe the processes; composed with a single camera is that camera's process."""
    thermal, rgb = LaunchConfiguration('thermal'), LaunchConfiguration('rgb')
    together = AndSubstitution(LaunchConfiguration('composed'), AndSubstitution(thermal, rgb))
    apart = NotSubstitution(together)
    return [
        camera_process('vehicle', together),
        camera_process('thermal', AndSubstitution(thermal, apart)),
        camera_process('rgb', AndSubstitution(rgb, apart)),
    ]


def rviz() -> Node:
    """Describe RViz with the displays of this package, in the namespace of the nodes."""
    return Node(
        package='rviz2',
        executable='rviz2',
        namespace=LaunchConfiguration('namespace'),
        arguments=['-d', str(CONFIG / 'vehicle.rviz')],
        parameters=[{'use_sim_time': LaunchConfiguration('use_sim_time')}],
        remappings=TF_IN_NAMESPACE,
        condition=IfCondition(LaunchConfiguration('rviz')),
    )


def generate_launch_description() -> LaunchDescription:
    """Describe the vehicle for `ros2 launch`.

    RViz comes first: where it is not installed, nothing has been started that would be left behind.
    """
    return LaunchDescription([*arguments(), rviz(), *camera_processes()])
