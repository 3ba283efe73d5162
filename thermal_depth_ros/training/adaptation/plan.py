# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Chooses the settings of a training that adapts a bundle."""

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from thermal_depth_ros.base.contract import RGB
from thermal_depth_ros.networks.architecture import RgbArchitecture, ThermalArchitecture
from thermal_depth_ros.samples.config import DISTANCE, FRAMES, NONE
from thermal_depth_ros.training.adaptation.config import (
    AUTO,
    BUNDLE_DECODER,
    NEW_DECODER,
    AdaptConfig,
)
from thermal_depth_ros.training.adaptation.errors import AdaptationError
from thermal_depth_ros.training.adaptation.grading import LEAST_PX, RecordingGrade
from thermal_depth_ros.training.adaptation.survey import WHEEL, Material
from thermal_depth_ros.training.rgb.monocular_config import (
    ALL,
    FINEST,
    FROZEN,
    FULL_TRAINING,
    OF_BUNDLE,
    POLY,
)
from thermal_depth_ros.training.thermal.checks import relative_problem
from thermal_depth_ros.training.thermal.config import COSINE, FROZEN_STEM, TRAINED
from thermal_depth_ros.training.video.config import BOTH, NETWORK, ODOMETRY

# Of all weights; of a decoder alone, on features that stay frozen; of a new decoder.
_RATE, _RATE_ON_FROZEN, _RATE_OF_NEW = 2e-4, 5e-4, 8e-4
_NAMED = (
    'camera',
    'cache_dir',
    'max_cache_gb',
    'image_topic',
    'info_topic',
    'calibration',
    'pose_topic',
    'twist_topic',
    'depth_topic',
    'width',
    'height',
    'first_frame',
    'last_frame',
)
# Distances to the neighbours, relative to the median one: near ones show what is close, wide ones
# what is far, and varied ones make better use of few images.
_NEAREST, _FARTHEST = 0.5, 2.0


@dataclasses.dataclass(frozen=True)
class Spacing:
    """How far apart views are.

    Attributes:
        interval: Images between the target and each neighbour.
        metres: Median distance of the camera over that interval; 0 without poses.
    """

    interval: int
    metres: float

    def values(self) -> dict[str, Any]:
        """Return the settings of the samples."""
        if not self.metres:
            return {'spacing': FRAMES, 'frame_interval': self.interval}
        middle_m = float(f'{self.metres:.2g}')
        return {
            'spacing': DISTANCE,
            'spacing_m': _NEAREST * middle_m,
            'spacing_max_m': _FARTHEST * middle_m,
            'min_travel_m': min(0.02, _NEAREST * middle_m / 2),
        }


def decoders(material: Material, config: AdaptConfig) -> tuple[str, ...]:
    """Return the depth decoders to start from, one training each.

    A new one comes first: where it ends in one depth everywhere, that of the bundle gets its time.

    Raises:
        AdaptationError: The bundle has none that could be renewed.
    """
    own = material.spec.networks_architecture
    if config.decoder == NEW_DECODER and not isinstance(own, RgbArchitecture):
        raise AdaptationError(
            f'decoder: {NEW_DECODER} is for RGB bundles, and {material.bundle} is for a '
            f'{material.kind} camera'
        )
    if config.decoder != AUTO:
        return (config.decoder,)
    pretrained = isinstance(own, RgbArchitecture) and bool(own.encoder)
    return (NEW_DECODER, BUNDLE_DECODER) if pretrained else (BUNDLE_DECODER,)


def decoder_values(decoder: str, start_depth: float, config: AdaptConfig) -> dict[str, Any]:
    """Return the settings of a training that starts from a decoder, besides the others.

    Args:
        decoder: That of the bundle, or a new one.
        start_depth: Median depth to start a new one from.
        config: Settings.
    """
    if decoder == BUNDLE_DECODER:
        return {}
    return {
        'new_depth_decoder': True,
        'start_depth': float(f'{start_depth:.2g}'),
        'reprojection_scales': ALL,
        # What `_rgb` adds for depth that is wrong by many pixels is not measured for a new one.
        'visible_only': False,
        'comparison_scales': 1,
        'learning_rate': config.learning_rate or _RATE_OF_NEW,
    }


def require_parallax(grades: Sequence[RecordingGrade]) -> None:
    """Refuse recordings that tell nothing of depth.

    Raises:
        AdaptationError: No recording has parallax.
    """
    if any(grade.parallax.best_px >= LEAST_PX for grade in grades):
        return
    found = '; '.join(
        f'{grade.path}: '
        + (
            f'{grade.parallax.best_px:.2f} px at most'
            if grade.parallax.by_interval
            else 'too few corners to measure it'
        )
        for grade in grades
    )
    raise AdaptationError(
        f'no parallax: once the rotation of the camera is removed, images do not move ({found}; '
        f'{LEAST_PX:g} px are needed). Record a drive: a camera that stands still or only turns '
        'tells nothing of depth'
    )


def require_scale(material: Material) -> None:
    """Refuse to learn metres from a bundle whose scale and shift are guesses.

    Raises:
        AdaptationError: There are poses, and the depth of the bundle is relative.
    """
    if material.spec.relative and material.pose_topic != NONE:
        raise AdaptationError(
            f'bundle: {relative_problem(material.name)}; or leave the scale unknown '
            '(--pose-topic none)'
        )


