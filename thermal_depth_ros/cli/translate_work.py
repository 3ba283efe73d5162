# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""One recording that is translated, by one of the processes that share its images."""

import dataclasses
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np

from thermal_depth_ros.inference.translator import Translator
from thermal_depth_ros.samples.config import ImagesConfig, cache_root
from thermal_depth_ros.samples.recorded_frames import RecordedFrames
from thermal_depth_ros.samples.single_images import open_images
from thermal_depth_ros.samples.translated_frames import TranslatedFrames
from thermal_depth_ros.training.engine.callbacks import ProgressCallback

_MOST_NAMED = 10  # images without a translation


@dataclasses.dataclass(frozen=True)
class Share:
    """Share of the images of one process."""

    rank: int = 0
    count: int = 1

    @classmethod
    def of_process(cls) -> 'Share':
        """Read what torchrun says, if it started this process."""
        return cls(int(os.environ.get('RANK', '0')), int(os.environ.get('WORLD_SIZE', '1')))


@dataclasses.dataclass(frozen=True, eq=False)
class TranslationWork:
    """Images of a recording and what becomes of them."""

    frames: RecordedFrames
    translated: TranslatedFrames

    @property
    def name(self) -> str:
        """Short name of the recording."""
        return Path(self.frames.path).name

    def missing(self) -> np.ndarray:
        """Return which frames have no translation, as indices of frames."""
        return np.flatnonzero(~self.translated.done()[self.frames.rows])

    def there(self) -> np.ndarray:
        """Return which frames have a translation, as indices of frames."""
        return np.setdiff1d(np.arange(len(self.frames)), self.missing())

    def name_missing(self) -> str:
        """Name the first images without a translation, and count the others."""
        missing = self.missing()
        more = f' and {len(missing) - _MOST_NAMED} more' if len(missing) > _MOST_NAMED else ''
        return f'{self.frames.name(*missing[:_MOST_NAMED].tolist())}{more}'


def open_work(
    path: str,
    config: ImagesConfig,
    name: str,
    translator: Translator,
    share: Share,
    callback: ProgressCallback,
) -> TranslationWork:
    """Open the images of a recording, and their translations of a name.

    Raises:
        BagError: The recording cannot be read.
        SamplesError: No usable images, or translations of this name are by another bundle.
    """
    data = config.data((path,))
    images = open_images(data, callback.preparing)
    for note in images.notes:
        callback.note(note)
    frames = images.recordings[0]
    translated = TranslatedFrames.make(cache_root(data), name, frames.store, translator.identity)
    return TranslationWork(frames.select(frames.rows % share.count == share.rank), translated)


def translate(
    work: TranslationWork,
    translator: Translator,
    callback: ProgressCallback,
    stopped: Callable[[], bool],
) -> None:
    """Make missing translations until a stop request; finished ones are kept.

    Raises:
        SamplesError: The disk is full.
    """
    missing, made = work.missing(), 0
    with work.translated.writer() as writer:
        for index in missing:
            if stopped():
                break
            image = translator(work.frames.image(int(index)))
            work.translated.write(writer, int(work.frames.rows[index]), image)
            made += 1
            callback.preparing(f'translating {work.name}', made, len(missing))
    before = len(work.frames) - len(missing)
    callback.note(f'{work.name}: {made} images translated, {before} had been before')
