# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Settings of the training data of DepthSegNet24: recordings by day and by night."""

import dataclasses
import functools
from typing import ClassVar

from thermal_depth_ros.contract import RGB
from thermal_depth_ros.samples.config import DataConfig, named_twice
from thermal_depth_ros.settings import setting

_fixed = functools.partial(setting, read_only=True)


@dataclasses.dataclass(frozen=True)
class RgbDataConfig(DataConfig):
    """Where triplets of RGB images come from; sizes are DepthSegNet24's."""

    camera: str = _fixed(RGB, 'how images are read', choices=(RGB,))
    width: int = _fixed(576, 'width of the samples, pixels', minimum=64, maximum=8192)
    height: int = _fixed(320, 'height of the samples, pixels', minimum=64, maximum=8192)
    frame_interval: int = _fixed(
        1, 'frames between the target and each neighbour', minimum=1, maximum=1000
    )
    label_topic: str = _fixed(
        '', 'true classes to validate against: images of class ids; none: do not use any'
    )


@dataclasses.dataclass(frozen=True)
class DayNightDataConfig(RgbDataConfig):
    """Where triplets of RGB images come from: bags are those by day; sizes are DepthSegNet24's."""

    data_paths: ClassVar[frozenset[str]] = DataConfig.data_paths | {
        *('night_bags', 'night_validation_bags')
    }

    night_bags: tuple[str, ...] = _fixed((), 'recordings by night to train on')
    night_validation_bags: tuple[str, ...] = _fixed(
        (), 'recordings by night to validate on; without any, the end of each of night_bags'
    )

    def problems(self) -> list[str]:
        """Name contradictions between settings."""
        found = super().problems()
        by_day = {*self.bags, *self.validation_bags}
        if both := named_twice(by_day, {*self.night_bags, *self.night_validation_bags}):
            found.append(f'night_bags: {", ".join(both)} is named among those by day too')
        if both := named_twice(self.night_bags, self.night_validation_bags):
            found.append(f'night_validation_bags: {", ".join(both)} is named by night_bags too')
        if self.night_validation_bags and not self.night_bags:
            found.append('night_validation_bags: needs night_bags')
        return found

    def by_night(self) -> RgbDataConfig:
        """Return the settings of the recordings by night alone."""
        values = {f.name: getattr(self, f.name) for f in dataclasses.fields(RgbDataConfig)}
        values |= {'bags': self.night_bags, 'validation_bags': self.night_validation_bags}
        return RgbDataConfig(**values)
