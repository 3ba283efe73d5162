# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Adapts a bundle to recordings: grades them, trains within a budget, and keeps what is better."""

import dataclasses
import shutil
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from thermal_depth_ros.base.text_output import write_text
from thermal_depth_ros.base.yaml_text import dump_yaml
from thermal_depth_ros.samples.errors import SamplesError
from thermal_depth_ros.samples.opening import open_samples
from thermal_depth_ros.samples.sample_set import Samples
from thermal_depth_ros.training.adaptation.best_kept import BestKept, Candidate
from thermal_depth_ros.training.adaptation.budget import Budget, make_budget
from thermal_depth_ros.training.adaptation.config import AdaptConfig
from thermal_depth_ros.training.adaptation.errors import AdaptationError, CollapseError
from thermal_depth_ros.training.adaptation.grading import GOOD, RecordingGrade
from thermal_depth_ros.training.adaptation.judging import Judge, Judgement
from thermal_depth_ros.training.adaptation.plan import (
    Spacing,
    decoder_values,
    decoders,
    duration_values,
    require_parallax,
    require_scale,
    spacing_of,
    training_values,
)
from thermal_depth_ros.training.adaptation.recording_grades import grade_recordings
from thermal_depth_ros.training.adaptation.survey import Material, find_material
from thermal_depth_ros.training.engine.callbacks import ProgressCallback, StopSignal
from thermal_depth_ros.training.engine.errors import DivergenceError
from thermal_depth_ros.training.engine.loop import train
from thermal_depth_ros.training.registry import run_config, task_kind
from thermal_depth_ros.training.video.config import NETWORK

BUNDLE, REPORT, TRAIN_CONFIG, TRAINING = 'bundle', 'report.html', 'train.yaml', 'training'
_SPARE = 0.1  # of the budget, for what varies
_STOPPED = 'stopped on request; what was better by then is kept'


@dataclasses.dataclass(frozen=True)
class Adaptation:
    """Result of an adaptation.

    Attributes:
        material: Camera, bundle and topics.
        grades: Grades of the recordings.
        values: Settings of the training that gave the new bundle, or of the last one.
        judge: Judge, with the held-out part.
        still: Photometric error of the neighbours as they are.
        before: Judgement of the old bundle.
        after: Judgement of the new bundle; None if the old one was kept.
        history: Judgements during the trainings.
        bundle: Folder of the better bundle.
        remarks: What happened, one line each.
    """

    material: Material
    grades: Sequence[RecordingGrade]
    values: Mapping[str, Any]
    judge: Judge
    still: float
    before: Judgement
    after: Judgement | None
    history: Sequence[Candidate]
    bundle: Path
    remarks: tuple[str, ...]


def grade(
    bags: tuple[str, ...],
    config: AdaptConfig,
    callback: ProgressCallback,
    *,
    incomplete: bool = False,
) -> tuple[Material, list[RecordingGrade]]:
    """Choose the camera and grade the recordings.

    Args:
        bags: Recordings.
        config: Settings.
        callback: Progress callbacks.
        incomplete: Whether recordings are graded, too, that lack topics that training needs.

    Raises:
        AdaptationError: There is no camera, or several, or a recording lacks what is needed.
        BagError: A recording cannot be read, or lacks a topic.
        BundleError: The bundle cannot be found.
    """
    material = find_material(bags, config)
    grades, material = grade_recordings(
        bags, material, config, callback.preparing, incomplete=incomplete
    )
    for remark in material.remarks:
        callback.note(remark)
    for one in grades:
        callback.note(grade_text(one))
    return material, grades


def grade_text(one: RecordingGrade) -> str:
    """Return the grades of a recording as lines of text."""
    lines = [f'{one.path}: {one.overall}']
    for row in one.rows:
        advice = '' if row.grade == GOOD or not row.advice else f' -> {row.advice}'
        lines.append(f'  {row.grade:<5} {row.name:<18} {row.found}{advice}')
    return '\n'.join(lines)


def adapt(
    bags: tuple[str, ...],
    config: AdaptConfig,
    folder: Path,
    callback: ProgressCallback,
    stop: StopSignal,
) -> Adaptation | None:
    """Adapt a bundle to recordings and write bundle, settings and training to a folder.

    Args:
        bags: Recordings.
        config: Settings.
        folder: Output folder.
        callback: Progress callbacks.
        stop: Stop request.

    Returns:
        The result; None if stopped on request before any network was better.

    Raises:
        AdaptationError: The recordings cannot be learned from, or the budget is too short.
        ThermalDepthError: Any other failure of settings, data or training.
    """
    with stop.interrupting():
        ready = _prepare(bags, config, folder, callback)
    remarks: list[str] = []
    task: BestKept | None = None
    values: Mapping[str, Any] = {}
    for number in range(len(ready.budget.plans)):
        own = ready.budget.settings(number)
        best = None if task is None else task.best
        stopped = False
        try:
            with stop.interrupting():
                task, configs = _attempt(ready, number, own, task, folder, callback)
            stopped = not train(task, run_config(configs), callback, stop, configs).finished
        except (DivergenceError, CollapseError) as error:
            remarks.append(_ended_early(error, number, ready.budget))
            callback.note(remarks[-1])
        except KeyboardInterrupt:
            stopped = True
        found = None if task is None else task.best
        if found is not best or found is None:
            values = own
        if stopped and found is None:
            return None
        if stopped:
            remarks.append(_STOPPED)
            break
    assert task is not None, 'there is an attempt'
    bundle = ready.material.bundle
    if task.best is not None:
        bundle = folder / BUNDLE
        shutil.rmtree(bundle, ignore_errors=True)
        shutil.copytree(task.best_folder, bundle)
    shutil.rmtree(task.best_folder, ignore_errors=True)
    for checkpoints in (folder / TRAINING).rglob('checkpoints'):
        shutil.rmtree(checkpoints, ignore_errors=True)  # an adaptation is not resumed
    _write_settings(values, folder)
    return Adaptation(
        material=ready.material,
        grades=ready.grades,
        values=values,
        judge=ready.judge,
        still=ready.judge.still(),
        before=task.before,
        after=task.best,
        history=task.history,
        bundle=bundle,
        remarks=tuple(remarks),
    )


