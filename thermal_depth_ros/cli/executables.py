# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Entry points of the executables; signals are handled before slow imports."""

import functools
import sys
from collections.abc import Callable

from thermal_depth_ros.base import stopping, terminal

# Commands whose regular end is a signal; what it ends in the others is unfinished.
UNTIL_STOPPED = frozenset({'vehicle', 'thermal', 'rgb', 'trainer', 'replay', 'record'})


def code_of_signal(command: str) -> int:
    """Return the exit code of a command that a signal ends while it starts."""
    return 0 if command in UNTIL_STOPPED else stopping.INTERRUPTED


def execute(command: str | None) -> int:
    """Run a command with the arguments of the process, and return its exit code.

    Args:
        command: Name of the command; None takes it from the first argument.
    """
    arguments = sys.argv[1:] if command is None else [command, *sys.argv[1:]]
    name = arguments[0] if arguments else ''
    stopping.begin_process(code_of_signal(name))
    terminal.guard_streams()
    from thermal_depth_ros.cli.main import main

    ended = 1
    try:
        ended = main(arguments, imported=functools.partial(_imported, name))
        return ended
    except SystemExit as error:
        ended = error.code if isinstance(error.code, int) else int(error.code is not None)
        raise
    finally:
        stopping.end_process(ended)


def _imported(name: str) -> None:
    if name not in UNTIL_STOPPED:  # they install a StopRequest first of all
        stopping.interrupt_on_signals(code_of_signal(name))


def _executable(command: str | None) -> Callable[[], int]:
    return functools.partial(execute, command)


thermal_depth = _executable(None)
vehicle = _executable('vehicle')
thermal = _executable('thermal')
rgb = _executable('rgb')
replay = _executable('replay')
process = _executable('process')
evaluate = _executable('evaluate')
table = _executable('table')
features = _executable('features')
simulate = _executable('simulate')
convert = _executable('convert')
label = _executable('label')
train = _executable('train')
adapt = _executable('adapt')
average = _executable('average')
trainer = _executable('trainer')
ablate = _executable('ablate')
translate = _executable('translate')
record = _executable('record')
models = _executable('models')
doctor = _executable('doctor')
bench = _executable('bench')
demo = _executable('demo')
fit_scale = _executable('fit-scale')
export = _executable('export')
import_onnx = _executable('import-onnx')
import_weights = _executable('import-weights')
