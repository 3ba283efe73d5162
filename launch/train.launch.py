# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Start the training node.

`ros2 launch thermal_depth_ros train.launch.py params_file:=mine.yaml`; what can be set in the file
stands in config/trainer.yaml. Ctrl-C ends it after a checkpoint, from which the next start resumes.
"""

from pathlib import Path

from launch import LaunchDescription
from launch.actions import DeclareLaunchArgument
from launch.substitutions import LaunchConfiguration
from launch_ros.actions import Node

# Links are not resolved: an installation made of links uses its own folder of files.
CONFIG = Path(__file__).absolute().parent.parent / 'config'
LEAVE_AFTER_S = '90'  # the last step and its checkpoint take longer than other nodes need to end


def arguments() -> list[DeclareLaunchArgument]:
    """Declare what a user can set; everything else is a parameter in `params_file`."""
    return [
        DeclareLaunchArgument('namespace', default_value='', description='Namespace of the node'),
        DeclareLaunchArgument(
            'params_file',
            default_value=str(CONFIG / 'trainer.yaml'),
            description='Parameter file of the node (YAML)',
        ),
        DeclareLaunchArgument(
            'log_level',
            default_value='info',
            choices=['debug', 'info', 'warn', 'error', 'fatal'],
            description='Minimum level of log messages',
        ),
    ]


def trainer() -> Node:
    """Describe the process."""
    return Node(
        package='thermal_depth_ros',
        executable='trainer',
        namespace=LaunchConfiguration('namespace'),
        parameters=[LaunchConfiguration('params_file')],
        ros_arguments=['--log-level', LaunchConfiguration('log_level')],
        sigterm_timeout=LEAVE_AFTER_S,
        sigkill_timeout=LEAVE_AFTER_S,
        output='screen',
    )


def generate_launch_description() -> LaunchDescription:
    """Describe the training for `ros2 launch`."""
    return LaunchDescription([*arguments(), trainer()])
