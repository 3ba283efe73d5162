# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Adapts a bundle to recordings: grades them, trains within a budget, and keeps what is better."""

import dataclasses
import gc
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
from thermal_depth_ros.training.adaptation.config import AdaptConfig
from thermal_depth_ros.training.adaptation.errors import AdaptationError
from thermal_depth_ros.training.adaptation.grading import GOOD, RecordingGrade
from thermal_depth_ros.training.adaptation.judging import Judge, Judgement
from thermal_depth_ros.training.adaptation.plan import (
    Spacing,
    decoder_values,
    decoders,
    duration_values,
    require_parallax,
    spacing_of,
    training_values,
)
from thermal_depth_ros.training.adaptation.survey import Material, find_material, grade_recordings
from thermal_depth_ros.training.engine.accelerator import make_accelerator
from thermal_depth_ros.training.engine.callbacks import ProgressCallback, StopSignal
from thermal_depth_ros.training.engine.config import OFF, RunConfig
from thermal_depth_ros.training.engine.errors import DivergenceError
from thermal_depth_ros.training.engine.loop import train
from thermal_depth_ros.training.engine.task import SampleKey, Task
from thermal_depth_ros.training.registry import run_config, task_kind
from thermal_depth_ros.training.video.config import NETWORK

BUNDLE, REPORT, TRAIN_CONFIG, TRAINING = 'bundle', 'report.html', 'train.yaml', 'training'
_WARM_STEPS, _TIMED_STEPS = 2, 6
_SPARE = 0.1  # of the budget, for what varies


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
    bags: tuple[str, ...], config: AdaptConfig, callback: ProgressCallback
) -> tuple[Material, list[RecordingGrade]]:
    """Choose the camera and grade the recordings.

    Raises:
        AdaptationError: There is no camera, or several, or a recording lacks what is needed.
        BagError: A recording cannot be read, or lacks a topic.
        BundleError: The bundle cannot be found.
    """
    material = find_material(bags, config)
    grades, material = grade_recordings(bags, material, config, callback.preparing)
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
        The result; None if stopped on request.

    Raises:
        AdaptationError: The recordings cannot be learned from, or the budget is too short.
        ThermalDepthError: Any other failure of settings, data or training.
    """
    with stop.interrupting():
        ready = _prepare(bags, config, folder, callback)
    remarks: list[str] = []
    task: BestKept | None = None
    values: Mapping[str, Any] = {}
    for number, own in enumerate(ready.attempts):
        with stop.interrupting():
            task, configs = _attempt(ready, number, task, folder, callback)
        best = task.best
        try:
            outcome = train(task, run_config(configs), callback, stop, configs)
            if not outcome.finished:
                return None
        except DivergenceError as error:
            remarks.append(f'the training diverged: {error}')
        if task.best is not best or task.best is None:
            values = own
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
    attempts: Sequence[Mapping[str, Any]]
    judge: Judge
    before: Judgement


def _attempt(
    ready: _Ready,
    number: int,
    earlier: BestKept | None,
    folder: Path,
    callback: ProgressCallback,
) -> tuple[BestKept, tuple[Any, ...]]:
    """Return the task of one of the trainings, and its settings."""
    values = ready.attempts[number]
    _write_settings(values, folder)
    if len(ready.attempts) > 1:
        decoder = 'a new one' if values.get('new_depth_decoder') else 'that of the bundle'
        callback.note(f'training {number + 1} of {len(ready.attempts)}: depth decoder: {decoder}')
    callback.note(f'settings: {folder / TRAIN_CONFIG}, which thermal-depth train --config takes')
    callback.note(dump_yaml(values).rstrip())
    output = folder / TRAINING
    if len(ready.attempts) > 1:
        output = output / str(number + 1)
    kind = task_kind(values['task'])
    configs = kind.build({**values, 'output': str(output), 'restart': True})
    record = {'task': values['task'], 'adapted_from': ready.material.name, 'settings': values}
    made = kind.make(configs, callback.preparing)
    best_of = folder / TRAINING
    return BestKept(made, ready.judge, ready.before, best_of, record, earlier), configs


def _write_settings(values: Mapping[str, Any], folder: Path) -> None:
    write_text(folder / TRAIN_CONFIG, dump_yaml({**values, 'output': str(folder / 'train')}))


def _prepare(
    bags: tuple[str, ...], config: AdaptConfig, folder: Path, callback: ProgressCallback
) -> _Ready:
    """Grade the recordings, judge the old bundle, and choose the settings."""
    start = time.monotonic()
    material, grades = grade(bags, config, callback)
    require_parallax(grades)
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
    attempts = _with_durations(options, material, left_s, judge_s, config, folder, callback)
    return _Ready(material, grades, attempts, judge, before)


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


def _with_durations(
    attempts: Sequence[Mapping[str, Any]],
    material: Material,
    left_s: float,
    judge_s: float,
    config: AdaptConfig,
    folder: Path,
    callback: ProgressCallback,
) -> list[dict[str, Any]]:
    """Return the settings of each training with as many epochs as its share of the budget allows.

    If there is no time for an epoch of each, there is only the first one.

    Raises:
        AdaptationError: The budget does not allow one.
    """
    epochs = [_epoch(values, material, folder, callback) for values in attempts]
    if left_s / len(attempts) < max(seconds for _, seconds in epochs):
        attempts, epochs = attempts[:1], epochs[:1]
    share_s = left_s / len(attempts)
    chosen = []
    for values, (steps, epoch_s) in zip(attempts, epochs, strict=True):
        if share_s < epoch_s:
            used_min = config.minutes - left_s / 60.0
            raise AdaptationError(
                f'minutes: {config.minutes:g} is too short for one epoch: {steps} steps of '
                f'{epoch_s / steps:.2g} s take {epoch_s / 60:.2g} min, after {used_min:.2g} min '
                f'for everything else. Give --minutes {1.1 * (used_min + epoch_s / 60):.2g} or '
                f'more, or fewer images by --max-triplets'
            )
        count = max(min(int((share_s - 6 * judge_s) / epoch_s), config.epochs), 1)
        duration = duration_values(values, material, count, count * steps, share_s / 60.0)
        chosen.append({**values, **duration})
    return chosen


def _epoch(
    values: Mapping[str, Any], material: Material, folder: Path, callback: ProgressCallback
) -> tuple[int, float]:
    """Return the number of steps of an epoch, and the seconds that they take."""
    kind = task_kind(values['task'])
    trial = {
        **values,
        **duration_values(values, material, 1, 1, 0.0),
        'output': str(folder / TRAINING),
    }
    configs = kind.build({**trial, 'compile': OFF})
    task = kind.make(configs, callback.preparing)
    step_s = seconds_per_step(task, run_config(configs))
    steps = max(task.sample_count() // values['batch_size'], 1)
    del task
    gc.collect()  # networks and optimisers refer to each other in circles
    callback.note(f'an epoch of {steps} steps takes about {steps * step_s:.0f} s')
    return steps, steps * step_s


def seconds_per_step(task: Task, run: RunConfig) -> float:
    """Measure the time of a step with its data; the weights of the task change."""
    accelerator = make_accelerator(run, task.suits_bf16)
    task.enter(task.stages[0], accelerator)
    count = task.sample_count()
    taken = []
    for number in range(_WARM_STEPS + _TIMED_STEPS):
        start = time.monotonic()
        places = range(number * run.batch_size, (number + 1) * run.batch_size)
        batch = task.load([SampleKey(place % count, 0, run.seed) for place in places])
        losses = task.step(batch.to(accelerator.device)).losses
        float(next(iter(losses.values())))  # waits for a GPU
        taken.append(time.monotonic() - start)
    # The least: what else the machine does passes, and max_minutes ends the training in any case.
    return min(taken[_WARM_STEPS:])
