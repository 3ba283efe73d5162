# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Translates the images of recordings to another time of day, into the image cache."""

import functools
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from thermal_depth_ros.base.settings import SettingsError, build
from thermal_depth_ros.inference.device import use_threads
from thermal_depth_ros.pages.contact_sheet import SheetEntry, contact_sheet, write_sheet
from thermal_depth_ros.samples.config import ImagesConfig, cache_root
from thermal_depth_ros.samples.picking import thinned
from thermal_depth_ros.samples.recorded_frames import RecordedFrames
from thermal_depth_ros.samples.single_images import open_images
from thermal_depth_ros.samples.translated_frames import write_translated_bag
from thermal_depth_ros.training.engine.callbacks import (
    ProgressCallback,
    StopSignal,
    progress_callback,
)
from thermal_depth_ros.training.labelling.annotation import Share, annotate, device_of_process
from thermal_depth_ros.training.labelling.annotators import TranslationAnnotator
from thermal_depth_ros.training.labelling.config import TranslateConfig
from thermal_depth_ros.training.labelling.output_folders import output_folders
from thermal_depth_ros.training.teacher_engine import engine_notes
from thermal_depth_ros.training.translation.translator import Translator, check_size

_MOST_NAMED = 10  # images without a translation


class _Translation:
    """Images of a recording and their translations."""

    def __init__(self, frames: RecordedFrames, annotator: TranslationAnnotator) -> None:
        self.frames, self._annotator = frames, annotator
        self.translated = annotator.open(frames)

    @property
    def name(self) -> str:
        """Short name of the recording."""
        return Path(self.frames.path).name

    def indices(self, done: bool) -> list[int]:
        """Return the indices of the images that have a translation, or of those that have none."""
        selected: list[int] = np.flatnonzero(
            self.translated.done()[self.frames.rows] == done
        ).tolist()
        return selected

    def complete(self, callback: ProgressCallback, stop: StopSignal) -> None:
        """Make the missing translations until a stop request."""
        advance = functools.partial(callback.preparing, f'translating {self.name}')
        result = annotate(self._annotator, self.frames, Share(), 1, advance, lambda: stop.asked)
        callback.note(
            f'{self.name}: {result.made} images translated, {result.before} had been before'
        )

    def record(self, path: Path, config: TranslateConfig, callback: ProgressCallback) -> None:
        """Write the translations as a recording."""
        count = write_translated_bag(
            path, self.frames, self.translated, config.force, config.compression
        )
        callback.note(f'{count} images in {path}')

    def missing(self) -> str:
        """Name the first images without a translation, and count the others."""
        missing = self.indices(done=False)
        more = f' and {len(missing) - _MOST_NAMED} more' if len(missing) > _MOST_NAMED else ''
        return f'{self.frames.name(*missing[:_MOST_NAMED])}{more}'


def translate_recordings(
    config: TranslateConfig, images: Mapping[str, Any], stop: StopSignal
) -> bool:
    """Translate the images of recordings that have no translation yet.

    Args:
        config: Translator and outputs.
        images: Settings of ImagesConfig; by default, images have the size of the training.
        stop: Stop request; the translations made until then are kept.

    Returns:
        Whether every image of this process has a translation.

    Raises:
        BagError: A recording cannot be read or written.
        SamplesError: No usable images, or translations of this name are by another bundle.
        SettingsError: Settings that do not fit each other or the bundle.
        BundleError: The bundle cannot be used.
        KeyboardInterrupt: Stopped on request; the same call resumes.
    """
    share = Share.of_process()
    if config.output and share.count > 1:
        raise SettingsError(
            '--output: several processes write into the cache only; call again without torchrun, '
            'which finds everything there'
        )
    use_threads(config.threads)
    with stop.interrupting():
        device = device_of_process(config.device)
        translator = Translator(config.bundle, config.direction, device, config.engine)
    height, width = translator.trained_size
    source = build(ImagesConfig, {'height': height, 'width': width, **images})
    check_size(source.height, source.width)
    targets = output_folders(
        'output', '' if config.check else config.output, source.bags, config.force
    )
    with progress_callback('auto', lambda: None) as callback:
        for note in engine_notes(translator.path.name, translator.report):
            callback.note(note)
        if (source.height, source.width) != (height, width):
            callback.note(
                f'note: images of {source.width}x{source.height}, but the bundle was trained with '
                f'images of {width}x{height}'
            )
        with stop.interrupting():
            made = _open(config, source, translator, share, callback)
        if not config.check:
            for one in made:
                one.complete(callback, stop)
        if share.rank == 0 and config.sheet_images:
            _write_sheet(config, made, callback)
        for target, one in zip(targets, made, strict=False):
            if not stop.asked:
                one.record(target, config, callback)
        incomplete = [one for one in made if one.indices(done=False)]
        for one in incomplete:
            callback.note(f'no translation: {one.missing()}')
    if stop.asked and incomplete:
        raise KeyboardInterrupt('interrupted: run again to resume')
    return not incomplete


def _open(
    config: TranslateConfig,
    source: ImagesConfig,
    translator: Translator,
    share: Share,
    callback: ProgressCallback,
) -> list[_Translation]:
    """Open the images of this process and their translations."""
    data = source.data(source.bags)
    annotator = TranslationAnnotator(translator, cache_root(data), config.stored_name)
    opened = open_images(data, callback.preparing)
    for note in opened.notes:
        callback.note(note)
    return [
        _Translation(frames.select(frames.rows % share.count == share.rank), annotator)
        for frames in opened.recordings
    ]


def _write_sheet(
    config: TranslateConfig, made: Sequence[_Translation], callback: ProgressCallback
) -> None:
    """Write the contact sheet of some images above their translations."""
    pairs = [(one, index) for one in made for index in one.indices(done=True)]
    if not pairs:
        return
    entries = []
    for one, index in (pairs[place] for place in thinned(len(pairs), config.sheet_images)):
        translation = one.translated.read(int(one.frames.rows[index]))
        caption = f'{one.name} frame {int(one.frames.numbers[index])}'
        entries.append(SheetEntry((one.frames.image(index), translation), caption))
    path = Path(config.sheet or f'out/translate/{config.stored_name}.png')
    write_sheet(path, contact_sheet(entries))
    callback.note(f'contact sheet: {path}')
