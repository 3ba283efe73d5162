# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""`train`: learn a model from recordings, without labels."""

import argparse
import sys
from pathlib import Path
from typing import Any

from thermal_depth_ros.base.stopping import INTERRUPTED, StopRequest
from thermal_depth_ros.cli.config_options import add_groups, over_values
from thermal_depth_ros.cli.file_settings import training_values
from thermal_depth_ros.training.registry import DEFAULT, TaskKind, task_kind

PROGRESS = ('auto', 'lines', 'json', 'none')


def parser(kind: TaskKind | None = None) -> argparse.ArgumentParser:
    """Return the command line parser; without a kind, one that only reads the task."""
    made = argparse.ArgumentParser(
        prog='thermal-depth train',
        allow_abbrev=False,
        add_help=kind is not None,
        usage='%(prog)s --config FILE [options]',
        description='Train a model on unlabelled recordings and export it as a bundle. Running '
        'the command again with the same settings resumes from the last checkpoint.',
        epilog='Exit code: 0 if finished; 1 on an error; 130 if interrupted by SIGINT or '
        'SIGTERM, after a checkpoint. On several GPUs: torchrun --standalone '
        '--nproc-per-node N -m thermal_depth_ros.cli.main train ...',
    )
    made.add_argument(
        '--config',
        type=Path,
        action='append',
        default=[],
        metavar='FILE',
        help='YAML file of settings (key: value), or a ROS parameter file of the trainer '
        'node; of several files, later ones take precedence, and options over all',
    )
    if kind is None:
        made.add_argument('--task')
        return made
    made.add_argument(
        '--progress',
        choices=PROGRESS,
        default='auto',
        help='auto: progress bars on a terminal, otherwise lines; json: one object per '
        'line, for programs [auto]',
    )
    add_groups(made, kind.configs)
    return made


def main(argv: list[str] | None = None) -> int:
    """Run the command and return its exit code."""
    arguments = sys.argv[1:] if argv is None else argv
    stop = StopRequest()
    stop.install()
    with stop.interrupting():
        kind, configs, progress = read_arguments(arguments)
        from thermal_depth_ros.training.engine.accelerator import process_group
        from thermal_depth_ros.training.engine.callbacks import progress_callback
        from thermal_depth_ros.training.run import run_training
    with process_group(), progress_callback(progress, stop.ask) as callback:
        outcome = run_training(kind, configs, callback, stop)
        if not outcome.finished:
            callback.note(f'interrupted after step {outcome.step}: run again to resume')
            return INTERRUPTED
        callback.note(
            f'finished after step {outcome.step}: bundle {outcome.bundle}, report {outcome.report}'
        )
    return 0


def read_arguments(arguments: list[str]) -> tuple[TaskKind, tuple[Any, ...], str]:
    """Return what to train, its configurations, and how to show progress.

    Raises:
        SettingsError: The file or the settings are wrong; everything wrong is named at once.
    """
    task, values = read_task(parser(), arguments)
    kind = task_kind(task)
    options = parser(kind).parse_args(arguments)
    configs = kind.build(over_values(options, kind.configs, values))
    return kind, configs, options.progress


def read_task(made: argparse.ArgumentParser, arguments: list[str]) -> tuple[str, dict[str, Any]]:
    """Return the task of a command line, and the settings of its files.

    Args:
        made: Parser of --task and --config.
        arguments: Command line, which may have other options.

    Raises:
        SettingsError: A file cannot be read.
    """
    first, _ = made.parse_known_args(arguments)
    values: dict[str, Any] = {}
    for path in first.config:
        values |= training_values(path)
    return first.task or values.get('task', DEFAULT), values
