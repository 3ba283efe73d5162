# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""`ablate`: train the rows of a paper's ablation table from one training configuration."""

import argparse
import inspect
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from thermal_depth_ros.base.stopping import INTERRUPTED, StopRequest
from thermal_depth_ros.cli.config_options import add_options, over_values
from thermal_depth_ros.cli.file_settings import training_values
from thermal_depth_ros.cli.train import PROGRESS
from thermal_depth_ros.training.ablation.rows import Ablation
from thermal_depth_ros.training.registry import DEFAULT, TaskKind, ablation_of, task_kind

if TYPE_CHECKING:
    from thermal_depth_ros.training.ablation.run import AblationRun, RowResult
    from thermal_depth_ros.training.engine.callbacks import ProgressCallback

_PAGE_WIDTH = 140  # of a file or a pipe, which has none
_NOT_OPTIONS = frozenset({'output', 'task'})


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
        metavar='FILE',
        help='YAML file of settings, as for `thermal-depth train`',
    )
    if kind is None or ablation is None:
        made.add_argument('--task')
        return made
    decided = {name for row in ablation.rows for name in row.values}
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
    for config in kind.configs:
        title = (inspect.getdoc(config) or config.__name__).splitlines()[0].rstrip('.')
        group = made.add_argument_group(title)
        add_options(group, config, over_file=True, leave_out=_NOT_OPTIONS | decided)
    return made


def main(argv: list[str] | None = None) -> int:
    """Run the command and return its exit code."""
    arguments = sys.argv[1:] if argv is None else argv
    stop = StopRequest()
    stop.install()
    with stop.interrupting():
        first, _ = parser().parse_known_args(arguments)
        values = training_values(first.config) if first.config else {}
        task = first.task or values.get('task', DEFAULT)
        kind, ablation = task_kind(task), ablation_of(task)
        options = parser(kind, ablation).parse_args(arguments)
        values = over_values(options, kind.configs, values)
        from thermal_depth_ros.training.engine.callbacks import progress_callback
    with progress_callback(options.progress if _is_main() else 'none', stop.ask) as callback:
        return _ablate(ablation, kind, values, options, callback, stop)


def _ablate(
    ablation: Ablation,
    kind: TaskKind,
    values: dict[str, Any],
    options: argparse.Namespace,
    callback: 'ProgressCallback',
    stop: StopRequest,
) -> int:
    with stop.interrupting():
        import torch.distributed

        from thermal_depth_ros.training.ablation.run import FAILED, AblationRun, run_rows
        from thermal_depth_ros.training.ablation.table import earlier_results, merged, write_table

    rows = ablation.chosen(tuple(options.variants))
    run = AblationRun(ablation, kind, values, options.folder, callback, stop)

    earlier = earlier_results(ablation, run.configs, options.folder)

    def changed(results: list['RowResult']) -> None:
        if _is_main():
            shown = merged(ablation, earlier, results)
            write_table(ablation, shown, run.configs, options.folder)

    try:
        finished = run_rows(run, rows, changed)
    finally:
        if torch.distributed.is_initialized():
            torch.distributed.destroy_process_group()
    results = run.results(rows)
    if _is_main():
        _show(ablation, merged(ablation, earlier, results), run, options.folder)
    if not finished:
        print('interrupted: run again to resume', file=sys.stderr)
        return INTERRUPTED
    return 1 if any(result.state == FAILED for result in results) else 0


def _show(ablation: Ablation, results: list['RowResult'], run: 'AblationRun', folder: Path) -> None:
    from rich.table import Table
    from rich.text import Text

    from thermal_depth_ros.base.screen import Screen
    from thermal_depth_ros.training.ablation.table import MARKDOWN, cells, headings, remarks

    table = Table(title=ablation.title, title_justify='left')
    for index, heading in enumerate(headings(ablation)):
        table.add_column(heading, justify='right' if index else 'left')
    for result in results:
        table.add_row(*map(Text, cells(ablation, result)))
    console = Screen(width=None if sys.stdout.isatty() else _PAGE_WIDTH)
    console.print(table)
    for text in remarks(ablation, results, run.configs):
        console.print(text, markup=False, highlight=False)
    console.print(f'written to {folder / MARKDOWN}', markup=False, highlight=False)


def _is_main() -> bool:
    return os.environ.get('RANK', '0') == '0'
