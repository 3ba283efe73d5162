# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Labels the images of recordings: classes and depth by teachers, and a contact sheet of them."""

import functools
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from thermal_depth_ros.base.settings import SettingsError
from thermal_depth_ros.bundles.label_mapping import (
    LabelMapping,
    match_labels,
    read_label_mapping,
)
from thermal_depth_ros.bundles.labels import CITYSCAPES_19, read_label_set
from thermal_depth_ros.frames.labels import LabelSet
from thermal_depth_ros.inference.device import use_threads
from thermal_depth_ros.inference.engines.agreement import check_images
from thermal_depth_ros.pages.contact_sheet import write_sheet
from thermal_depth_ros.samples.config import DataConfig, ImagesConfig, cache_root
from thermal_depth_ros.samples.preparing import recorded_labels, recorded_view
from thermal_depth_ros.samples.recorded_frames import RecordedFrames
from thermal_depth_ros.samples.recorded_maps import RecordedMaps
from thermal_depth_ros.samples.semantic_labels import SemanticLabels
from thermal_depth_ros.samples.single_images import open_images
from thermal_depth_ros.training.engine.callbacks import (
    ProgressCallback,
    StopSignal,
    progress_callback,
)
from thermal_depth_ros.training.labelling.annotation import (
    Annotator,
    Share,
    annotate,
    device_of_process,
)
from thermal_depth_ros.training.labelling.annotators import (
    DepthAnnotator,
    SemanticAnnotator,
    TruthAnnotator,
)
from thermal_depth_ros.training.labelling.config import TRUTH, CorruptionConfig, LabelConfig
from thermal_depth_ros.training.labelling.depth_teachers import DepthTeacher, load_depth_teacher
from thermal_depth_ros.training.labelling.export import LabelExport, export_labels
from thermal_depth_ros.training.labelling.known_depth import KnownDepth
from thermal_depth_ros.training.labelling.output_folders import output_folders
from thermal_depth_ros.training.labelling.sheet import Labels, label_sheet, seen_classes
from thermal_depth_ros.training.labelling.teachers import SemanticTeacher, load_semantic_teacher
from thermal_depth_ros.training.teacher_engine import engine_notes


def label_recordings(
    config: LabelConfig, images: ImagesConfig, corruption: CorruptionConfig, stop: StopSignal
) -> None:
    """Label the images of recordings that have no labels yet, and write a contact sheet.

    Args:
        config: Teachers and labels.
        images: The recordings, and how their images are made.
        corruption: Corruption of true classes.
        stop: Stop request; the labels made until then are kept.

    Raises:
        SettingsError, BagError, SamplesError, BundleError, LabelMappingError, TeacherError: The
            settings, a recording or a teacher cannot be used; nothing is lost that was labelled.
        KeyboardInterrupt: Stopped on request; the same call resumes.
    """
    data, share = images.data(images.bags), Share.of_process()
    targets = _export_targets(config, data.bags, share)
    use_threads(config.threads)
    classes = read_label_set(Path(config.classes)) if config.classes else CITYSCAPES_19
    with progress_callback('auto', lambda: None) as callback:
        with stop.interrupting():
            annotators = _annotators(config, data, classes, corruption, callback)
            opened = open_images(data, callback.preparing)
        for note in opened.notes:
            callback.note(note)
        labelled = [
            (frames, _label(frames, annotators, share, config.batch, callback, stop))
            for frames in opened.recordings
        ]
        if share.rank == 0:
            _show(labelled, classes, _sheet_path(config), callback)
        for target, (frames, labels) in zip(targets, labelled, strict=False):
            if not stop.asked:
                view = recorded_view(frames, data, callback.preparing)
                _export(config, LabelExport(frames, labels, view, classes), target, callback)
    if stop.asked:
        raise KeyboardInterrupt('interrupted: run again to resume')


def _label(
    frames: RecordedFrames,
    annotators: Sequence[Annotator[Any]],
    share: Share,
    batch: int,
    callback: ProgressCallback,
    stop: StopSignal,
) -> dict[str, Labels]:
    """Label one recording by all teachers; return its labels by what they are."""
    labels: dict[str, Labels] = {}
    for annotator in annotators:
        title = f'{Path(frames.path).name}: {annotator.title}'
        advance = functools.partial(callback.preparing, title)
        result = annotate(annotator, frames, share, batch, advance, lambda: stop.asked)
        labels[annotator.title] = result.sidecar
        without = f', {result.without} images without truth left out' if result.without else ''
        callback.note(
            f'{title}: {result.made} images labelled, {result.before} had been before, of '
            f'{len(frames)}{without}'
        )
    return labels


