# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Settings of the random camera effects: each is the largest strength, and 0 is off."""

import dataclasses
from typing import ClassVar

from thermal_depth_ros.base.settings import fixed
from thermal_depth_ros.training.video.config import VideoConfig

_OF_INPUT = 'in the network input'


@dataclasses.dataclass(frozen=True)
class CameraEffectsConfig(VideoConfig):
    """Effects that thermal and RGB cameras share.

    The strength of an effect is drawn for each sample from 0 to the value of its setting.
    """

    effect_probability: float = fixed(
        0.5,
        f'Probability of each camera effect {_OF_INPUT}, for those that are not off; losses '
        'compare the plain images',
        minimum=0.0,
        maximum=1.0,
    )
    defocus_px: float = fixed(
        0.0,
        f'Largest radius of defocus {_OF_INPUT}, pixels; 0 is off',
        minimum=0.0,
        maximum=20.0,
    )
    motion_blur_px: float = fixed(
        0.0,
        f'Largest length of motion blur {_OF_INPUT}, pixels; 0 is off',
        minimum=0.0,
        maximum=60.0,
    )

    @property
    def strengths(self) -> tuple[float, ...]:
        """The settings that switch effects on, 0 where they are off."""
        return (self.defocus_px, self.motion_blur_px)


@dataclasses.dataclass(frozen=True)
class RgbEffectsConfig(CameraEffectsConfig):
    """Effects of RGB cameras."""

    # Recordings that are compared by content when training is resumed.
    data_paths: ClassVar[frozenset[str]] = frozenset({'style_bags', 'style_night_bags'})

    exposure_stops: float = fixed(
        0.0,
        f'Largest change of the exposure {_OF_INPUT}, up or down, stops (factors of 2); 0 is off',
        minimum=0.0,
        maximum=4.0,
    )
    gamma_change: float = fixed(
        0.0,
        f'Largest change of the tone curve {_OF_INPUT}: its exponent is multiplied by a factor '
        'from 1 / (1 + gamma_change) to 1 + gamma_change; 0 is off',
        minimum=0.0,
        maximum=2.0,
    )
    white_balance_change: float = fixed(
        0.0,
        f'Largest change of the white balance {_OF_INPUT}: red and blue are multiplied by factors '
        'from 1 / (1 + white_balance_change) to 1 + white_balance_change; 0 is off',
        minimum=0.0,
        maximum=1.0,
    )
    shot_noise: float = fixed(
        0.0,
        f'Largest shot noise {_OF_INPUT}: standard deviation at full brightness, relative to it '
        '(linear light); 0 is off',
        minimum=0.0,
        maximum=0.5,
    )
    read_noise: float = fixed(
        0.0,
        f'Largest read noise {_OF_INPUT}: standard deviation at any brightness, relative to full '
        'brightness (linear light); 0 is off',
        minimum=0.0,
        maximum=0.2,
    )
    vignetting: float = fixed(
        0.0,
        f'Largest loss of light in the corners {_OF_INPUT}, fraction; 0 is off',
        minimum=0.0,
        maximum=1.0,
    )
    flare: float = fixed(
        0.0,
        f'Largest brightness of stray light {_OF_INPUT}, relative to full brightness (linear '
        'light); 0 is off',
        minimum=0.0,
        maximum=1.0,
    )
    lens_dirt: float = fixed(
        0.0,
        f'Largest opacity of spots of dirt or water on the lens {_OF_INPUT}; 0 is off',
        minimum=0.0,
        maximum=1.0,
    )
    grayscale_probability: float = fixed(
        0.0, f'Probability of a sample without colours {_OF_INPUT}', minimum=0.0, maximum=1.0
    )
    jpeg_min_quality: int = fixed(
        100,
        f'Lowest JPEG quality {_OF_INPUT}; 100 does not compress',
        minimum=5,
        maximum=100,
    )
    style_bags: tuple[str, ...] = fixed(
        (),
        'Real daytime images, without labels, whose low-frequency amplitude is mixed into the '
        'daytime network input: recordings, or folders of .png and .jpg files',
    )
    style_night_bags: tuple[str, ...] = fixed(
        (), 'The same for night images; empty mixes nothing into them'
    )
    style_topic: str = fixed(
        '', 'Image topic of style_bags and style_night_bags; empty selects the only one'
    )
    style_strength: float = fixed(
        1.0,
        'Largest share of the amplitude that is taken from an image of style_bags',
        minimum=0.0,
        maximum=1.0,
    )
    style_band: float = fixed(
        0.01,
        'Highest frequency that is mixed, relative to the sampling frequency along the shorter '
        'side (beta of Fourier domain adaptation)',
        minimum=0.0,
        maximum=0.25,
    )

    @property
    def strengths(self) -> tuple[float, ...]:
        """The settings that switch effects on, 0 where they are off."""
        return (
            *super().strengths,
            self.exposure_stops,
            self.gamma_change,
            self.white_balance_change,
            self.shot_noise,
            self.read_noise,
            self.vignetting,
            self.flare,
            self.lens_dirt,
            self.grayscale_probability,
            100 - self.jpeg_min_quality,
            len(self.style_bags) + len(self.style_night_bags),
        )

    def problems(self) -> list[str]:
        """Name contradictions between settings."""
        problems = super().problems()
        if self.style_topic and not (self.style_bags or self.style_night_bags):
            problems.append('style_topic: has no effect without style_bags')
        return problems


