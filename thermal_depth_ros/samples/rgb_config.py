# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Settings of the training data of DepthSegNet24: day and night recordings."""

import dataclasses
import functools
from typing import ClassVar

from thermal_depth_ros.base.contract import RGB
from thermal_depth_ros.base.settings import setting
from thermal_depth_ros.samples.config import DataConfig, named_twice

_fixed = functools.partial(setting, read_only=True)


@dataclasses.dataclass(frozen=True)
class RgbDataConfig(DataConfig):
    """Source and selection of RGB image triplets; sizes are those of DepthSegNet24."""

    camera: str = _fixed(RGB, 'Camera type, which decides how images are decoded', choices=(RGB,))
    width: int = _fixed(576, 'Width of the samples, pixels', minimum=64, maximum=8192)
    height: int = _fixed(320, 'Height of the samples, pixels', minimum=64, maximum=8192)
    frame_interval: int = _fixed(
        1,
        'Number of frames between the target and each neighbour (spacing frames)',
        minimum=1,
        maximum=1000,
    )
    label_topic: str = _fixed(
        '',
        'Topic of the true semantic labels for validation: images of class ids; none disables it',
    )


@dataclasses.dataclass(frozen=True)
class DayNightDataConfig(RgbDataConfig):
    """Source and selection of RGB image triplets by day (bags) and by night (night_bags)."""

    data_paths: ClassVar[frozenset[str]] = DataConfig.data_paths | {
        'night_bags',
        'night_validation_bags',
    }

    night_bags: tuple[str, ...] = _fixed((), 'Night recordings to train on')
    night_validation_bags: tuple[str, ...] = _fixed(
        (), 'Night recordings to validate on; empty uses the end of each of night_bags'
    )

    def problems(self) -> list[str]:
        """Name contradictions between settings."""
        problems = super().problems()
        by_day = {*self.bags, *self.validation_bags}
        if both := named_twice(by_day, {*self.night_bags, *self.night_validation_bags}):
            problems.append(f'night_bags: {", ".join(both)} is also listed as a daytime recording')
        if both := named_twice(self.night_bags, self.night_validation_bags):
            problems.append(
                f'night_validation_bags: {", ".join(both)} is also listed in night_bags'
            )
        if self.night_validation_bags and not self.night_bags:
            problems.append('night_validation_bags: needs night_bags')
        return problems

    def by_night(self) -> RgbDataConfig:
        """Return the settings of the night recordings."""
        values = {f.name: getattr(self, f.name) for f in dataclasses.fields(RgbDataConfig)}
        values |= {'bags': self.night_bags, 'validation_bags': self.night_validation_bags}
        return RgbDataConfig(**values)
