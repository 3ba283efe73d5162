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
from thermal_depth_ros.base.remedies import is_defect, missing_import
from thermal_depth_ros.base.stopping import INTERRUPTED
from thermal_depth_ros.base.unexpected import is_foreseen, named, needs_stack, stack_of

PACKAGE = 'thermal_depth_ros'
COMMANDS = {
    'vehicle': 'run both camera nodes in one process',
    'thermal': 'run the thermal camera node: depth, cloud, odometry',
    'rgb': 'run the RGB camera node: depth, cloud, semantic mask',
    'replay': 'play recordings on their original topics, with /clock',
    'process': 'run every frame of a recording through the pipelines, offline',
    'evaluate': 'compare depth, motion and classes with ground truth, and write an HTML report',
    'table': 'print a table of the papers, with rows measured by its protocol',
    'features': 'compare the features of RGB and thermal images of the same time',
    'simulate': 'simulate drives with exact depth, labels and motion, as MCAP',
    'convert': 'write data sets (KITTI, nuScenes, MS2, ...) as recordings',
    'label': 'label the images of recordings with teacher networks, for RGB training',
    'train': 'train a model on unlabelled recordings and export it as a bundle',
    'adapt': 'adapt a model to the camera of recordings, and compare before and after',
    'trainer': 'run the training node: ROS parameters, progress on /diagnostics',
    'ablate': 'train the rows of an ablation table and compare them with the paper',
    'translate': 'translate images from day to night or back, for RGB training',
    'record': 'record the outputs of the camera nodes to MCAP',
    'models': 'list model bundles: what they were trained on, units, size, licence, speed',
    'doctor': 'check the installation, devices, bundles and the running ROS graph',
    'bench': 'measure latency, throughput and memory against targets',
    'demo': 'play recordings through the camera nodes and write an HTML report',
    'fit-scale': 'find the metric scale (and shift) of a bundle from recordings',
    'average': 'write the mean of the weights of bundles, before and after a training',
    'export': 'write the networks of a bundle as ONNX files, compared with PyTorch',
    'import-onnx': 'make a model bundle from an ONNX file that others have exported',
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
    """Return the error message for an unknown command, with the closest match."""
    message = f'thermal-depth: {command!r} is not a command'
    near = difflib.get_close_matches(command, COMMANDS, n=1)
    if near:
        message += f'; did you mean {near[0]!r}?'
    return f'{message}\nCommands: {", ".join(COMMANDS)}'


def run(command: str, arguments: list[str], imported: Callable[[], None] = lambda: None) -> int:
    """Import the module of one command and run it; print its errors and return its exit code."""
    try:
        module = importlib.import_module(f'{PACKAGE}.cli.{command.replace("-", "_")}')
        imported()
        code = module.main(arguments)
        sys.stdout.flush()
    except KeyboardInterrupt as error:
        if str(error):
            print(error, file=sys.stderr)
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
    except Exception as error:
        _print_error(error)
        return 1
    return code


def _print_error(error: Exception) -> None:
    """Print the message of an error, after its stack if it is a defect."""
    rank = os.environ.get('RANK')
    where = '' if rank is None else f' (process {rank})'
    if needs_stack(error):
        print(stack_of(error), file=sys.stderr)
    text = _text(error) if is_foreseen(error) else f'unexpected {named(error)}'
    print(f'error{where}: {text or named(error)}{_how_to_convert(error)}', file=sys.stderr)


def _how_to_convert(error: Exception) -> str:
    """Return what makes recordings of a folder that holds a data set instead of one."""
    folder = getattr(error, 'folder', None)
    if type(error).__name__ != 'NoRecordingError' or folder is None:
        return ''
    from thermal_depth_ros.datasets.catalog import looks_like

    layouts = looks_like(folder)
    if not layouts:
        return ''
    return f'; it looks like {" and ".join(layouts)}: thermal-depth convert {layouts[0]} makes one'


def _text(error: Exception) -> str:
    """Return the message of an error; one of the system begins with its file, not its number."""
    if isinstance(error, OSError) and error.filename is not None and error.strerror:
        return f'{error.filename}: {error.strerror}'
    return str(error)


def main(argv: list[str] | None = None, imported: Callable[[], None] = lambda: None) -> int:
    """Run a command by its name.

    Args:
        argv: The command and its arguments; those of the process when None.
        imported: Called once the module of the command is imported, before it runs.

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
