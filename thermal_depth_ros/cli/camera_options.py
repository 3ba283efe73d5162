# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Options of the commands that take the cameras of recordings."""

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from thermal_depth_ros.base import contract
from thermal_depth_ros.cli.config_options import add_options, chosen
from thermal_depth_ros.cli.file_settings import file_settings
from thermal_depth_ros.frames.config import CameraConfig
from thermal_depth_ros.inference.pipeline import CONFIGS
from thermal_depth_ros.offline.cameras import CameraOptions

# The transport is what the recording has.
_A_CAMERA = {contract.THERMAL: 'a thermal', contract.RGB: 'an RGB'}
_NOT_OFFLINE = frozenset({'image_transport'})


def add_camera_options(made: argparse.ArgumentParser) -> None:
    """Add the options that `read_camera_options` reads."""
    for kind in contract.OUTPUTS:
        made.add_argument(
            f'--{kind}',
            action='append',
            default=[],
            metavar='TOPIC',
            help=f'image topic of {_A_CAMERA[kind]} camera; if any camera topic is given, only the '
            'given cameras are processed; may be repeated',
        )
        made.add_argument(
            f'--{kind}-info',
            action='append',
            default=[],
            metavar='TOPIC',
            help=f'camera_info topic of the {kind} camera, in the order of the image topics',
        )
    made.add_argument(
        '--wheel',
        default=f'/{contract.WHEEL_ODOMETRY_TOPIC}',
        metavar='TOPIC',
        help='wheel odometry topic, for scale_source wheel [%(default)s]',
    )
    made.add_argument(
        '--params-file', type=Path, metavar='FILE', help='ROS parameter file, as for the nodes'
    )
    made.add_argument(
        '--assume-forward',
        action='store_true',
        help='assume that a camera without a constant transform to the body sits at its '
        'origin looking forward; otherwise odometry requires the transform',
    )
    made.add_argument(
        '--tf-topics',
        nargs='+',
        default=[],
        metavar='TOPIC',
        help='topics of transforms to use, instead of tf_static and constant transforms '
        'on tf in the namespace of the camera',
    )
    for kind, config_class in CONFIGS.items():
        group = made.add_argument_group(f'{kind} camera')
        add_options(group, config_class, prefix=kind, leave_out=_NOT_OFFLINE)


def read_camera_options(
    options: argparse.Namespace, beneath: Mapping[str, Mapping[str, Any]] | None = None
) -> CameraOptions:
    """Return the cameras and settings of the command line and the parameter file.

    Args:
        options: The command line, which takes precedence.
        beneath: Settings by camera kind that hold where neither says anything.

    Raises:
        SettingsError: A value lies out of range, or the file cannot be read.
    """
    configs: dict[str, CameraConfig] = {}
    for kind, config_class in CONFIGS.items():
        values = dict((beneath or {}).get(kind, {}))
        if options.params_file:
            values.update(file_settings(options.params_file, kind, config_class))
        configs[kind] = chosen(options, config_class, kind, values)
    return CameraOptions(
        configs=configs,
        image_topics={kind: getattr(options, kind) for kind in contract.OUTPUTS},
        info_topics={kind: getattr(options, f'{kind}_info') for kind in contract.OUTPUTS},
        wheel_topic=options.wheel,
        tf_topics=options.tf_topics,
        assume_forward=options.assume_forward,
    )
