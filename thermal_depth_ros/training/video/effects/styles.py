# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Low-frequency amplitudes of real images, to be mixed into those of the samples."""

import dataclasses
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TypeVar

import cv2
import numpy as np
import torch

from thermal_depth_ros.base.listing import list_files
from thermal_depth_ros.samples.config import DataConfig, ImagesConfig
from thermal_depth_ros.samples.errors import SamplesError
from thermal_depth_ros.samples.single_images import open_images
from thermal_depth_ros.training.video.effects.config import RgbEffectsConfig
from thermal_depth_ros.training.video.effects.draws import Draws
from thermal_depth_ros.training.video.effects.fourier import (
    band_size,
    low_amplitude,
    with_amplitude,
)

T = TypeVar('T')
Advance = Callable[[str, int, int], None]
_SUFFIXES = ('.png', '.jpg', '.jpeg')
_MOST_IMAGES = 2000  # of all recordings together, spread evenly
_MOST_BYTES = 256 << 20


@dataclasses.dataclass(frozen=True, eq=False)
class Styles:
    """Amplitudes of images; picklable.

    Attributes:
        amplitudes: (N, 3, 2 size + 1, size + 1) float32, see `low_amplitude`; N may be 0.
        strength: Largest share of the amplitude that is taken.
    """

    amplitudes: torch.Tensor
    strength: float

    def draw(self, draws: Draws) -> 'Style':
        """Draw one of the images, and how much is taken of it."""
        share = draws.strength(self.strength)
        place = draws.rng.random()
        if not len(self.amplitudes):
            return Style(torch.zeros(3, 1, 1), 0.0)
        return Style(self.amplitudes[int(place * len(self.amplitudes))], share)


@dataclasses.dataclass(frozen=True, eq=False)
class Style:
    """A low-frequency amplitude and the share of it that is mixed into images."""

    amplitude: torch.Tensor
    share: float

    def __call__(self, images: torch.Tensor) -> torch.Tensor:
        """Return images (N, 3, H, W) in [0, 1] in this style."""
        return with_amplitude(images, self.amplitude, self.share)


def open_styles(
    bags: Sequence[str], config: RgbEffectsConfig, data: DataConfig, advance: Advance
) -> Styles:
    """Read the images of recordings and folders at the size of the samples.

    Args:
        bags: Recordings, or folders of image files.
        config: Topic, band and strength.
        data: Size of the samples, and the cache.
        advance: Called with a description, the number done and the total.

    Raises:
        SamplesError: A folder or recording has no usable image, or there are too many frequencies.
        BagError: A recording cannot be read.
    """
    size = band_size(data.height, data.width, config.style_band)
    stored = 4 * 3 * (2 * size + 1) * (size + 1)
    most = min(_MOST_IMAGES, _MOST_BYTES // stored) // max(len(bags), 1) or 1
    amplitudes = [
        low_amplitude(torch.from_numpy(image)[None].permute(0, 3, 1, 2) / 255, size)
        for text in bags
        for image in _images(text, most, config, data, advance)
    ]
    empty = torch.zeros(0, 3, 2 * size + 1, size + 1)
    return Styles(torch.cat([empty, *amplitudes]), config.style_strength)


def _images(
    text: str, most: int, config: RgbEffectsConfig, data: DataConfig, advance: Advance
) -> Iterator[np.ndarray]:
    """Yield images (H, W, 3) uint8 R, G, B at the size of the samples."""
    path = Path(text).expanduser()
    if files := _picture_files(path):
        for file in _spread(files, most):
            yield _picture(file, data)
        return
    images = ImagesConfig(
        image_topic=config.style_topic,
        width=data.width,
        height=data.height,
        cache_dir=data.cache_dir,
        max_cache_gb=data.max_cache_gb,
    )
    opened = open_images(images.data((text,)), advance)
    for index in _spread(range(len(opened)), most):
        yield opened.image(index)


def _picture_files(path: Path) -> list[Path]:
    """Return the image files of a folder that is no recording."""
    if not path.is_dir() or (path / 'metadata.yaml').exists():
        return []
    return list_files(path, _SUFFIXES)


def _picture(file: Path, data: DataConfig) -> np.ndarray:
    picture = cv2.imread(str(file), cv2.IMREAD_COLOR)
    if picture is None:
        raise SamplesError(f'style_bags: {file} is not an image that can be read')
    size = data.width, data.height
    shrinks = picture.shape[1] >= size[0] and picture.shape[0] >= size[1]
    method = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    rgb: np.ndarray = cv2.cvtColor(
        cv2.resize(picture, size, interpolation=method), cv2.COLOR_BGR2RGB
    )
    return rgb


def _spread(things: Sequence[T], most: int) -> list[T]:
    """Return at most `most` of the things, spread evenly."""
    if len(things) <= most:
        return list(things)
    return [things[int(place)] for place in np.linspace(0, len(things) - 1, most)]
