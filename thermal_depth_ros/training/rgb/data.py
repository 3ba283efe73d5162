# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Data of DepthSegNet24: day and night images, translations, labels and ground truth."""

import dataclasses
from collections.abc import Callable, Sequence

import numpy as np

from thermal_depth_ros.inference.device import select_device
from thermal_depth_ros.samples.config import DayNightDataConfig, RgbDataConfig, cache_root
from thermal_depth_ros.samples.opening import open_samples
from thermal_depth_ros.samples.preparing import recorded_labels
from thermal_depth_ros.samples.recorded_maps import RecordedMaps
from thermal_depth_ros.samples.sample_set import Samples, SampleSet
from thermal_depth_ros.training.rgb.batch import RgbEffects
from thermal_depth_ros.training.rgb.cloud_truth import CloudTruth, read_cloud_truth
from thermal_depth_ros.training.rgb.config import MAKE, RgbTrainingConfig
from thermal_depth_ros.training.rgb.domain import (
    Domain,
    RequiredData,
    check_same_classes,
    make_domain,
)
from thermal_depth_ros.training.rgb.monocular_config import MonocularConfig
from thermal_depth_ros.training.teacher_engine import engine_notes
from thermal_depth_ros.training.translation.translator import Translator
from thermal_depth_ros.training.video.effects.styles import open_styles
from thermal_depth_ros.training.video.validation import evenly_spread

Advance = Callable[[str, int, int], None]
DAY, NIGHT = 'day', 'night'
_MOST_IMAGES = 200  # of each light in class shares; more do not change them noticeably
# A rarer class may as well be a mistake of the teacher; its frequency is clamped to this.
_LEAST_SHARE = 1e-3


@dataclasses.dataclass(frozen=True, eq=False)
class ValidationSet:
    """Validation images of day or night."""

    samples: SampleSet
    labels: tuple[RecordedMaps | None, ...]  # true classes, by number of the part
    # Points instead, of parts without depth or without classes; none if empty.
    clouds: tuple[CloudTruth | None, ...] = ()

    @property
    def notes(self) -> tuple[str, ...]:
        """Why points cannot be used."""
        return tuple(text for cloud in self.clouds if cloud for text in cloud.notes)

    @property
    def has_depth(self) -> bool:
        """Whether there is true depth."""
        return self.samples.has_depth or any(cloud and cloud.depth for cloud in self.clouds)

    @property
    def has_labels(self) -> bool:
        """Whether there are true classes."""
        recorded = any(store is not None for store in self.labels)
        return recorded or any(cloud and cloud.labels for cloud in self.clouds)

    def true_depth_m(self, index: int) -> np.ndarray | None:
        """Return the true depth (H, W) of an image, 0 where unknown; None without."""
        depth_m = self.samples.frame_depth_m(index)
        cloud, row = self._cloud(index)
        return cloud.depth_m(row) if depth_m is None and cloud is not None else depth_m

    def true_labels(self, index: int) -> np.ndarray | None:
        """Return the true class ids (H, W) of an image as they were recorded, None without."""
        number, row = self.samples.frame_place(index)
        store = self.labels[number]
        if store is not None:
            return store.row(row)
        cloud, row = self._cloud(index)
        return None if cloud is None else cloud.class_ids(row)

    def _cloud(self, index: int) -> tuple[CloudTruth | None, int]:
        number, row = self.samples.frame_place(index)
        return (self.clouds[number] if self.clouds else None), row


@dataclasses.dataclass(frozen=True, eq=False)
class RgbData:
    """Training and validation data of the task."""

    opened: Samples  # by day: the camera, poses
    day: Domain
    night: Domain | None
    validation: dict[str, ValidationSet]  # by DAY or NIGHT
    classes: tuple[str, ...]  # names, () without semantics
    notes: tuple[str, ...]
    effects: RgbEffects | None = None  # None: all are off

    def class_weights(self, balance: float, threshold: float) -> np.ndarray:
        """Return class weights (C,) by inverse frequency; see `balanced_weights`.

        Args:
            balance: Exponent of the frequency.
            threshold: Scores up to this are ignored.
        """
        domains = [domain for domain in (self.day, self.night) if domain is not None]
        shares = class_shares(domains, len(self.classes), threshold)
        return balanced_weights(shares, balance)


def open_day(config: RgbDataConfig, method: MonocularConfig, advance: Advance) -> RgbData:
    """Open daytime recordings without labels, for a depth teacher.

    Raises:
        SamplesError, BagError: See `open_samples`.
    """
    opened = open_samples(config, advance, train_depth=method.depth_weight > 0)
    day = make_domain(opened.train, cache_root(config), RequiredData(), advance)
    validation = {DAY: open_validation(opened.validation, config, method, advance)}
    effects = open_effects(config, method, advance)
    notes = (*opened.notes, *validation[DAY].notes)
    return RgbData(opened, day, None, validation, (), notes, effects)


def open_effects(
    config: RgbDataConfig, method: MonocularConfig, advance: Advance
) -> RgbEffects | None:
    """Read the images of `style_bags`; None if all effects are off.

    Raises:
        SamplesError, BagError: See `open_styles`.
    """
    if not any(method.strengths):
        return None
    day = open_styles(method.style_bags, method, config, advance)
    return RgbEffects(method, day, open_styles(method.style_night_bags, method, config, advance))