def _annotators(
    config: LabelConfig,
    data: DataConfig,
    classes: LabelSet,
    corruption: CorruptionConfig,
    callback: ProgressCallback,
) -> list[Annotator[Any]]:
    root, device = cache_root(data), device_of_process(config.device)
    mapping_file = Path(config.mapping) if config.mapping else None
    annotators: list[Annotator[Any]] = []
    if config.teacher == TRUTH:
        mapping = None if mapping_file is None else read_label_mapping(mapping_file)

        def truth(frames: RecordedFrames) -> RecordedMaps | None:
            return recorded_labels(frames, data, config.label_topic, callback.preparing)

        matched = match_labels(CITYSCAPES_19.names, classes, mapping)
        _say_unmapped(matched, CITYSCAPES_19.names, config, callback)
        annotators.append(TruthAnnotator(truth, matched, corruption, root, config.name))
    elif config.teacher:
        teacher = load_semantic_teacher(
            config.teacher, device, classes, mapping_file, config.engine
        )
        teacher.scores(_street(data))  # before the long part, for models of transformers
        _say_engine(teacher, callback)
        _say_unmapped(teacher.mapping, teacher.classes, config, callback)
        annotators.append(SemanticAnnotator(teacher, root, config.name, config.top))
    if config.depth_teacher:
        annotators.append(_depth_annotator(config, data, root, device, callback))
    return annotators


def _street(data: DataConfig) -> torch.Tensor:
    """Return a synthetic image (1, 3, H, W) of the size of those to be labelled."""
    _, image = check_images(3, (data.height, data.width))
    return torch.from_numpy(image).permute(2, 0, 1)[None]


def _say_engine(teacher: SemanticTeacher | DepthTeacher, callback: ProgressCallback) -> None:
    for note in engine_notes(teacher.name, teacher.report):
        callback.note(note)


def _say_unmapped(
    mapping: LabelMapping, teacher: Sequence[str], config: LabelConfig, callback: ProgressCallback
) -> None:
    """Name the classes of either side that the other side does not have."""
    if text := mapping.unmapped(teacher):
        by_name = '' if config.mapping else 'classes matched by name: '
        more = '; --mapping maps other names' if mapping.untaught and by_name else ''
        callback.note(f'{by_name}{text}{more}')


def _depth_annotator(
    config: LabelConfig,
    data: DataConfig,
    root: Path,
    device: torch.device,
    callback: ProgressCallback,
) -> DepthAnnotator:
    teacher = load_depth_teacher(config.depth_teacher, device, config.depth_output, config.engine)
    teacher.disparity(_street(data))
    _say_engine(teacher, callback)
    if not config.scale_topic:
        if teacher.relative:
            callback.note(
                f'{teacher.name} predicts inverse depth up to scale and shift: the labels are '
                'relative, and training aligns each image'
            )
        return DepthAnnotator(teacher, root, config.depth_name)
    if not teacher.relative:
        raise SettingsError(
            f'scale_topic: {config.scale_topic!r} is for relative teachers; {teacher.name} is none'
        )

    known = KnownDepth(config.scale_topic, data, callback.preparing)
    return DepthAnnotator(teacher, root, config.depth_name, known, callback.note)


def _export_targets(config: LabelConfig, bags: Sequence[str], share: Share) -> list[Path]:
    """Return the folders to write, one for each recording; none where none is wanted."""
    if config.export and share.count > 1:
        raise SettingsError(
            'export: several processes write into the cache only; call again without torchrun, '
            'which finds everything there'
        )
    return output_folders('export', config.export, bags, config.force)


def _export(
    config: LabelConfig, export: LabelExport, target: Path, callback: ProgressCallback
) -> None:
    if export.relative:
        callback.note(f'{target}: without depth, whose labels are relative')
    count = export_labels(export, target, config.export_format, config.force)
    callback.note(f'{target}: labels of {count} images')


def _sheet_path(config: LabelConfig) -> Path:
    name = config.name if config.teacher else config.depth_name
    return Path(config.sheet or f'out/label/{name}.png')


def _show(
    labelled: Sequence[tuple[RecordedFrames, Mapping[str, Labels]]],
    classes: LabelSet,
    path: Path,
    callback: ProgressCallback,
) -> None:
    """Write the contact sheet, and name the classes that no image has."""
    seen = np.zeros(len(classes), bool)
    for frames, labels in labelled:
        for one in labels.values():
            if isinstance(one, SemanticLabels):
                seen |= seen_classes(one, frames.rows)
    missing = [name for name, there in zip(classes.names, seen, strict=True) if not there]
    if missing and seen.any():
        callback.note(f'classes never seen: {", ".join(missing)}')
    sheet = label_sheet(labelled, classes)
    if sheet is not None:
        write_sheet(path, sheet)
        callback.note(f'contact sheet: {path}')
