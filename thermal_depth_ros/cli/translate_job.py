# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""The work of `translate`: recording by recording into the cache, then a sheet and a recording."""

import argparse
import os
import sys
from pathlib import Path

import torch

from thermal_depth_ros.base.settings import SettingsError, build
from thermal_depth_ros.base.stopping import INTERRUPTED, StopRequest
from thermal_depth_ros.cli.config_options import given
from thermal_depth_ros.cli.translate_work import Share, TranslationWork, open_work, translate
from thermal_depth_ros.inference.device import select_device, use_threads
from thermal_depth_ros.inference.translator import Translator, check_size
from thermal_depth_ros.pages.contact_sheet import SheetEntry, contact_sheet, write_sheet
from thermal_depth_ros.samples.config import ImagesConfig
from thermal_depth_ros.samples.picking import thinned
from thermal_depth_ros.samples.translated_frames import write_translated_bag
from thermal_depth_ros.training.engine.callbacks import ProgressCallback, progress_callback

INCOMPLETE = 1


def run_job(options: argparse.Namespace, stop: StopRequest) -> int:
    """Translate as the command line says; return the exit code.

    Raises:
        BagError: A recording cannot be read or written.
        SamplesError: No usable images, or translations of this name are by another bundle.
        SettingsError: Settings that do not fit each other or the bundle.
        BundleError: The bundle cannot be used.
        KeyboardInterrupt: A signal came before anything was translated.
    """
    share = Share.of_process()
    if options.output is not None and share.count > 1:
        raise SettingsError(
            '--output: several processes write into the cache only; call again without torchrun, '
            'which finds everything there'
        )
    use_threads(options.threads)
    with stop.interrupting():
        translator = Translator(options.bundle, options.direction, _device(options.device, share))
    config = images_config(options, translator.trained_size)
    targets = _targets(options, config.bags)
    with progress_callback('auto' if share.rank == 0 else 'none', stop.ask) as callback:
        _announce(callback, config, translator)
        with stop.interrupting():
            name = options.name or options.direction
            works = [
                open_work(path, config, name, translator, share, callback) for path in config.bags
            ]
        if not options.check:
            for work in works:
                translate(work, translator, callback, lambda: stop.asked)
        if share.rank == 0:
            _show(callback, options, works)
        for target, work in zip(targets, works, strict=False):
            if not stop.asked:
                _write_bag(callback, target, work, options)
        missing = [work for work in works if len(work.missing())]
        for work in missing:
            callback.note(f'no translation: {work.name_missing()}')
    if stop.asked and missing:
        print('interrupted: run again to resume', file=sys.stderr)
        return INTERRUPTED
    return INCOMPLETE if missing else 0


def images_config(options: argparse.Namespace, trained_size: tuple[int, int]) -> ImagesConfig:
    """Return how the images are made: as the command line says, by default as in training.

    Raises:
        SettingsError: Bad settings, or a size that is not translated.
    """
    height, width = trained_size
    config = build(ImagesConfig, {'height': height, 'width': width, **given(options, ImagesConfig)})
    check_size(config.height, config.width)
    return config


def _device(name: str, share: Share) -> torch.device:
    """Return the device; by default each process of a machine takes its own GPU."""
    if name == 'auto' and share.count > 1 and torch.cuda.is_available():
        local = int(os.environ.get('LOCAL_RANK', '0'))
        name = f'cuda:{local % torch.cuda.device_count()}'
    return select_device(name)


def _targets(options: argparse.Namespace, bags: tuple[str, ...]) -> list[Path]:
    """Return the folders to write, one for each recording; none where none is wanted."""
    if options.output is None or options.check:
        return []
    if len(bags) == 1:
        targets = [options.output]
    else:
        targets = [options.output / Path(bag).stem for bag in bags]
    if len(set(targets)) < len(targets):
        raise SettingsError('--output: two recordings have the same name; translate them apart')
    for target in targets:
        resolved = target.resolve()
        for source in (Path(bag).expanduser().resolve() for bag in bags):
            if resolved == source or resolved in source.parents:
                raise SettingsError(f'--output: {source} is read from {target}')
        if target.exists() and not options.force:
            raise SettingsError(f'--output: {target} exists already; --force replaces it')
    return targets


def _announce(callback: ProgressCallback, config: ImagesConfig, translator: Translator) -> None:
    height, width = translator.trained_size
    if (config.height, config.width) != (height, width):
        callback.note(
            f'note: images of {config.width}x{config.height}, but the bundle was trained with '
            f'images of {width}x{height}',
        )


def _show(
    callback: ProgressCallback, options: argparse.Namespace, works: list[TranslationWork]
) -> None:
    """Write the contact sheet of translated images."""
    if not options.sheet_images:
        return
    pairs = [(work, index) for work in works for index in work.there().tolist()]
    if not pairs:
        return
    entries = [_entry(*pairs[place]) for place in thinned(len(pairs), options.sheet_images)]
    name = options.name or options.direction
    path = options.sheet or Path('out/translate') / f'{name}.png'
    write_sheet(path, contact_sheet(entries))
    callback.note(f'contact sheet: {path}')


def _entry(work: TranslationWork, index: int) -> SheetEntry:
    frames = work.frames
    made = work.translated.read(int(frames.rows[index]))
    caption = f'{work.name} frame {int(frames.numbers[index])}'
    return SheetEntry((frames.image(index), made), caption)


def _write_bag(
    callback: ProgressCallback, target: Path, work: TranslationWork, options: argparse.Namespace
) -> None:
    count = write_translated_bag(
        target, work.frames, work.translated, options.force, options.compression
    )
    callback.note(f'{count} images in {target}')
