# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""`evaluate`: compares outputs with ground truth in recordings, by the protocols of the papers."""

import argparse
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from thermal_depth_ros.bags.trajectory_files import FORMATS, TUM
from thermal_depth_ros.base.stopping import StopRequest
from thermal_depth_ros.cli.camera_options import add_camera_options
from thermal_depth_ros.evaluation.metrics_json import ConditionError, read_condition
from thermal_depth_ros.evaluation.truth.camera import MatchOptions
from thermal_depth_ros.metrics.depth import PROTOCOLS
from thermal_depth_ros.metrics.segmentation import ALL, PRESETS

if TYPE_CHECKING:
    from thermal_depth_ros.evaluation.job import EvaluationJob

_SLICE = re.compile(r'(-?\d*):(-?\d*)(?::(\d+))?')
_MOST_PICTURED = 50


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    made = argparse.ArgumentParser(
        prog='thermal-depth evaluate',
        usage='%(prog)s RECORDING [RECORDING ...] [options]\n'
        '       %(prog)s --compare FOLDER FOLDER [-o OUTPUT]',
        allow_abbrev=False,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        description='Run every frame of recordings with ground truth through the same pipelines '
        'as the nodes,\nor read predictions that `process` wrote, and compare depth, motion and '
        'classes with ground truth.\nPrints tables and writes metrics.json, report.html and the '
        'figures of every frame as CSV.\nTwo evaluations are compared by --compare.\n'
        '\n'
        'examples:\n'
        '  thermal-depth evaluate drives/* --bundle thermal_default -o out/evaluation\n'
        '  thermal-depth evaluate drive --predictions out/processed\n'
        '  thermal-depth evaluate night1 --bundle mine --protocol thermal_outdoor --frames ::5\n'
        '  torchrun --nproc-per-node 4 -m thermal_depth_ros.cli.main evaluate drives/*\n'
        '  thermal-depth evaluate drive --predictions orb_slam.txt\n'
        '  thermal-depth evaluate true_poses.txt --predictions orb_slam.txt\n'
        '  thermal-depth evaluate --compare out/before out/after -o out/comparison',
        epilog='Topics named .../ground_truth/... are found automatically. Exit code: 0 when every '
        'frame with ground truth was scored and every condition is met, 1 otherwise and on errors, '
        '130 when interrupted.',
    )
    made.add_argument(
        'recording',
        nargs='*',
        type=Path,
        help='recordings with ground truth, each evaluated by itself and all together: rosbag2 '
        'folder, .mcap, .db3, ROS 1 .bag, or a prepared folder of images (docs/evaluation.md); '
        'or files of true poses (.txt) in the format of TUM or KITTI',
    )
    made.add_argument(
        '-o',
        '--output',
        type=Path,
        help='folder of the results [out/evaluation, or out/comparison with --compare]',
    )
    made.add_argument(
        '--compare',
        nargs=2,
        type=Path,
        metavar='FOLDER',
        help='folders of two earlier evaluations (-o): compare the second with the first on their '
        'common frames; writes comparison.json and comparison.html',
    )
    made.add_argument(
        '--bundle',
        action='append',
        default=[],
        metavar='NAME',
        help='bundle to evaluate, name or path; only cameras of its kind are evaluated; '
        'one for each kind of camera',
    )
    made.add_argument(
        '--predictions',
        nargs='+',
        type=Path,
        default=[],
        metavar='BAG',
        help='recorded outputs of `process` or `record` to evaluate, instead of running '
        'a bundle, or trajectories (.txt) in the format of TUM or KITTI; one for each recording',
    )
    _add_truth(made)
    _add_protocol(made)
    add_camera_options(made)
    return made


def _add_truth(made: argparse.ArgumentParser) -> None:
    group = made.add_argument_group(
        'ground truth',
        'NAME is a topic, or none. With two kinds of cameras, use thermal=NAME and rgb=NAME, '
        'repeating the option.',
    )
    group.add_argument(
        '--depth',
        action='append',
        default=[],
        metavar='NAME',
        help='true depth: Image or CompressedImage (32FC1 in m or 16UC1 in mm), or '
        'PointCloud2, whose points are projected using /tf_static and camera_info',
    )
    group.add_argument(
        '--labels',
        action='append',
        default=[],
        metavar='NAME',
        help='true classes: Image of class ids, PointCloud2 with a class field, or a '
        'folder of label images (.png) named by stamp or in frame order',
    )
    group.add_argument(
        '--odometry',
        action='append',
        default=[],
        metavar='NAME',
        help='true poses: Odometry, PoseStamped, PoseWithCovarianceStamped or '
        'TransformStamped; TOPIC@FRAME names the moving frame if the messages do '
        'not (default: base_frame), /tf@PARENT:FRAME selects a pair of TF frames',
    )
    group.add_argument(
        '--stereo-topic',
        action='append',
        default=[],
        metavar='NAME',
        help='images of a second camera beside the evaluated one, instead of true depth: noisy; in '
        'metres if camera_info and /tf_static give the calibration, otherwise up to scale, with '
        'the images taken to be rectified',
    )
    group.add_argument(
        '--label-map',
        type=Path,
        metavar='FILE',
        help='YAML file of `true id: class of the bundle`; ids not listed are ignored',
    )
    group.add_argument(
        '--tolerance',
        type=tolerance,
        metavar='S',
        help='largest time between a frame and its ground truth, s '
        f'[{MatchOptions().tolerance_s:g}, for clouds '
        f'{MatchOptions().cloud_tolerance_s:g}]',
    )