@dataclasses.dataclass(frozen=True)
class ThermalEffectsConfig(CameraEffectsConfig):
    """Effects of thermal cameras.

    The range of an image is that between its percentiles 1 and 99.
    """

    agc_probability: float = fixed(
        0.0,
        f'Probability of 8-bit gain control {_OF_INPUT}: linear, histogram or plateau '
        'equalisation, for each image alone',
        minimum=0.0,
        maximum=1.0,
    )
    black_hot_probability: float = fixed(
        0.0,
        f'Probability of inverted images {_OF_INPUT}, as sent by cameras in the mode black hot, '
        'and of scenes whose warm and cold surfaces are exchanged',
        minimum=0.0,
        maximum=1.0,
    )
    gain_jump: float = fixed(
        0.0,
        f'Largest change of the gain between images of a triplet {_OF_INPUT}, relative; 0 is off',
        minimum=0.0,
        maximum=0.9,
    )
    offset_jump: float = fixed(
        0.0,
        f'Largest change of the offset between images of a triplet {_OF_INPUT}, as a fraction of '
        'the range of the image; 0 is off',
        minimum=0.0,
        maximum=2.0,
    )
    fixed_pattern: float = fixed(
        0.0,
        f'Largest fixed pattern of pixels, rows and columns {_OF_INPUT}: standard deviation of '
        'each, as a fraction of the range of the image; 0 is off',
        minimum=0.0,
        maximum=0.5,
    )
    nuc_residue: float = fixed(
        0.0,
        f'Largest smooth residue of the non-uniformity correction {_OF_INPUT}, as a fraction of '
        'the range of the image; 0 is off',
        minimum=0.0,
        maximum=1.0,
    )
    vignetting: float = fixed(
        0.0,
        f'Largest offset of the corners {_OF_INPUT} by radiation of the housing, as a fraction of '
        'the range of the image, up or down; 0 is off',
        minimum=0.0,
        maximum=1.0,
    )
    thermal_noise: float = fixed(
        0.0,
        f'Largest temporal noise {_OF_INPUT}: standard deviation, as a fraction of the range of '
        'the image; 0 is off',
        minimum=0.0,
        maximum=0.5,
    )
    dead_pixels: float = fixed(
        0.0,
        f'Largest fraction of dead pixels {_OF_INPUT}; 0 is off',
        minimum=0.0,
        maximum=0.1,
    )
    dead_rows: int = fixed(0, f'Most dead rows {_OF_INPUT}; 0 is off', minimum=0, maximum=32)
    max_low_fraction: float = fixed(
        0.0,
        'Largest low_fraction if that of a sample is drawn, between low_fraction and this '
        '(percentile mapping); 0 uses low_fraction',
        minimum=0.0,
        maximum=0.45,
    )
    min_high_fraction: float = fixed(
        1.0,
        'Smallest high_fraction if that of a sample is drawn, between this and high_fraction '
        '(percentile mapping); 1 uses high_fraction',
        minimum=0.55,
        maximum=1.0,
    )

    @property
    def strengths(self) -> tuple[float, ...]:
        """The settings that switch effects on, 0 where they are off."""
        return (
            *super().strengths,
            self.agc_probability,
            self.black_hot_probability,
            self.gain_jump,
            self.offset_jump,
            self.fixed_pattern,
            self.nuc_residue,
            self.vignetting,
            self.thermal_noise,
            self.dead_pixels,
            self.dead_rows,
            self.max_low_fraction,
            1.0 - self.min_high_fraction,
        )
