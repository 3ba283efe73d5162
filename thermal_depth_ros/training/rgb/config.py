# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Settings of DepthSegNet24 training; defaults are the paper's."""

import dataclasses
from typing import Any

from thermal_depth_ros.base.settings import fixed
from thermal_depth_ros.losses.depth_space import SPACES
from thermal_depth_ros.metrics import segmentation
from thermal_depth_ros.training.rgb.monocular_config import (
    ALL,
    FINEST,
    OF_BUNDLE,
    MonocularConfig,
)

REFUSE, SKIP, MAKE, IGNORE = 'refuse', 'skip', 'make', 'ignore'
SOFT, HARD = 'soft', 'hard'


@dataclasses.dataclass(frozen=True)
class RgbTrainingConfig(MonocularConfig):
    """Networks, schedule, losses and augmentation of DepthSegNet24."""

    real_night: bool = fixed(
        True, 'Train on real night images: reprojection, segmentation, consistency (RN in Table 5)'
    )
    synthetic_night: bool = fixed(
        True,
        'Train on synthetic night images: reprojection, segmentation, consistency (SN in Table 5)',
    )
    light_enhancement: bool = fixed(True, 'Use the light enhancement network (LE in Table 5)')
    day_distillation: bool = fixed(True, 'Distil a daytime depth teacher (PD in Table 5)')
    light_width: int = fixed(
        64, 'Channels of the light enhancement network at full resolution', minimum=1, maximum=1024
    )
    light_downsamplings: int = fixed(
        1,
        'Downsampling stages of the light enhancement network; 2 with light_blocks 3 is DANNet',
        minimum=0,
        maximum=5,
        renamed_from='light_down',
    )
    light_blocks: int = fixed(
        0, 'Residual blocks of the light enhancement network', minimum=0, maximum=32
    )
    joint_pass: bool = fixed(
        True,
        'Run all images of a step in one forward pass, so that batch normalisation sees day '
        'and night mixed; otherwise one pass for each kind of image',
    )
    day_translation: str = fixed(
        'day_to_night', 'Name of the translation that holds the synthetic night of daytime images'
    )
    night_translation: str = fixed(
        'night_to_day', 'Name of the translation that holds the synthetic day of night images'
    )
    missing_translations: str = fixed(
        REFUSE,
        'Images without a translation: refuse (list them and exit), skip them, or make the '
        'translation with translation_bundle',
        choices=(REFUSE, SKIP, MAKE),
    )
    translation_bundle: str = fixed('', 'Bundle used to make missing translations')
    class_labels: str = fixed('semantic', 'Name of the semantic labels (see thermal-depth label)')
    depth_labels: str = fixed(
        'depth', 'Name of the depth labels of daytime images (see thermal-depth label)'
    )
    missing_labels: str = fixed(
        REFUSE,
        'Images without labels: refuse (list them and exit), skip them, or ignore the lack of '
        'classes and learn depth from them',
        choices=(REFUSE, SKIP, IGNORE),
    )
    true_label_map: str = fixed(
        '',
        'YAML file that maps the class ids of the validation labels to class names, as `id: class`',
    )
    validation_classes: tuple[str, ...] = fixed(
        (segmentation.ALL,),
        'Classes over which mIoU of the validation is averaged, of those seen: '
        f'{segmentation.ALL}, {", ".join(segmentation.PRESETS)}, or names',
    )
    synthetic_night_weight: float = fixed(
        1.0, 'Weight of the reprojection loss on synthetic night images', minimum=0.0
    )
    night_weight: float = fixed(
        0.1, 'Weight of the reprojection loss on real night images', minimum=0.0
    )
    consistency_weight: float = fixed(
        1.0,
        'Weight of the consistency loss between the depths of synthetic night and real day',
        minimum=0.0,
    )
    synthetic_consistency_weight: float = fixed(
        1.0,
        'Weight of the consistency loss between the depths of real night and synthetic day',
        minimum=0.0,
    )
    consistency_space: str = fixed(
        'depth',
        'Space in which consistency and distillation compare depths: depth as in the paper, '
        'disparity, which a few distant pixels do not dominate, or log (relative errors)',
        choices=SPACES,
    )
    stop_gradient: bool = fixed(
        True, 'Stop the gradient of the consistency losses at the daytime depth'
    )
    sky_class: str = fixed('sky', 'Class that the consistency loss ignores at night')
    distillation_weight: float = fixed(
        1.0, 'Weight of the distillation loss from the depth teacher', minimum=0.0
    )
    segmentation_weight: float = fixed(
        1.0, 'Weight of the segmentation loss of each image', minimum=0.0
    )
    label_threshold: float = fixed(
        0.1, 'Teacher scores up to this value are ignored', minimum=0.0, maximum=1.0
    )
    label_form: str = fixed(
        SOFT,
        'Form of the teacher scores: soft (as they are) or hard (the best class with full weight)',
        choices=(SOFT, HARD),
    )
    class_balance: float = fixed(
        0.0,
        'Exponent of the class weights, proportional to frequency^-class_balance; 0 as in the '
        'paper, 0.5 helps to learn rare and thin classes in a short training',
        minimum=0.0,
        maximum=1.0,
    )
    segmentation_scales: str = fixed(
        ALL, 'Decoder scales with a segmentation loss', choices=(ALL, FINEST)
    )
    light_weight: float = fixed(
        0.01, 'Weight of the loss of the light enhancement network', minimum=0.0
    )
    variation_weight: float = fixed(
        10.0, 'Weight of the total variation of the light map within the light loss', minimum=0.0
    )
    exposure_weight: float = fixed(
        1.0, 'Weight of the brightness of night relative to day within the light loss', minimum=0.0
    )
    similarity_weight: float = fixed(
        1.0, 'Weight of the similarity to the input image within the light loss', minimum=0.0
    )

    def problems(self) -> list[str]:
        """Name contradictions between settings."""
        problems = super().problems()
        if self.start_architecture == OF_BUNDLE:
            problems.append('start_architecture: bundle is for the task depth_teacher')
        if self.missing_translations == MAKE and not self.translation_bundle:
            problems.append('missing_translations: make needs a translation_bundle')
        return problems

    @property
    def compares_by_day(self) -> bool:
        """Whether a loss compares the views of a daytime triplet, as they are or with its night."""
        return self.day_weight > 0 or (self.synthetic_night and self.synthetic_night_weight > 0)

    @property
    def compares_by_night(self) -> bool:
        """Whether a loss compares the views of a night triplet."""
        return self.real_night and self.night_weight > 0

    def architecture(self, n_classes: int) -> dict[str, Any]:
        """Return the fields of RgbArchitecture."""
        fields = super().architecture(n_classes)
        if self.light_enhancement:
            fields['light_width'] = self.light_width
            fields['light_downsamplings'] = self.light_downsamplings
            fields['light_blocks'] = self.light_blocks
        return fields