def _add_protocol(made: argparse.ArgumentParser) -> None:
    group = made.add_argument_group('protocol')
    group.add_argument(
        '--protocol',
        choices=tuple(PROTOCOLS),
        help='protocol of the depth metrics [thermal_outdoor for thermal, nuscenes for '
        'rgb cameras]',
    )
    group.add_argument(
        '--no-median-scaling',
        action='store_true',
        help='list the metrics of unscaled depth first; both are always computed',
    )
    group.add_argument(
        '--classes',
        nargs='+',
        metavar='CLASS',
        help=f'classes over which mIoU is averaged: {", ".join(PRESETS)}, {ALL}, or names '
        f'[{ALL}; with --compare those of the first evaluation]',
    )
    group.add_argument(
        '--frames',
        type=frame_slice,
        default=slice(None),
        metavar='A:B:N',
        help='frames of each camera, from A up to but excluding B, every N-th; a Python '
        'slice, so that -40: selects the last 40 [:]',
    )
    group.add_argument(
        '--min-turn',
        type=float,
        default=0.0,
        metavar='DEG',
        help='evaluate motion only on drives whose heading varies by at least this many '
        'degrees [%(default)g]',
    )
    group.add_argument(
        '--confidence',
        action='store_true',
        help='also compare the confidences of depth and classes with their errors, and depth with '
        'that of the frame before',
    )
    group.add_argument(
        '--trajectory-frame',
        default='',
        metavar='FRAME',
        help='frame whose poses trajectory files hold [that of the camera]',
    )
    group.add_argument(
        '--trajectory-format',
        choices=FORMATS,
        default=TUM,
        help='format of the true and estimated trajectories written [%(default)s]',
    )
    group.add_argument(
        '--pictures',
        type=int,
        default=3,
        choices=range(_MOST_PICTURED + 1),
        metavar='N',
        help='number of best and of worst frames shown in the report [%(default)s]',
    )
    group.add_argument(
        '--require',
        type=_condition,
        action='append',
        default=[],
        metavar='CONDITION',
        help='condition on a metric in metrics.json, such as '
        "'thermal.depth.scaled.abs_rel<=0.15' or "
        'thermal.pose.ate_of_straight_ahead<=0.5; exit code 1 if it is not met; may '
        'be repeated',
    )


def frame_slice(text: str) -> slice:
    """Read A:B or A:B:N.

    Raises:
        ArgumentTypeError: It has another form.
    """
    found = _SLICE.fullmatch(text)
    numbers = [] if found is None else [int(part) if part else None for part in found.groups()]
    if not numbers or numbers[2] == 0:
        raise argparse.ArgumentTypeError(f'{text!r} is not of the form A:B or A:B:N')
    return slice(*numbers)


def tolerance(text: str) -> float:
    """Read a time in s.

    Raises:
        ArgumentTypeError: It is negative or infinite.
    """
    value = float(text)
    if not 0 <= value < float('inf'):
        raise argparse.ArgumentTypeError(f'{value:g} is not a valid time')
    return value


def _condition(text: str) -> str:
    try:
        read_condition(text)
    except ConditionError as error:
        raise argparse.ArgumentTypeError(str(error)) from error
    return text


def joined(arguments: Sequence[str]) -> list[str]:
    """Join `--frames -40:` into one argument, for argparse takes the second for an option."""
    found: list[str] = []
    for argument in arguments:
        if found and found[-1] == '--frames':
            found[-1] = f'--frames={argument}'
        else:
            found.append(argument)
    return found


def _job_of(arguments: Sequence[str]) -> 'EvaluationJob':
    """Return the job of an earlier evaluation.

    Raises:
        ThermalDepthError: Its arguments are not those of this version, or something is gone.
    """
    from thermal_depth_ros.cli.evaluate_job import read_job
    from thermal_depth_ros.evaluation.errors import EvaluationError

    try:
        return read_job(parser().parse_args(arguments))
    except SystemExit as error:
        raise EvaluationError('its arguments are not understood') from error


def main(argv: list[str] | None = None) -> int:
    """Run the command and return its exit code."""
    arguments = joined(sys.argv[1:] if argv is None else argv)
    options = parser().parse_args(arguments)
    stop = StopRequest('interrupted: nothing was written')
    stop.install()
    with stop.interrupting():
        from thermal_depth_ros.cli.evaluate_job import read_compare_job, read_job
        from thermal_depth_ros.evaluation.evaluate import evaluate_recordings
        from thermal_depth_ros.evaluation.paired.compare_runs import compare_runs
    if options.compare:
        done = compare_runs(read_compare_job(options), _job_of, stop)
    else:
        done = evaluate_recordings(read_job(options, arguments), stop)
    return 0 if done else 1
