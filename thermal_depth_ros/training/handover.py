# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""The end of one run as the beginning of another, which has the same first stages."""

import shutil
from collections.abc import Sequence
from typing import Any

from thermal_depth_ros.training.errors import TrainingError
from thermal_depth_ros.training.output import OutputFolder
from thermal_depth_ros.training.resume import flat_settings


def hand_over(source: OutputFolder, target: OutputFolder, configs: Sequence[Any]) -> bool:
    """Let a run go on behind the stages that another run consists of.

    The checkpoint is all there is to a run, and a stage begins with generators that depend on the
    seed and its number alone: the run ends bit for bit as if it had done those stages itself.

    Args:
        source: Source of a run that is finished. All of its settings are those of the target, but
            for those that its stages do not depend on.
        target: Target of the other run; where it has checkpoints it goes on from them, and nothing
            is done.
        configs: Configurations of the other run.

    Returns:
        Whether the other run now begins behind the common stages. It does not where a limit of
        time or steps ended the first run within them.

    Raises:
        TrainingError: The target cannot be written.
    """
    with target.locked():
        if target.checkpoints.paths():
            return True
        saved = source.checkpoints.latest(lambda note: None)
        if saved is None or saved['stage'] <= saved['entered']:
            return False
        try:
            shutil.copyfile(source.history, target.history)
            for there, here in ((source.board, target.board), (source.pictures, target.pictures)):
                if there.is_dir():
                    shutil.copytree(there, here, dirs_exist_ok=True)
        except OSError as error:
            raise TrainingError(f'{target.folder}: {error.strerror or error}') from error
        # Last, so that a run that is killed before does not go on from here without the rest.
        target.checkpoints.save(saved['step'], {**saved, 'settings': flat_settings(configs)})
    return True
