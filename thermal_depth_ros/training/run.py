# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Runs a training from its configurations: opens the data, makes the task and trains it."""

from typing import Any

from thermal_depth_ros.training.engine.accelerator import check_machine
from thermal_depth_ros.training.engine.callbacks import ProgressCallback, StopSignal
from thermal_depth_ros.training.engine.loop import Outcome, train
from thermal_depth_ros.training.engine.run_folder import RunFolder
from thermal_depth_ros.training.registry import TaskKind, run_config


def run_training(
    kind: TaskKind, configs: tuple[Any, ...], callback: ProgressCallback, stop: StopSignal
) -> Outcome:
    """Train a task to its end, resuming from the last checkpoint of the same run.

    Args:
        kind: Training task.
        configs: One configuration of each of its classes, in their order.
        callback: Progress callbacks.
        stop: Stop request; the run then writes a checkpoint and ends unfinished.

    Raises:
        ThermalDepthError: Any failure of settings, data or training.
        KeyboardInterrupt: Stopped before there was anything to save.
    """
    run = run_config(configs)
    with RunFolder(run.output, run.keep_checkpoints).keeping_errors(), stop.interrupting():
        check_machine(run)  # before recordings are decoded for nothing
        task = kind.make(configs, callback.preparing)
    return train(task, run, callback, stop, configs)