def open_day_and_night(
    config: DayNightDataConfig, method: RgbTrainingConfig, device: str, advance: Advance
) -> RgbData:
    """Open day and night recordings with their translations and labels.

    Args:
        config: Recordings and selection of the samples.
        method: Method settings, which decide what data are needed.
        device: Device that makes missing translations.
        advance: Called with a description, the number done and the total.

    Raises:
        SettingsError: The device is not available.
        SamplesError: Translations or labels are missing, or nothing is left to train on.
        BagError: A recording cannot be read.
        BundleError: The translation bundle cannot be used.
    """
    with_depth = method.depth_weight > 0
    opened = open_samples(config, advance, train_depth=with_depth)
    root = cache_root(config)
    policies = {
        'missing_translations': method.missing_translations,
        'missing_labels': method.missing_labels,
    }
    required = RequiredData(
        translation=method.day_translation if method.synthetic_night else '',
        classes=method.class_labels,
        depth=method.depth_labels if method.day_distillation else '',
        **policies,
    )
    translator = _translator(method, 'day_to_night', device) if required.translation else None
    said = _engine_notes(translator)
    day = make_domain(opened.train, root, required, advance, translator)
    validation = {DAY: open_validation(opened.validation, config, method, advance)}
    notes = [*opened.notes, *said, *day.notes, *validation[DAY].notes]
    night = None
    if config.night_bags:
        by_night = config.by_night()
        opened_night = open_samples(by_night, advance, train_depth=with_depth)
        validation[NIGHT] = open_validation(opened_night.validation, by_night, method, advance)
        notes += [*opened_night.notes, *validation[NIGHT].notes]
        if method.real_night:
            translation = method.night_translation if method.synthetic_consistency_weight else ''
            required = RequiredData(translation, method.class_labels, **policies)
            translator = _translator(method, 'night_to_day', device) if translation else None
            notes += _engine_notes(translator)
            night = make_domain(opened_night.train, root, required, advance, translator)
            notes += night.notes
            check_same_classes({day.classes: 'by day', night.classes: 'by night'})
    effects = open_effects(config, method, advance)
    return RgbData(opened, day, night, validation, day.classes, tuple(notes), effects)


def open_validation(
    samples: SampleSet, config: RgbDataConfig, method: MonocularConfig, advance: Advance
) -> ValidationSet:
    """Open the ground truth of validation images; classes only for a method that has some.

    Args:
        samples: Validation images.
        config: Settings with which they were opened.
        method: Method settings.
        advance: Called with a description, the number done and the total.

    Raises:
        SamplesError, BagError: See `recorded_labels` and `read_cloud_truth`.
    """
    labels: list[RecordedMaps | None] = [None for _ in samples.parts]
    if isinstance(method, RgbTrainingConfig):
        labels = [
            recorded_labels(part.frames, config, config.label_topic, advance)
            for part in samples.parts
        ]
    chosen: list[list[int]] = [[] for _ in samples.parts]
    for index in evenly_spread(samples.frame_count, method.validation_limit):
        number, row = samples.frame_place(index)
        chosen[number].append(row)
    clouds = []
    for part, store, rows in zip(samples.parts, labels, chosen, strict=True):
        wanted = {'depth'} if part.depth is None else set()
        if store is None and isinstance(method, RgbTrainingConfig):
            wanted.add('labels')
        clouds.append(
            read_cloud_truth(part.frames, config, method.protocol, rows, wanted, advance)
            if wanted and rows
            else None
        )
    return ValidationSet(samples, tuple(labels), tuple(clouds))


def _translator(method: RgbTrainingConfig, direction: str, device: str) -> Translator | None:
    if method.missing_translations != MAKE:
        return None
    return Translator(method.translation_bundle, direction, select_device(device))


def _engine_notes(translator: Translator | None) -> list[str]:
    if translator is None:
        return []
    return engine_notes(f'{translator.path.name} ({translator.direction})', translator.report)


def class_shares(domains: Sequence[Domain], classes: int, threshold: float) -> np.ndarray:
    """Return the frequency (C,) of each class in the labels; all 0 without labels.

    Args:
        domains: Day and night images, of which an evenly spread subset is counted.
        classes: Number of classes.
        threshold: Scores up to this are ignored.
    """
    total = np.zeros(classes)
    for domain in domains:
        chosen = np.linspace(0, len(domain) - 1, min(len(domain), _MOST_IMAGES)).astype(int)
        for index in chosen.tolist():
            labels = domain.scores(index)
            if labels is None:
                continue
            scores = labels.scores / 255.0
            teaching = np.where(scores > threshold, scores, 0.0)
            total += np.bincount(labels.class_ids.ravel(), teaching.ravel(), classes)[:classes]
    return total / total.sum() if total.any() else total


def balanced_weights(shares: np.ndarray, balance: float) -> np.ndarray:
    """Return weights (C,) proportional to frequency^-balance, with mean 1 over the labels.

    Frequencies below a thousandth are clamped, so that mistakes of a teacher do not dominate.
    A class without any labels has the weight 0.
    """
    seen = shares > 0
    weights = np.zeros_like(shares)
    weights[seen] = np.maximum(shares[seen], _LEAST_SHARE) ** -balance
    mean = float((shares * weights).sum())
    return weights / mean if mean else weights