def spacing_of(grades: Sequence[RecordingGrade], config: AdaptConfig, metric: bool) -> Spacing:
    """Choose the distance of views from the parallax of all recordings.

    Args:
        grades: Grades of the recordings.
        config: Settings, with the size of the held-out part, into which triplets must fit.
        metric: Whether the distance is in metres, by the poses.
    """
    useful = [grade for grade in grades if grade.parallax.best_px >= LEAST_PX]
    intervals = [grade.parallax.interval(_held_out(grade, config) // 4) for grade in useful]
    interval = max(round(float(np.median(intervals))), 1)
    steps = [grade.step_m for grade in useful if metric and grade.step_m > 0]
    return Spacing(interval, float(np.median(steps)) * interval if steps else 0.0)


def _held_out(grade: RecordingGrade, config: AdaptConfig) -> int:
    return config.held_out_frames or int(grade.images * config.held_out_fraction)


def training_values(
    bags: tuple[str, ...], material: Material, spacing: Spacing, config: AdaptConfig
) -> dict[str, Any]:
    """Return the settings of the training by name, without those of its duration."""
    data = material.data(bags, config, **spacing.values())
    values = {name: getattr(data, name) for name in _NAMED}
    held_out = {'validation_fraction': config.held_out_fraction}
    if config.held_out_frames:
        held_out = {'validation_frames': config.held_out_frames}
    names = ', '.join(Path(bag).name for bag in bags[:3])
    source = NETWORK
    if material.pose_topic != NONE:
        source = BOTH if WHEEL in material.pose_topic.lower() else ODOMETRY
    values |= {
        'bags': list(bags),
        **spacing.values(),
        **held_out,
        'max_triplets': config.max_triplets,
        'start_bundle': material.name,
        'pose_source': source,
        'learning_rate': config.learning_rate or _rate(material),
        'average_decay': 0.98,
        'smooth_on': 'disp',
        'licence': material.spec.licence,
        'weights_dtype': getattr(material.spec.weights, 'dtype', 'fp32'),
        'description': f'{material.bundle.name}, adapted to {material.image_topic}.',
        'trained_on': f'{material.spec.trained_on} Adapted to {names}.'.strip(),
        'seed': config.seed,
        'device': config.device,
        'threads': config.threads,
        'workers': config.workers,
        'tensorboard': False,
    }
    return values | (_rgb if material.kind == RGB else _thermal)(material, source)


def _rate(material: Material) -> float:
    own = material.spec.networks_architecture
    return _RATE_ON_FROZEN if isinstance(own, RgbArchitecture) and own.encoder else _RATE


def _rgb(material: Material, source: str) -> dict[str, Any]:
    own = material.spec.networks_architecture
    assert isinstance(own, RgbArchitecture), 'find_material refuses others'
    return {
        'task': 'depth_teacher',
        'start_architecture': OF_BUNDLE,
        'min_depth': own.min_depth,
        'max_depth': own.max_depth,
        'schedule': POLY,
        'poly_power': 1.0,
        # Coarser scales may be random: true depth trains the finest alone.
        'reprojection_scales': FINEST,
        # What is near, such as the road before a low camera, is out of view in a far neighbour,
        # and depth that was learned from another height is wrong by many pixels there.
        'visible_only': True,
        'comparison_scales': 4,
        'smoothness_weight': 0.02,
        'max_zoom': 1.5,
        # Pre-trained features stay: few images would spoil them.
        'encoder_training': FROZEN if own.encoder else FULL_TRAINING,
        # With poses, views are compared by them; the RGB node publishes no motion.
        'pose_weight': 0.0 if source == ODOMETRY else 1.0,
    }


def _thermal(material: Material, source: str) -> dict[str, Any]:
    own = material.spec.networks_architecture
    assert isinstance(own, ThermalArchitecture), 'of the kind of the camera'
    values: dict[str, Any] = {
        'task': 'thermal',
        'schedule': COSINE,
        'smoothness_weight': 0.01,
        'max_zoom': 1.0,
        'min_valid_elements': 1000,
        'pose_interval': 0 if source == NETWORK else 2,
    }
    if own.stem:  # a hybrid: all of it is trained, except a stem with features of ImageNet
        values |= {'stage1_backbone': FROZEN_STEM if own.stem_mean else TRAINED}
    else:
        values |= {'adapter_channels': own.adapter_channels or 4}
    if source != NETWORK:
        values |= {
            'both_directions': False,
            'min_reprojection': True,
            'geometry_weight': 0.0,
            'self_discovered_mask': False,
        }
    return values


def duration_values(
    values: Mapping[str, Any], material: Material, epochs: int, steps: int, minutes: float
) -> dict[str, Any]:
    """Return the settings of the duration.

    Args:
        values: The other settings.
        material: Camera and bundle.
        epochs: Number of epochs.
        steps: Number of steps in all of them.
        minutes: Longest time of the training.
    """
    own = material.spec.networks_architecture
    warmup_steps = min(20, steps // 10)
    if values.get('new_depth_decoder'):
        # Random weights at the full rate can end in one depth everywhere, and stay there.
        warmup_steps = min(100, steps // 4)
    counts: dict[str, Any] = {'epochs': epochs}
    if material.kind != RGB:
        counts = {'stage1_epochs': epochs, 'stage2_epochs': 0}
        if isinstance(own, ThermalArchitecture) and not own.stem:
            counts = {'stage1_epochs': 0, 'stage2_epochs': epochs}
    return {
        **counts,
        'warmup_steps': warmup_steps,
        'max_minutes': round(minutes, 3),
        'validate_every_steps': max(steps // 6, 1),
        'validate_every_epochs': 0,
        'checkpoint_every_steps': 0,
        'log_every_steps': max(min(steps // 20, 10), 1),
        'pictures_every_steps': 0,
    }
