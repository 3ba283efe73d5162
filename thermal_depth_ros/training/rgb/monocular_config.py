# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Settings of self-supervised RGB depth training: a daytime teacher or DepthSegNet24.

Defaults are those of the paper, or of Monodepth2 where the paper gives none.
"""

import dataclasses
from typing import Any

from thermal_depth_ros.base.settings import fixed, override
from thermal_depth_ros.metrics.depth import PROTOCOLS
from thermal_depth_ros.training.video.config import ODOMETRY, VideoConfig
from thermal_depth_ros.training.video.effects.config import RgbEffectsConfig

STEP, POLY, CONSTANT = 'step', 'poly', 'none'
BY_SETTINGS, OF_BUNDLE = 'settings', 'bundle'
FULL_TRAINING, FROZEN, LATE = 'full', 'frozen', 'late'
ALL, FINEST, COARSER = 'all', 'finest', 'coarser'


@dataclasses.dataclass(frozen=True)
class MonocularConfig(RgbEffectsConfig):
    """Networks, schedule, losses and augmentation of self-supervised depth from RGB video."""

    start_bundle: str = override(
        VideoConfig,
        'start_bundle',
        help='RGB bundle whose weights initialise the training, for each part whose shapes match',
    )
    learning_rate: float = override(VideoConfig, 'learning_rate', default=2.5e-4)
    smoothness_weight: float = override(
        VideoConfig,
        'smoothness_weight',
        default=1e-3,
        help='Weight of the edge-aware smoothness loss, halved at each coarser scale',
    )
    smooth_on: str = override(VideoConfig, 'smooth_on', default='disp')
    validation_limit: int = override(
        VideoConfig,
        'validation_limit',
        help='Most validation images for each of day and night, spread evenly; 0 uses all',
    )
    start_architecture: str = fixed(
        BY_SETTINGS,
        'Networks that are trained: those that the settings describe, with the parts of '
        'start_bundle that fit, or bundle: those of start_bundle, with its classes and its light '
        'enhancement',
        choices=(BY_SETTINGS, OF_BUNDLE),
    )
    new_depth_decoder: bool = fixed(
        False,
        'Start with a random depth decoder on the encoder of start_bundle (start_architecture '
        'bundle), where scenes are unlike those that its own one has learned',
    )
    class_weight: float = fixed(
        1.0,
        'Weight of the loss that keeps the classes of start_bundle while its encoder is trained '
        '(start_architecture bundle)',
        minimum=0.0,
    )
    encoder: str = fixed(
        '',
        'timm network with feature maps at 1/2 to 1/32 or from 1/4 on, such as '
        'tf_efficientnet_lite0; empty is the ResNet-18 of the paper',
    )
    pose_encoder: str = fixed(
        '',
        'Encoder of the pose network, likewise; encoder_weights are for it too where it is the '
        'network of encoder',
    )
    encoder_training: str = fixed(
        FULL_TRAINING,
        'Training of the encoder of depth and classes: full, frozen (pre-trained features stay '
        'as they are), or late (frozen for unfreeze_epoch epochs, then trained at encoder_rate, '
        'without its batch normalisation)',
        choices=(FULL_TRAINING, FROZEN, LATE),
    )
    unfreeze_epoch: int = fixed(
        10, 'Number of epochs with a frozen encoder (encoder_training late)', minimum=1
    )
    encoder_width: int = fixed(
        64,
        'Channels of the first stage of the ResNet-18, to which all other widths are '
        'proportional; 64 as in the paper, 32 takes a quarter of the time. With another encoder, '
        'those of the decoders alone',
        minimum=4,
        maximum=1024,
    )
    min_depth: float = fixed(
        0.1, 'Smallest depth the network can predict', minimum=1e-3, maximum=1e3
    )
    max_depth: float = fixed(
        100.0, 'Largest depth the network can predict', minimum=1e-2, maximum=1e5
    )
    epochs: int = fixed(40, 'Number of epochs', minimum=1)
    schedule: str = fixed(
        STEP,
        'Learning rate schedule: step (multiplied by step_factor every step_epochs), poly ((1 '
        '- t)^poly_power), or none (constant)',
        choices=(STEP, POLY, CONSTANT),
    )
    step_epochs: int = fixed(
        15, 'Epochs between two reductions of the learning rate (schedule step)', minimum=1
    )
    step_factor: float = fixed(
        0.1,
        'Factor of each reduction of the learning rate (schedule step)',
        minimum=1e-6,
        maximum=1.0,
    )
    poly_power: float = fixed(
        0.9, 'Exponent of the polynomial decay (schedule poly)', minimum=0.0, maximum=10.0
    )
    min_reprojection: bool = fixed(
        True,
        'Use the lower reprojection error of the two neighbours at each pixel; otherwise '
        'their mean',
    )
    reprojection_scales: str = fixed(
        ALL,
        'Decoder scales with a reprojection loss; all suits random weights, finest those of a '
        'bundle, whose coarser scales true depth has not trained',
        choices=(ALL, FINEST),
    )
    visible_only: bool = fixed(
        False,
        'Compare a pixel with a neighbour only where that shows it; otherwise, as in the paper, '
        'with the border of the neighbour, where gradients of what is near the camera explode',
    )
    depth_scales: str = fixed(
        FINEST,
        'Decoder scales that learn true depth: the finest, or the outputs of the coarser ones '
        'alone while everything else stays; how well they agree with the finest is the confidence',
        choices=(FINEST, COARSER),
    )
    day_weight: float = fixed(
        1.0, 'Weight of the reprojection loss on real daytime images', minimum=0.0
    )
    compare_within_m: float = fixed(
        0.0,
        'Farthest that a neighbour of a sample may be for their views to be compared, m; such '
        'samples learn from that instead of from true depth, the others from true depth; 0 '
        'compares all views',
        minimum=0.0,
        maximum=100.0,
    )
    jitter_probability: float = fixed(
        0.5,
        'Probability of colour jitter in the network input: brightness, contrast and '
        'saturation by up to 20 %, hue by up to a tenth of a turn',
        minimum=0.0,
        maximum=1.0,
    )
    protocol: str = fixed(
        'nuscenes', 'Protocol of the validation metrics', choices=tuple(sorted(PROTOCOLS))
    )

    def problems(self) -> list[str]:
        """Name contradictions between settings."""
        problems = super().problems()
        if not self.min_depth < self.max_depth:
            problems.append(
                f'min_depth: {self.min_depth:g} is not below max_depth {self.max_depth:g}'
            )
        if self.start_depth and not self.min_depth < self.start_depth < self.max_depth:
            problems.append(
                f'start_depth: {self.start_depth:g} is not between min_depth and max_depth'
            )
        if self.start_architecture == OF_BUNDLE and not self.start_bundle:
            problems.append('start_architecture: bundle needs a start_bundle')
        if self.new_depth_decoder and self.start_architecture != OF_BUNDLE:
            problems.append('new_depth_decoder: needs start_architecture bundle')
        if self.start_architecture == OF_BUNDLE and self.encoder_weights:
            problems.append('encoder_weights: has no effect with start_architecture bundle')
        if self.encoder_training == LATE and self.unfreeze_epoch >= self.epochs:
            problems.append(
                f'unfreeze_epoch: {self.unfreeze_epoch} is not below epochs {self.epochs}'
            )
        if self.encoder_training != FULL_TRAINING and not (
            self.encoder_weights or self.start_bundle
        ):
            problems.append(
                f'encoder_training: {self.encoder_training} needs a trained encoder; give '
                'encoder_weights or start_bundle'
            )
        if self.encoder_weights and not self.encoder and self.encoder_width != 64:
            problems.append(
                f'encoder_width: ImageNet weights need 64, not {self.encoder_width}; '
                'leave encoder_weights empty'
            )
        if self.depth_scales == COARSER:
            problems += self._coarser_problems()
        return problems + (self._nearness_problems() if self.compare_within_m else [])

    def _coarser_problems(self) -> list[str]:
        """Name what does not go with training the outputs of the coarser scales alone."""
        problems = []
        if self.depth_weight == 0:
            problems.append(f'depth_scales: {COARSER} learns nothing with depth_weight 0')
        if self.start_architecture != OF_BUNDLE:
            problems.append(f'depth_scales: {COARSER} needs start_architecture {OF_BUNDLE}')
        if self.day_weight or self.pose_weight:
            problems.append(f'depth_scales: {COARSER} needs day_weight 0 and pose_weight 0')
        return problems

    def _nearness_problems(self) -> list[str]:
        """Name what keeps near samples from views, or the others from true depth."""
        problems = []
        if self.pose_source != ODOMETRY:
            problems.append(
                f'compare_within_m: needs the distances of pose_source {ODOMETRY}, not '
                f'{self.pose_source}'
            )
        if self.day_weight == 0:
            problems.append('compare_within_m: near samples learn nothing with day_weight 0')
        if self.depth_weight == 0:
            problems.append('compare_within_m: the other samples learn nothing with depth_weight 0')
        return problems

    @property
    def compares_by_day(self) -> bool:
        """Whether a loss compares the views of a daytime triplet."""
        return self.day_weight > 0

    @property
    def compares_by_night(self) -> bool:
        """Whether a loss compares the views of a night triplet."""
        return False

    @property
    def compares_views(self) -> bool:
        """Whether a loss compares the views of a triplet."""
        return self.compares_by_day or self.compares_by_night

    @property
    def finest_depth_alone(self) -> bool:
        """Whether losses read only the finest scale of the depth decoder."""
        if self.depth_scales == COARSER:
            return False
        return not self.compares_views or self.reprojection_scales == FINEST

    def architecture(self, n_classes: int) -> dict[str, Any]:
        """Return the fields of RgbArchitecture; `n_classes` is 0 for depth only."""
        names = {'encoder': self.encoder, 'pose_encoder': self.pose_encoder}
        return {
            'n_classes': n_classes,
            **{field: name for field, name in names.items() if name},
            'encoder_width': self.encoder_width,
            'light_width': 0,
            'min_depth': self.min_depth,
            'max_depth': self.max_depth,
        }

    def _decay(self, step: int, steps_per_epoch: int, epochs: int) -> float:
        """Return the factor of the schedule without the warm-up."""
        if self.schedule == STEP:
            return self.step_factor ** (step // steps_per_epoch // self.step_epochs)
        if self.schedule == POLY:
            left = 1.0 - step / (steps_per_epoch * epochs)
            return max(left, 0.0) ** self.poly_power
        return 1.0


@dataclasses.dataclass(frozen=True)
class DepthTeacherConfig(MonocularConfig):
    """Networks, schedule, losses and augmentation of a daytime depth teacher (Monodepth2)."""
