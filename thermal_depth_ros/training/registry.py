# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Registry of the training tasks: configuration classes and factory of each.

The configuration classes are light; a task is imported when it is made.
"""

import dataclasses
import difflib
from collections.abc import Callable, Mapping
from typing import Any

from thermal_depth_ros.base.settings import SettingsError, build_all
from thermal_depth_ros.training.engine.config import RunConfig
from thermal_depth_ros.training.engine.task import Task

DEFAULT = 'thermal'
Advance = Callable[[str, int, int], None]  # description, done, total


@dataclasses.dataclass(frozen=True)
class TaskKind:
    """One kind of task.

    Attributes:
        configs: Configuration classes of the task, including RunConfig, with distinct names of
            settings.
        make: Makes the task from one configuration of each class, in that order; reports the
            preparation of the data to `advance`.
        contradictions: Lists contradictions between configurations of different classes.
    """

    configs: tuple[type, ...]
    make: Callable[[tuple[Any, ...], Advance], Task]
    contradictions: Callable[[tuple[Any, ...]], list[str]] = lambda configs: []

    def build(self, values: Mapping[str, Any]) -> tuple[Any, ...]:
        """Make the configurations from values for all of them.

        Raises:
            SettingsError: Unknown keys, bad values and contradictions, all named at once.
        """
        built = build_all(self.configs, values)
        if problems := self.contradictions(built):
            raise SettingsError('; '.join(problems))
        return built


def run_config(configs: tuple[Any, ...]) -> RunConfig:
    """Return the RunConfig among configurations."""
    return next(config for config in configs if isinstance(config, RunConfig))


def thermal() -> TaskKind:
    """Thermal depth and motion from recordings (Fan et al. 2024)."""
    from thermal_depth_ros.samples.config import DataConfig
    from thermal_depth_ros.training.thermal.checks import check_start, contradictions
    from thermal_depth_ros.training.thermal.config import ThermalTrainingConfig

    def make(configs: tuple[Any, ...], advance: Advance) -> Task:
        from thermal_depth_ros.samples.opening import open_samples
        from thermal_depth_ros.training.thermal.task import ThermalTask

        data, method, run = configs
        check_start(method)  # before the recordings, which take much longer
        samples = open_samples(data, advance, train_depth=method.depth_weight > 0)
        return ThermalTask(method, run, samples)

    kinds = (DataConfig, ThermalTrainingConfig, RunConfig)
    return TaskKind(kinds, make, lambda configs: contradictions(*configs))


def translation() -> TaskKind:
    """Day-night image translation, the data synthesis of DepthSegNet24."""
    from thermal_depth_ros.training.translation.config import (
        TranslationDataConfig,
        TranslationTrainingConfig,
        size_problems,
    )

    def make(configs: tuple[Any, ...], advance: Advance) -> Task:
        from thermal_depth_ros.samples.single_images import open_images
        from thermal_depth_ros.training.translation.task import TranslationTask

        data, method, run = configs
        day = open_images(data.data(data.bags), advance)
        night = open_images(data.data(data.night_bags), advance)
        return TranslationTask(data, method, run, day, night)

    def contradictions(configs: tuple[Any, ...]) -> list[str]:
        return size_problems(configs[0], configs[1])

    configs = (TranslationDataConfig, TranslationTrainingConfig, RunConfig)
    return TaskKind(configs, make, contradictions)


def rgb() -> TaskKind:
    """Depth and semantics from day and night RGB images (DepthSegNet24)."""
    from thermal_depth_ros.samples.config import DayNightDataConfig
    from thermal_depth_ros.training.rgb.config import RgbTrainingConfig
    from thermal_depth_ros.training.video.config import data_problems, depth_problems

    def make(configs: tuple[Any, ...], advance: Advance) -> Task:
        from thermal_depth_ros.training.rgb.data import open_day_and_night
        from thermal_depth_ros.training.rgb.start import check_start
        from thermal_depth_ros.training.rgb.task import RgbTask

        data, method, run = configs
        check_start(method)
        return RgbTask(method, run, open_day_and_night(data, method, run.device, advance))

    def contradictions(configs: tuple[Any, ...]) -> list[str]:
        data, method, _ = configs
        problems = _size_problems(data)
        if method.real_night and not data.night_bags:
            problems.append('night_bags: real_night needs night recordings')
        return problems + data_problems(data, method) + depth_problems(data, method)

    return TaskKind((DayNightDataConfig, RgbTrainingConfig, RunConfig), make, contradictions)


def depth_teacher() -> TaskKind:
    """Daytime depth teacher of DepthSegNet24: Monodepth2 on daytime recordings."""
    from thermal_depth_ros.samples.config import RgbDataConfig
    from thermal_depth_ros.training.rgb.monocular_config import DepthTeacherConfig
    from thermal_depth_ros.training.video.config import data_problems, depth_problems

    def make(configs: tuple[Any, ...], advance: Advance) -> Task:
        from thermal_depth_ros.training.rgb.data import open_day
        from thermal_depth_ros.training.rgb.start import check_start
        from thermal_depth_ros.training.rgb.task import MonocularTask

        data, method, run = configs
        check_start(method)
        return MonocularTask(method, run, open_day(data, method, advance))

    def contradictions(configs: tuple[Any, ...]) -> list[str]:
        data, method, _ = configs
        return _size_problems(data) + data_problems(data, method) + depth_problems(data, method)

    return TaskKind((RgbDataConfig, DepthTeacherConfig, RunConfig), make, contradictions)


def _size_problems(data: Any) -> list[str]:
    """List image sizes that the RGB networks do not support."""
    from thermal_depth_ros.networks.architecture import MIN_SIZE, SIZE_MULTIPLE, size_fits

    return [
        f'{name}: {getattr(data, name)} is not a multiple of {SIZE_MULTIPLE} from {MIN_SIZE}'
        for name in ('width', 'height')
        if not size_fits(getattr(data, name))
    ]


KINDS: dict[str, Callable[[], TaskKind]] = {
    DEFAULT: thermal,
    'translation': translation,
    'rgb': rgb,
    'depth_teacher': depth_teacher,
}


def task_kind(name: Any) -> TaskKind:
    """Return a kind by its name.

    Raises:
        SettingsError: Unknown name.
    """
    if name not in KINDS:
        near = difflib.get_close_matches(str(name), KINDS, n=1)
        hint = f'; did you mean {near[0]!r}?' if near else ''
        raise SettingsError(f'task: {name!r} is not one of {", ".join(KINDS)}{hint}')
    return KINDS[name]()
