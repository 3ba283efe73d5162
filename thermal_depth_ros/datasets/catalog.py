# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""The layouts that can be converted, by name."""

import contextlib
import dataclasses
import importlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from thermal_depth_ros.datasets import config
from thermal_depth_ros.datasets.errors import DatasetError
from thermal_depth_ros.datasets.sequence import Plan

_ROOM = 'thermal_depth_ros.datasets.layouts'


@dataclasses.dataclass(frozen=True)
class Layout:
    """One layout: its settings, and the module with `plans(source, settings)`."""

    name: str
    module: str
    settings: type[config.ConvertConfig]
    about: str

    def plans(self, source: Path, settings: Any) -> list[Plan]:
        """Return the sequences of a data set.

        Raises:
            DatasetError: The data set is not in this layout, or a setting does not fit it.
        """
        found: Callable[[Path, Any], list[Plan]] = importlib.import_module(
            f'{_ROOM}.{self.module}'
        ).plans
        return found(source, settings)


_ALL = (
    Layout('kitti', 'kitti', config.KittiConfig, 'KITTI raw drives, odometry, depth benchmark'),
    Layout('robotcar', 'robotcar', config.RobotcarConfig, 'Oxford RobotCar, also as ADDS has it'),
    Layout('nuscenes', 'nuscenes', config.NuscenesConfig, 'nuScenes, with lidarseg'),
    Layout('ms2', 'ms2', config.Ms2Config, 'MS2: stereo thermal, RGB and NIR'),
    Layout('vivid', 'vivid', config.VividConfig, 'ViViD, post-processed, before preparation'),
    Layout('vivid++', 'vivid_plus', config.VividPlusConfig, 'ViViD++: ROS 1 bags'),
    Layout('tum', 'tum', config.TumConfig, 'TUM RGB-D'),
    Layout('boreas', 'boreas', config.BoreasConfig, 'Boreas'),
    Layout('frames', 'frames', config.FramesConfig, 'videos or folders of images'),
    Layout('irval', 'irval', config.IrvalConfig, 'IRVAL: thermal videos'),
)
LAYOUTS = {layout.name: layout for layout in _ALL}
# Layouts that are told from all others by their folders, without a search through everything.
_TELLING = ('kitti', 'robotcar', 'nuscenes', 'ms2', 'vivid', 'tum', 'boreas')


def looks_like(source: Path) -> list[str]:
    """Return the names of the layouts that a folder has sequences of."""
    found = []
    for name in _TELLING:
        layout = LAYOUTS[name]
        with contextlib.suppress(DatasetError, OSError):
            found += [name] if layout.plans(source, layout.settings()) else []
    return found
