# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""`ablate`: train the rows of a paper's ablation table from one training configuration."""

import argparse
import sys
from pathlib import Path
from typing import Any

from thermal_depth_ros.base.stopping import StopRequest
from thermal_depth_ros.cli.config_options import add_groups, over_values
from thermal_depth_ros.cli.train import PROGRESS, read_task
from thermal_depth_ros.training.ablation.tables import Ablation, ablation_of
from thermal_depth_ros.training.registry import DEFAULT, TaskKind, task_kind


def parser(kind: TaskKind | None = None, ablation: Ablation | None = None) -> Any:
    """Return the command line parser; without a kind, one that only reads the task."""
    made = argparse.ArgumentParser(
        prog='thermal-depth ablate',
        allow_abbrev=False,
        add_help=kind is not None,
        usage='%(prog)s --config FILE -o FOLDER [options]',
        description='Train the rows of an ablation table from one training configuration, each '
        'in its own folder, and write the results next to the figures of the paper. '
        'Running the command again with the same settings resumes it; finished rows '
        'are not trained again and stay in the table when other rows are selected.',
        epilog='Exit code: 0 if all rows are finished; 1 on an error, including an error '
        'in a single row; 130 if interrupted by SIGINT or SIGTERM, after a '
        'checkpoint.',
    )
    made.add_argument(
        '--config',
        type=Path,
        action='append',
        default=[],
        metavar='FILE',
        help='YAML file of settings, as for `thermal-depth train`',
    )
    if kind is None or ablation is None:
        made.add_argument('--task')
        return made
    made.add_argument('--task', help=f'training task [{DEFAULT}]')
    made.add_argument(
        '-o',
        '--output',
        dest='folder',
        type=Path,
        required=True,
        help='output folder of all rows',
    )
    made.add_argument(
        '--variants',
        nargs='+',
        default=(),
        metavar='ROW',
        help=f'rows to train: {" ".join(row.name for row in ablation.rows)} [all]',
    )
    made.add_argument(
        '--progress',
        choices=PROGRESS,
        default='auto',
        help='progress display, as for `thermal-depth train` [auto]',
    )
    add_groups(made, kind.configs, leave_out=ablation.fixed_settings() | {'task'})
    return made


def main(argv: list[str] | None = None) -> int:
    """Run the command and return its exit code."""
    arguments = sys.argv[1:] if argv is None else argv
    stop = StopRequest()
    stop.install()
    with stop.interrupting():
        task, values = read_task(parser(), arguments)
        kind, ablation = task_kind(task), ablation_of(task)
        options = parser(kind, ablation).parse_args(arguments)
        values = over_values(options, kind.configs, values)
        rows = ablation.chosen(tuple(options.variants))
        from thermal_depth_ros.training.ablation.report import FAILED, print_table
        from thermal_depth_ros.training.ablation.run import AblationRun
        from thermal_depth_ros.training.engine.accelerator import process_group
        from thermal_depth_ros.training.engine.callbacks import progress_callback
        from thermal_depth_ros.training.engine.launch import rank
    with process_group(), progress_callback(options.progress, stop.ask) as callback:
        run = AblationRun(ablation, kind, values, options.folder, callback, stop)
        finished = run.train(rows)
    if rank() == 0:
        print_table(ablation, run.results(), run.configs, options.folder)
    if not finished:
        raise KeyboardInterrupt('interrupted: run again to resume')
    return 1 if any(result.state == FAILED for result in run.results(rows)) else 0