@dataclasses.dataclass(frozen=True)
class _Ready:
    """Trainings that are ready to start, by their settings, and what these were chosen by."""

    material: Material
    grades: Sequence[RecordingGrade]
    budget: Budget
    judge: Judge
    before: Judgement


def _ended_early(error: Exception, number: int, budget: Budget) -> str:
    """Say why a training ended early, and what happens with its time."""
    count = len(budget.plans)
    text = f'training {number + 1} of {count} ended early: {error}'
    if number + 1 < count:
        text += f'; the next one gets its time: {budget.left_s / 60:.1f} min are left'
    return text


def _attempt(
    ready: _Ready,
    number: int,
    values: Mapping[str, Any],
    earlier: BestKept | None,
    folder: Path,
    callback: ProgressCallback,
) -> tuple[BestKept, tuple[Any, ...]]:
    """Return the task of one of the trainings, and its settings."""
    count = len(ready.budget.plans)
    _write_settings(values, folder)
    if count > 1:
        decoder = 'a new one' if values.get('new_depth_decoder') else 'that of the bundle'
        callback.note(f'training {number + 1} of {count}: depth decoder: {decoder}')
    callback.note(f'settings: {folder / TRAIN_CONFIG}, which thermal-depth train --config takes')
    callback.note(dump_yaml(values).rstrip())
    output = folder / TRAINING
    if count > 1:
        output = output / str(number + 1)
    kind = task_kind(values['task'])
    configs = kind.build({**values, 'output': str(output), 'restart': True})
    record = {'task': values['task'], 'adapted_from': ready.material.name, 'settings': values}
    made = kind.make(configs, callback.preparing)
    best_of = folder / TRAINING
    settling_steps = values['warmup_steps'] if values.get('new_depth_decoder') else 0
    task = BestKept(made, ready.judge, ready.before, best_of, record, earlier, settling_steps)
    return task, configs


def _write_settings(values: Mapping[str, Any], folder: Path) -> None:
    write_text(folder / TRAIN_CONFIG, dump_yaml({**values, 'output': str(folder / 'train')}))


def _prepare(
    bags: tuple[str, ...], config: AdaptConfig, folder: Path, callback: ProgressCallback
) -> _Ready:
    """Grade the recordings, judge the old bundle, and choose the settings."""
    start = time.monotonic()
    material, grades = grade(bags, config, callback)
    require_parallax(grades)
    require_scale(material)
    chosen = decoders(material, config)
    values, samples = _opened(bags, material, grades, config, callback)
    by_poses = values['pose_source'] != NETWORK and samples.validation.has_poses
    judge = Judge(
        samples.validation,
        material.kind,
        config.device,
        config.protocol,
        by_poses,
        material.points(bags, config, callback.preparing),
    )
    if material.has_depth and not judge.truth_m:
        callback.note('true depth: none at the times of the images that are held out')
    judging = time.monotonic()
    before = judge(material.bundle)
    judge_s = time.monotonic() - judging
    left_s = (1 - _SPARE) * 60.0 * config.minutes - (time.monotonic() - start) - 2 * judge_s
    options = [{**values, **decoder_values(one, before.predicted_m, config)} for one in chosen]
    budget = make_budget(options, material, left_s, judge_s, config, folder / TRAINING, callback)
    return _Ready(material, grades, budget, judge, before)


def _opened(
    bags: tuple[str, ...],
    material: Material,
    grades: Sequence[RecordingGrade],
    config: AdaptConfig,
    callback: ProgressCallback,
) -> tuple[dict[str, Any], Samples]:
    """Return the settings of the training, and samples for training and comparison."""
    by_images = spacing_of(grades, config, metric=False)
    spacings = list(
        dict.fromkeys((spacing_of(grades, config, metric=True), by_images, Spacing(1, 0.0)))
    )
    for number, spacing in enumerate(spacings, 1):
        values = training_values(bags, material, spacing, config)
        kind = task_kind(values['task'])
        try:
            settings = {**values, **duration_values(values, material, 1, 1, 0.0)}
            samples = open_samples(kind.build(settings)[0], callback.preparing)
        except SamplesError:
            if number == len(spacings):
                raise
            continue
        if len(samples.validation) or number == len(spacings):
            break
    if not len(samples.validation):
        raise AdaptationError(
            'the held-out end of the recordings has no three views with parallax to compare on: '
            'record longer, or hold out more by --held-out-fraction'
        )
    count = min(config.batch_size, len(samples.train))
    pixels = count * values['width'] * values['height']
    if 'min_valid_elements' in values:
        values['min_valid_elements'] = min(values['min_valid_elements'], pixels // 4)
    callback.note(
        f'{len(samples.train)} triplets to learn from, {len(samples.validation)} held out'
    )
    return {**values, 'batch_size': count}, samples
