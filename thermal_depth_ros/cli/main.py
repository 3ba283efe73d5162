# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""`thermal-depth <command>`: every executable of the package under one name.

Only the module of the called command is imported, so that `--help` answers at once, and only after
signals are taken care of (`cli/executables.py`).
"""

import difflib
import importlib
import os
import sys
from collections.abc import Callable

from thermal_depth_ros import __version__
from thermal_depth_ros.remedies import is_defect, missing_import

PACKAGE = 'thermal_depth_ros'
INTERRUPTED = 130
COMMANDS = {
    'vehicle': 'run both camera nodes in one process',
    'thermal': 'run the thermal camera node: depth, cloud, odometry',
    'rgb': 'run the RGB camera node: depth, cloud, semantic mask',
    'replay': 'play a recording onto topics, with /clock, at a rate',
    'process': 'run every frame of a recording through the same pipelines, offline',
    'evaluate': 'compare depth, motion and classes with the truth, and write a report to look at',
    'simulate': 'write synthetic drives with exact depth, labels and motion, as MCAP',
    'label': 'let teachers label the images of recordings, to train the RGB network from',
    'train': 'learn a model from recordings, without labels, and write it as a bundle',
    'trainer': 'the same as a node: ROS parameters, progress on /diagnostics',
    'ablate': "train the rows of a paper's ablation table and write it beside the paper's",
    'translate': 'write what images by day would look like by night, or the other way round',
    'record': 'record what the vehicle publishes, as MCAP',
    'doctor': 'check what is installed, the devices, the bundles and the running ROS graph',
    'bench': 'measure latency, throughput and memory, with the targets beside them',
    'demo': 'play recordings through the running vehicle and write a report to look at',
    'import-weights': 'convert third-party weights into a model bundle',
}


def usage() -> str:
    """Return the help text: one line per command."""
    width = max(map(len, COMMANDS))
    lines = [f'  {name:<{width}}  {text}' for name, text in COMMANDS.items()]
    return '\n'.join(
        [
            'usage: thermal-depth [--help] [--version] COMMAND ...',
            '',
            'Depth, semantics and motion from a thermal and an RGB camera.',
            '',
            'commands:',
            *lines,
            '',
            '`thermal-depth COMMAND --help` explains a command. On a ROS install,',
            f'`ros2 run {PACKAGE} thermal-depth COMMAND` runs the same program.',
        ]
    )


def unknown(command: str) -> str:
    """Return what to say about a command that does not exist, with the nearest that does."""
    message = f'thermal-depth: {command!r} is not a command'
    near = difflib.get_close_matches(command, COMMANDS, n=1)
    if near:
        message += f'; did you mean {near[0]!r}?'
    return f'{message}\nThere are: {", ".join(COMMANDS)}'


def run(command: str, arguments: list[str], imported: Callable[[], None]) -> int:
    """Import the module of one command and run it; return its exit code."""
    try:
        module = importlib.import_module(f'{PACKAGE}.cli.{command.replace("-", "_")}')
        imported()
        code = module.main(arguments)
        sys.stdout.flush()
    except KeyboardInterrupt:
        return INTERRUPTED
    except ImportError as error:
        if is_defect(error):
            raise
        print(f'error: {missing_import(error)}', file=sys.stderr)
        return 1
    except BrokenPipeError:
        # The reader went away (`| head`): leave quietly, also at the flush on exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    return code


def main(argv: list[str] | None = None, imported: Callable[[], None] = lambda: None) -> int:
    """Run a command by its name.

    Args:
        argv: the command and its arguments; those of the process when None.
        imported: called once the module of the command is imported, before it runs.

    Returns:
        The command's exit code; 0 for help and version; 2 for a wrong call; 130 when interrupted.
    """
    arguments = sys.argv[1:] if argv is None else argv
    if not arguments:
        print(usage(), file=sys.stderr)
        return 2
    command, *rest = arguments
    if command in ('-h', '--help', 'help'):
        print(usage())
        return 0
    if command == '--version':
        print(f'thermal-depth {__version__}')
        return 0
    if command not in COMMANDS:
        print(unknown(command), file=sys.stderr)
        return 2
    return run(command, rest, imported)


if __name__ == '__main__':
    from thermal_depth_ros.cli.executables import thermal_depth

    sys.exit(thermal_depth())
