# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Data of DepthSegNet24: day and night images, translations, labels and ground truth."""

import dataclasses
from collections.abc import Callable

import numpy as np

from thermal_depth_ros.samples.config import cache_root
from thermal_depth_ros.samples.opening import open_samples
from thermal_depth_ros.samples.preparing import recorded_labels
from thermal_depth_ros.samples.recorded_maps import RecordedMaps
from thermal_depth_ros.samples.rgb_config import DayNightDataConfig, RgbDataConfig
from thermal_depth_ros.samples.sample_set import Samples, SampleSet
from thermal_depth_ros.training.rgb.config import MAKE, RgbTrainingConfig
from thermal_depth_ros.training.rgb.domain import (
    Domain,
    RequiredData,
    Translation,
    check_same_classes,
    make_domain,
)

Advance = Callable[[str, int, int], None]
DAY, NIGHT = 'day', 'night'


@dataclasses.dataclass(frozen=True, eq=False)
class ValidationSet:
    """Validation images of day or night."""

    samples: SampleSet
    labels: tuple[RecordedMaps | None, ...]  # true classes, by number of the part

    def true_labels(self, index: int) -> np.ndarray | None:
        """Return the true class ids (H, W) of an image as they were recorded, None without."""
        number, row = self.samples.frame_place(index)
        store = self.labels[number]
        return None if store is None else store.row(row)


@dataclasses.dataclass(frozen=True, eq=False)
class RgbData:
    """Training and validation data of the task."""

    opened: Samples  # by day: the camera, poses
    day: Domain
    night: Domain | None
    validation: dict[str, ValidationSet]  # by DAY or NIGHT
    classes: tuple[str, ...]  # names, () without semantics
    notes: tuple[str, ...]


def open_day(config: RgbDataConfig, advance: Advance) -> RgbData:
    """Open daytime recordings without labels, for a depth teacher.

    Raises:
        SamplesError, BagError: See `open_samples`.
    """
    opened = open_samples(config, advance)
    day = make_domain(opened.train, cache_root(config), RequiredData(), advance)
    # A depth teacher has no classes.
    validation = {DAY: ValidationSet(opened.validation, (None,) * len(opened.validation.parts))}
    return RgbData(opened, day, None, validation, (), opened.notes)


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
    opened = open_samples(config, advance)
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
    translation = _translation(method, 'day_to_night', device) if required.translation else None
    day = make_domain(opened.train, root, required, advance, translation)
    validation = {DAY: _validation_set(opened.validation, config, advance)}
    notes = [*opened.notes, *day.notes]
    night = None
    if config.night_bags:
        by_night = config.by_night()
        opened_night = open_samples(by_night, advance)
        validation[NIGHT] = _validation_set(opened_night.validation, by_night, advance)
        notes += opened_night.notes
        if method.real_night:
            required = RequiredData(method.night_translation, method.class_labels, **policies)
            translation = _translation(method, 'night_to_day', device)
            night = make_domain(opened_night.train, root, required, advance, translation)
            notes += night.notes
            check_same_classes({day.classes: 'by day', night.classes: 'by night'})
    return RgbData(opened, day, night, validation, day.classes, tuple(notes))


def _validation_set(samples: SampleSet, config: RgbDataConfig, advance: Advance) -> ValidationSet:
    labels = [
        recorded_labels(part.frames, config, config.label_topic, advance) for part in samples.parts
    ]
    return ValidationSet(samples, tuple(labels))


def _translation(method: RgbTrainingConfig, direction: str, device: str) -> Translation | None:
    if method.missing_translations != MAKE:
        return None
    from thermal_depth_ros.inference.device import select_device
    from thermal_depth_ros.training.translation.translator import Translator

    made = Translator(method.translation_bundle, direction, select_device(device))
    return Translation(made, made.identity)
