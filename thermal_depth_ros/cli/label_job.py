# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""The work of `label`: teachers from options, recordings one by one, a sheet at the end."""

import argparse
import functools
import os
import sys
from pathlib import Path

import numpy as np
import torch

from thermal_depth_ros.base.stopping import INTERRUPTED, StopRequest
from thermal_depth_ros.bundles.label_mapping import match_labels, read_label_mapping
from thermal_depth_ros.bundles.labels import CITYSCAPES_19, read_label_set
from thermal_depth_ros.cli.config_options import chosen
from thermal_depth_ros.frames.labels import LabelSet
from thermal_depth_ros.inference.depth_teacher import DepthTeacher
from thermal_depth_ros.inference.device import select_device, use_threads
from thermal_depth_ros.inference.semantic_teacher import load_semantic_teacher
from thermal_depth_ros.pages.contact_sheet import write_sheet
from thermal_depth_ros.samples.config import DataConfig, ImagesConfig, cache_root
from thermal_depth_ros.samples.preparing import recorded_labels
from thermal_depth_ros.samples.recorded_frames import RecordedFrames
from thermal_depth_ros.samples.recorded_maps import RecordedMaps
from thermal_depth_ros.samples.semantic_labels import SemanticLabels
from thermal_depth_ros.samples.single_images import open_images
from thermal_depth_ros.training.engine.callbacks import ProgressCallback, progress_callback
from thermal_depth_ros.training.labelling.corruption import CorruptionConfig
from thermal_depth_ros.training.labelling.job import (
    DepthTeaching,
    Labels,
    SemanticTeaching,
    Share,
    Teaching,
    TruthTeaching,
    label_recording,
)
from thermal_depth_ros.training.labelling.sheet import label_sheet, seen_classes

_TRUTH = 'truth'


def run_job(options: argparse.Namespace, stop: StopRequest) -> int:
    """Label the recordings; return the exit code.

    Raises:
        SettingsError, BagError, SamplesError, BundleError, LabelMappingError, TeacherError: The
            options, a recording or a teacher cannot be used; nothing is lost that was labelled.
    """
    images = chosen(options, ImagesConfig)
    config = images.data(images.bags)
    use_threads(options.threads)
    classes = CITYSCAPES_19 if options.classes is None else read_label_set(options.classes)
    share = Share(int(os.environ.get('RANK', '0')), int(os.environ.get('WORLD_SIZE', '1')))
    with progress_callback('auto' if share.number == 0 else 'none', stop.ask) as callback:
        with stop.interrupting():
            teachings = _teachings(options, config, classes, callback)
            opened = open_images(config, callback.preparing)
        for note in opened.notes:
            callback.note(note)
        work = _Work(options, share, callback, stop)
        done = [(frames, work.label(frames, teachings)) for frames in opened.recordings]
        if share.number == 0:
            name = options.depth_name if options.teacher is None else options.name
            path = options.sheet or Path('out', 'label', f'{name}.png')
            _show(done, classes, path, callback)
    if stop.asked:
        print('interrupted: run again to resume', file=sys.stderr)
        return INTERRUPTED
    return 0


class _Work:
    """Labels recordings by all teachers."""

    def __init__(
        self,
        options: argparse.Namespace,
        share: Share,
        callback: ProgressCallback,
        stop: StopRequest,
    ) -> None:
        self._batch, self._share, self._callback, self._stop = options.batch, share, callback, stop

    def label(self, frames: RecordedFrames, teachings: list[Teaching]) -> dict[str, Labels]:
        """Label one recording; return its labels by what they are."""
        name = Path(frames.path).name
        found: dict[str, Labels] = {}
        for teaching in teachings:
            title = f'{name}: {teaching.what}'
            advance = functools.partial(self._callback.preparing, title)
            done = label_recording(
                teaching, frames, self._share, self._batch, advance, lambda: self._stop.asked
            )
            found[teaching.what] = done.labels
            without = f', {done.without} images without truth left out' if done.without else ''
            self._callback.note(
                f'{title}: {done.made} images labelled, {done.already} had been before, of '
                f'{len(frames)}{without}'
            )
        return found


def _teachings(
    options: argparse.Namespace, config: DataConfig, classes: LabelSet, callback: ProgressCallback
) -> list[Teaching]:
    root, device = cache_root(config), select_device(_device(options.device))
    made: list[Teaching] = []
    if options.teacher == _TRUTH:
        mapping = None if options.mapping is None else read_label_mapping(options.mapping)

        def truth(frames: RecordedFrames) -> RecordedMaps | None:
            return recorded_labels(frames, config, options.label_topic, callback.preparing)

        made.append(
            TruthTeaching(
                truth,
                match_labels(CITYSCAPES_19.names, classes, mapping),
                chosen(options, CorruptionConfig, 'corruption'),
                root,
                options.name,
            )
        )
    elif options.teacher is not None:
        teacher = load_semantic_teacher(options.teacher, device, classes, options.mapping)
        if teacher.mapping.untaught:
            callback.note(f'the teacher knows no {", ".join(teacher.mapping.untaught)}')
        made.append(SemanticTeaching(teacher, root, options.name, options.top))
    if options.depth_teacher is not None:
        depth = DepthTeacher(options.depth_teacher, device)
        made.append(DepthTeaching(depth, root, options.depth_name))
    return made


def _device(wanted: str) -> str:
    """Return the GPU of this process where several processes of a machine share the work."""
    local = os.environ.get('LOCAL_RANK')
    if local is None or wanted not in ('auto', 'cuda') or not torch.cuda.is_available():
        return wanted
    return f'cuda:{int(local) % torch.cuda.device_count()}'


def _show(
    done: list[tuple[RecordedFrames, dict[str, Labels]]],
    classes: LabelSet,
    path: Path,
    callback: ProgressCallback,
) -> None:
    seen = np.zeros(len(classes), bool)
    for frames, labels in done:
        for one in labels.values():
            if isinstance(one, SemanticLabels):
                seen |= seen_classes(one, frames.rows)
    missing = [name for name, there in zip(classes.names, seen, strict=True) if not there]
    if missing and seen.any():
        callback.note(f'classes never seen: {", ".join(missing)}')
    sheet = label_sheet(done, classes)
    if sheet is not None:
        write_sheet(path, sheet)
        callback.note(f'contact sheet: {path}')
