# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""`trainer`: the training node. `train` does the same without ROS."""

import argparse
from typing import TYPE_CHECKING

from thermal_depth_ros.base.remedies import require_middleware
from thermal_depth_ros.base.stopping import StopRequest
from thermal_depth_ros.cli.node_command import (
    WRONG_CALL,
    node_parser,
    parameter_lines,
    read_arguments,
)
from thermal_depth_ros.nodes.parameter_file import TRAINER

if TYPE_CHECKING:
    from rclpy.node import Node


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    epilog = [
        *parameter_lines(TRAINER),
        '',
        'Progress, losses and time left are on /diagnostics. SIGINT (Ctrl-C) and SIGTERM end with',
        'exit code 0 after a checkpoint, from which the next start resumes; with',
        'exit_when_finished, the process ends with the training: code 0, or 1 if it failed.',
        '',
        'examples:',
        '  thermal-depth trainer --params-file mine.yaml',
        "  thermal-depth trainer -p bags:=['/data/drive1','/data/drive2'] -p output:=/data/model",
    ]
    what = 'Run the training node: train a model on unlabelled recordings.'
    return node_parser(TRAINER, what, TRAINER, '\n'.join(epilog))


def main(argv: list[str] | None = None) -> int:
    """Run until SIGINT or SIGTERM, or to the end of the training; return the exit code."""
    stop = StopRequest()
    stop.install()
    ros_arguments = read_arguments(TRAINER, parser(), argv)
    if ros_arguments is None:
        return WRONG_CALL
    require_middleware()
    from thermal_depth_ros.nodes.run import run_nodes
    from thermal_depth_ros.nodes.trainer.trainer_node import TrainerNode

    def factory() -> 'Node':
        return TrainerNode(stop.ask)

    return run_nodes([factory], ros_arguments, stop)
