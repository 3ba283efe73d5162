# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Settings of DepthSegNet24 training; defaults are the paper's."""

import dataclasses
import functools

from thermal_depth_ros.losses.depth_space import SPACES
from thermal_depth_ros.settings import setting
from thermal_depth_ros.training.monocular_config import MonocularConfig

REFUSE, SKIP, MAKE = 'refuse', 'skip', 'make'
SOFT, HARD = 'soft', 'hard'
ALL, FINEST = 'all', 'finest'
_fixed = functools.partial(setting, read_only=True)


@dataclasses.dataclass(frozen=True)
class RgbTrainingConfig(MonocularConfig):
    """Networks, schedule, losses and augmentation of DepthSegNet24."""

    real_night: bool = _fixed(
        True, 'Learn from real night: reprojection, classes, consistency (RN of Table 5)'
    )
    synthetic_night: bool = _fixed(
        True, 'Learn from synthetic night: reprojection, classes, consistency (SN of Table 5)'
    )
    light_enhancement: bool = _fixed(True, 'Enhance the light of images (LE of Table 5)')
    day_distillation: bool = _fixed(True, 'Learn from a daytime depth teacher (PD of Table 5)')
    light_width: int = _fixed(
        64, 'Channels of the light network at full resolution', minimum=1, maximum=1024
    )
    light_down: int = _fixed(
        1, 'Halvings of the light network; 2 with light_blocks 3 is DANNet', minimum=0, maximum=5
    )
    light_blocks: int = _fixed(0, 'Residual blocks of the light network', minimum=0, maximum=32)
    joint_pass: bool = _fixed(
        True,
        'All images of a step in one pass, so that batch normalisation sees day and night mixed; '
        'else a pass for each kind of image',
    )
    day_translation: str = _fixed('day_to_night', 'Name of the synthetic night of day images')
    night_translation: str = _fixed('night_to_day', 'Name of the synthetic day of night images')
    missing_translations: str = _fixed(
        REFUSE,
        'Images without a synthetic counterpart: say which and end, leave them out, or make it '
        'by translation_bundle',
        choices=(REFUSE, SKIP, MAKE),
    )
    translation_bundle: str = _fixed('', 'Bundle that makes missing counterparts')
    class_labels: str = _fixed('semantic', 'Name of the labels of classes (thermal-depth label)')
    depth_labels: str = _fixed('depth', 'Name of the labels of depth by day')
    missing_labels: str = _fixed(
        REFUSE,
        'Images without labels: say which and end, or leave them out',
        choices=(REFUSE, SKIP),
    )
    true_label_map: str = _fixed(
        '', 'YAML file of `id: class` for the true classes that validation meets'
    )
    synthetic_night_weight: float = _fixed(
        1.0, 'Of the reprojection of synthetic night', minimum=0.0
    )
    night_weight: float = _fixed(0.1, 'Of the reprojection of real night', minimum=0.0)
    consistency_weight: float = _fixed(
        1.0, 'Of the distance of depth by synthetic night from that by real day', minimum=0.0
    )
    synthetic_consistency_weight: float = _fixed(
        1.0, 'Of the distance of depth by real night from that by synthetic day', minimum=0.0
    )
    consistency_space: str = _fixed(
        'depth',
        'What consistency and distillation compare: depth as the paper writes it, disparity, '
        'which few far pixels do not rule, or log, the logarithm of depth: relative errors',
        choices=SPACES,
    )
    stop_gradient: bool = _fixed(True, 'Leave the day side of the consistency alone')
    sky_class: str = _fixed('sky', 'Class that the consistency by night leaves out')
    distillation_weight: float = _fixed(1.0, 'Of the distance from the depth teacher', minimum=0.0)
    segmentation_weight: float = _fixed(1.0, 'Of the loss on classes of each image', minimum=0.0)
    label_threshold: float = _fixed(0.1, 'Scores up to this do not teach', minimum=0.0, maximum=1.0)
    label_form: str = _fixed(
        SOFT,
        'Scores of the teacher: soft as they are, or hard: the best class with full weight',
        choices=(SOFT, HARD),
    )
    class_balance: float = _fixed(
        0.0,
        'How much more rare classes teach: in proportion to share^-class_balance; 0 is the paper, '
        '0.5 makes thin and rare things learnable in a short training',
        minimum=0.0,
        maximum=1.0,
    )
    segmentation_scales: str = _fixed(
        ALL, 'Scales of the decoder that learn classes', choices=(ALL, FINEST)
    )
    light_weight: float = _fixed(0.01, 'Of the loss of the light network', minimum=0.0)
    variation_weight: float = _fixed(
        10.0, 'Of the variation of the light map, within that loss', minimum=0.0
    )
    exposure_weight: float = _fixed(
        1.0, 'Of the brightness of night beside its day, within that loss', minimum=0.0
    )
    similarity_weight: float = _fixed(
        1.0, 'Of the likeness to the image, within that loss', minimum=0.0
    )

    def problems(self) -> list[str]:
        """Name contradictions between settings."""
        found = super().problems()
        if self.missing_translations == MAKE and not self.translation_bundle:
            found.append('missing_translations: make needs a translation_bundle')
        return found
