# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""`fit-scale`: metric scale, and shift of relative inverse depth, of a bundle from recordings."""

import argparse
from pathlib import Path

from thermal_depth_ros.base.screen import output_screen, progress
from thermal_depth_ros.base.stopping import StopRequest
from thermal_depth_ros.bundles.sections import FIT_SOURCES
from thermal_depth_ros.cli.camera_options import add_camera_options, read_camera_options
from thermal_depth_ros.cli.command_parser import command_parser

DESCRIPTION = """\
Find the metric scale of a model bundle from recordings, and the shift where the network gives
inverse depth up to scale and shift: depth_m = 1 / (scale * x + shift). Both are stored in the
bundle with their standard errors and what they rest on.
"""
EXAMPLES = """\
sources of depth, most exact first:
  depth     depth images named as ground truth, or --depth TOPIC
  lidar     points of the only LiDAR, or --depth TOPIC, projected into the camera
  motion    odometry and the trained pose network of the bundle (scale alone)
  parallax  image features tracked between frames whose poses odometry gives
  ground    the height of the camera over the ground (--camera-height-m, or from TF)

examples:
  thermal-depth fit-scale models/rgb_depth_anything --bags drive_1 drive_2
  thermal-depth fit-scale models/rgb_depth_anything -o models/rgb_metric --bags drive_1 \\
      --source ground --camera-height-m 1.5

Exit code: 0 if the bundle was written, 1 on an error, 130 if interrupted.
"""


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    usage = '%(prog)s BUNDLE --bags BAG [BAG ...] [-o NEW_BUNDLE] [options]'
    made = command_parser('fit-scale', DESCRIPTION, EXAMPLES, usage)
    made.add_argument('bundle', metavar='BUNDLE', help='name or folder of the bundle')
    made.add_argument(
        '--bags',
        nargs='+',
        type=Path,
        required=True,
        metavar='BAG',
        help='recordings: rosbag2 folder, .mcap, .db3 or ROS 1 .bag',
    )
    made.add_argument(
        '-o', '--output', type=Path, help='folder of the new bundle [BUNDLE is changed in place]'
    )
    made.add_argument(
        '--source',
        choices=('auto', *FIT_SOURCES),
        default='auto',
        help='what the depth is known from [auto: the first below that the recording has]',
    )
    made.add_argument('--depth', default='', metavar='TOPIC', help='depth images or points')
    made.add_argument(
        '--odometry',
        default='',
        metavar='TOPIC',
        help='source of poses: TOPIC, TOPIC@FRAME or TOPIC@PARENT:FRAME [ground truth, the wheel '
        'odometry, or the only odometry]',
    )
    made.add_argument(
        '--camera-height-m',
        type=_height,
        metavar='M',
        help='height of the camera over the ground [of the camera over the base frame]',
    )
    made.add_argument(
        '--frames',
        type=_count,
        default=100,
        metavar='N',
        help='most frames of each camera and recording that the network processes [%(default)s]',
    )
    made.add_argument(
        '--force',
        action='store_true',
        help='fit a bundle that is metric already, and replace an existing folder',
    )
    add_camera_options(made)
    return made


def _height(text: str) -> float:
    value = float(text)
    if not 0.05 <= value <= 1000.0:
        raise argparse.ArgumentTypeError(f'{text} is not within 0.05 to 1000 m')
    return value


def _count(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f'{text} is not at least 1')
    return value


def main(argv: list[str] | None = None) -> int:
    """Run the command and return its exit code."""
    options = parser().parse_args(argv)
    stop = StopRequest('interrupted: nothing was written')
    stop.install()
    with stop.interrupting():
        from thermal_depth_ros.evaluation.scale_fit.opening import SourceChoice
        from thermal_depth_ros.evaluation.scale_fit.run import ScaleFitJob, fit_bundle
    job = ScaleFitJob(
        bundle=options.bundle,
        recordings=options.bags,
        output=options.output,
        cameras=read_camera_options(options),
        choice=SourceChoice(
            options.source, options.depth, options.odometry, options.camera_height_m
        ),
        frames=options.frames,
        force=options.force,
    )
    screen = output_screen()
    with progress(screen) as begin:
        fit_bundle(job, stop, screen.print, begin)
    return 0
