# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Settings of thermal training; defaults are those of Fan et al. 2024."""

import dataclasses

from thermal_depth_ros.base.settings import setting
from thermal_depth_ros.thermal.normalisation import MODES

# Rows of Table IV of Fan et al. 2024.
VARIANTS = ('full', 'no_pretrain', 'no_stage2', 'no_adapters', 'finetune')
NETWORK, ODOMETRY, BOTH = 'network', 'odometry', 'both'
LOSS_IMAGES = ('window', 'temporal_mapping', 'input')
PROTOCOLS = ('thermal_outdoor', 'thermal_indoor')


@dataclasses.dataclass(frozen=True)
class ThermalTrainingConfig:
    """Networks, stages, losses and augmentation of Fan et al. 2024."""

    architecture: str = setting(
        'paper',
        'Architecture of randomly initialised networks: a preset (paper, small, tiny) or a '
        'YAML file with the architecture of a bundle',
        read_only=True,
    )
    start_bundle: str = setting(
        '',
        'Bundle whose architecture, weights and input mapping initialise the training',
        read_only=True,
    )
    start_parts: str = setting(
        'all',
        'Weights taken from start_bundle: all, or only the backbone, with a new depth head '
        'and pose network',
        choices=('all', 'backbone'),
        read_only=True,
    )
    variant: str = setting(
        'full',
        'The full method or an ablation: without the pre-trained backbone, without stage two, '
        'without adapters in stage two, or with the whole backbone trained in stage two',
        choices=VARIANTS,
        read_only=True,
    )
    stage1_epochs: int = setting(400, 'Number of epochs in stage one', minimum=0, read_only=True)
    stage2_epochs: int = setting(400, 'Number of epochs in stage two', minimum=0, read_only=True)
    motion_epochs: int = setting(
        0,
        'Number of epochs after both stages in which only the pose network is trained, on '
        'odometry; far cheaper than an epoch of the full method',
        minimum=0,
        read_only=True,
    )
    stage1_backbone: str = setting(
        'frozen',
        'Whether the backbone is frozen or trained in stage one; trained is meant for a '
        'randomly initialised backbone',
        choices=('frozen', 'trained'),
        read_only=True,
    )
    freeze_random_backbone: bool = setting(
        False,
        'Allow stage one to freeze a randomly initialised backbone, for experiments',
        read_only=True,
    )
    learning_rate: float = setting(
        1e-4, 'Learning rate of the Adam optimiser', minimum=0.0, maximum=1.0, read_only=True
    )
    stage2_learning_rate: float = setting(
        0.0,
        'Learning rate of the stages after the first; 0 uses learning_rate',
        minimum=0.0,
        maximum=1.0,
        read_only=True,
    )
    schedule: str = setting(
        'constant',
        'Learning rate schedule within a stage: constant as in the paper, or cosine decay',
        choices=('constant', 'cosine'),
        read_only=True,
    )
    warmup_steps: int = setting(
        0,
        'Number of steps over which the learning rate of a stage rises linearly from 0',
        minimum=0,
        read_only=True,
    )
    average_decay: float = setting(
        0.0,
        'Decay per step of the exponential moving average of the weights that is validated '
        'and exported; 0 uses the weights themselves',
        minimum=0.0,
        maximum=0.99999,
        read_only=True,
    )
    mapping: str = setting(
        'percentile', 'Mapping from sensor counts to network input', choices=MODES, read_only=True
    )
    low_fraction: float = setting(
        0.01,
        'Fraction of the darkest pixels that map to 0 (percentile mapping)',
        minimum=0.0,
        maximum=1.0,
        read_only=True,
    )
    high_fraction: float = setting(
        0.99,
        'Fraction of pixels below the value that maps to 1 (percentile mapping)',
        minimum=0.0,
        maximum=1.0,
        read_only=True,
    )
    min_celsius: float = setting(
        0.0,
        'Temperature that maps to 0, degrees Celsius (celsius mapping)',
        minimum=-199.0,
        read_only=True,
    )
    max_celsius: float = setting(
        30.0,
        'Temperature that maps to 1, degrees Celsius (celsius mapping)',
        minimum=-199.0,
        read_only=True,
    )
    planck_r: float = setting(
        380747.0, 'Planck constant R of the camera (celsius mapping)', read_only=True
    )
    planck_b: float = setting(
        1428.0, 'Planck constant B of the camera, K (celsius mapping)', read_only=True
    )
    planck_f: float = setting(
        1.0, 'Planck constant F of the camera (celsius mapping)', read_only=True
    )
    planck_o: float = setting(
        -88.539, 'Planck constant O of the camera, counts (celsius mapping)', read_only=True
    )
    stage1_loss_image: str = setting(
        'window',
        'Images compared by the photometric loss in stage one: one window per triplet, '
        'temporal mapping, or the network input',
        choices=LOSS_IMAGES,
        read_only=True,
    )
    stage2_loss_image: str = setting(
        'temporal_mapping',
        'Images compared by the photometric loss in stage two; see stage1_loss_image',
        choices=LOSS_IMAGES,
        read_only=True,
    )
    mapping_bins: int = setting(
        30,
        'Number of histogram bins of the temporal mapping',
        minimum=2,
        maximum=4096,
        read_only=True,
    )
    clahe_clip: float = setting(
        2.0, 'CLAHE clip limit of the temporal mapping', minimum=0.0, maximum=40.0, read_only=True
    )
    clahe_tiles: int = setting(
        8, 'CLAHE tiles of the temporal mapping, per axis', minimum=1, maximum=64, read_only=True
    )
    alpha: float = setting(
        0.85,
        'Weight of SSIM in the photometric error; L1 has the weight 1 - alpha',
        minimum=0.0,
        maximum=1.0,
        read_only=True,
    )
    smoothness_weight: float = setting(
        0.1, 'Weight of the edge-aware smoothness loss', minimum=0.0, read_only=True
    )
    smooth_on: str = setting(
        'depth',
        'Quantity smoothed, normalised by its mean: depth as in the paper, or disparity, '
        'which hardly penalises distant edges such as the border of the sky',
        choices=('depth', 'disp'),
        read_only=True,
    )
    geometry_weight: float = setting(
        0.5,
        'Weight of the geometric consistency loss between the depths of two views',
        minimum=0.0,
        read_only=True,
    )
    self_discovered_mask: bool = setting(
        True,
        'Weight the photometric error by the depth consistency between the views (the '
        'self-discovered mask of SC-SfMLearner)',
        read_only=True,
        renamed_from='self_weight',
    )
    auto_mask: bool = setting(
        True, 'Mask pixels that match better without any camera motion', read_only=True
    )
    both_directions: bool = setting(
        True,
        'Also reconstruct the neighbours from the target; if off, with self_discovered_mask off '
        'and geometry_weight 0, only the depth of the target is computed',
        read_only=True,
    )
    min_reprojection: bool = setting(
        False,
        'Use the lower reprojection error of the two neighbours at each pixel of the target, to '
        'handle occlusion; requires both_directions off',
        read_only=True,
        renamed_from='best_source',
    )
    min_valid_elements: int = setting(
        10000,
        'A pair of views contributes no loss if at most this many pixels of the batch are valid',
        minimum=0,
        read_only=True,
    )
    pose_source: str = setting(
        NETWORK,
        'Motion between views: the pose network as in the paper; odometry, which also '
        'supervises the pose network; or both: the pose network with an additional loss on '
        'odometry',
        choices=(NETWORK, ODOMETRY, BOTH),
        read_only=True,
    )
    pose_weight: float = setting(
        1.0,
        'Weight of the odometry loss of the pose network, per metre (pose_source odometry or both)',
        minimum=0.0,
        read_only=True,
    )
    rotation_weight: float = setting(
        10.0,
        'Weight of the rotation error (rad) relative to the translation error (m) in the '
        'odometry loss',
        minimum=0.0,
        read_only=True,
    )
    pose_interval: int = setting(
        0,
        'Largest distance in images between the pairs that supervise the pose network with '
        'odometry, so that it also learns the small motions between consecutive frames; 0 '
        'uses the pairs of the triplets',
        minimum=0,
        maximum=1000,
        read_only=True,
    )
    velocity_weight: float = setting(
        0.0,
        'Weight of the loss on the distance travelled between views according to twist_topic, '
        'per metre; makes depth metric',
        minimum=0.0,
        read_only=True,
    )
    flip_probability: float = setting(
        0.5,
        'Probability of flipping a triplet horizontally',
        minimum=0.0,
        maximum=1.0,
        read_only=True,
    )
    max_zoom: float = setting(
        1.15, 'Largest random zoom before cropping', minimum=1.0, maximum=4.0, read_only=True
    )
    start_depth: float = setting(
        0.0,
        'Initial depth of a randomly initialised depth head, m with odometry, at least 0.1; 0 '
        'leaves it to chance',
        minimum=0.0,
        maximum=99.0,
        read_only=True,
    )
    lora_rank: int = setting(
        4, 'Rank of the LoRA adapters', minimum=1, maximum=1024, read_only=True
    )
    lora_alpha: float = setting(
        4.0, 'Scaling factor alpha of the LoRA adapters', minimum=1e-3, read_only=True
    )
    adapter_channels: int = setting(
        4, 'Hidden channels of the convolutional adapters', minimum=1, maximum=4096, read_only=True
    )
    protocol: str = setting(
        'thermal_outdoor',
        'Protocol of the validation metrics: depth up to 80 m (outdoor) or up to 10 m (indoor)',
        choices=PROTOCOLS,
        read_only=True,
    )
    validation_limit: int = setting(
        200,
        'Most frames for the depth metrics, and as many for the motion metrics, spread evenly '
        'with the same number from each recording; 0 uses all',
        minimum=0,
        read_only=True,
    )
    weights_dtype: str = setting(
        'fp32',
        'Data type of the weights stored in the bundle',
        choices=('fp32', 'fp16', 'bf16'),
        read_only=True,
    )
    licence: str = setting('unknown', 'Licence of the bundle', read_only=True)
    description: str = setting('', 'Description of the bundle', read_only=True)

    def problems(self) -> list[str]:
        """Name contradictions between settings."""
        found = []
        if self.min_reprojection and self.both_directions:
            found.append('min_reprojection: needs both_directions off')
        if not self.low_fraction < self.high_fraction:
            found.append(
                f'low_fraction: {self.low_fraction:g} is not below high_fraction '
                f'{self.high_fraction:g}'
            )
        if not self.min_celsius < self.max_celsius:
            found.append(
                f'min_celsius: {self.min_celsius:g} is not below max_celsius {self.max_celsius:g}'
            )
        if self.pose_source == ODOMETRY and self.velocity_weight > 0:
            found.append('velocity_weight: has no effect with pose_source odometry')
        if self.pose_source == BOTH and self.pose_weight == 0:
            found.append('pose_weight: 0 disables odometry, which pose_source both requires')
        if self.pose_interval > 0 and not self.learns_from_odometry:
            found.append(
                'pose_interval: has no effect unless the pose network learns from odometry'
            )
        if 0 < self.start_depth < 0.1:
            found.append(
                f'start_depth: {self.start_depth:g} is below 0.1, the smallest depth of the network'
            )
        if self.motion_epochs > 0 and not self.learns_from_odometry:
            found.append(
                'motion_epochs: has no effect unless the pose network learns from odometry'
            )
        second = 0 if self.variant == 'no_stage2' else self.stage2_epochs
        if not (self.stage1_epochs or second or self.motion_epochs):
            found.append('stage1_epochs and stage2_epochs: both are 0, nothing is trained')
        elif self.stage1_epochs == 0 and not self.start_bundle:
            found.append('stage1_epochs: 0 needs a start_bundle to continue from')
        return found

    @property
    def learns_from_odometry(self) -> bool:
        """Whether the pose network has a loss on odometry."""
        return self.pose_source != NETWORK and self.pose_weight > 0

    @property
    def metric(self) -> bool:
        """Whether depth and motion are learned in metres."""
        return self.pose_source != NETWORK or self.velocity_weight > 0

    @property
    def trains_pose(self) -> bool:
        """Whether the pose network learns at all."""
        return self.pose_source != ODOMETRY or self.pose_weight > 0

    @property
    def needs_all_depths(self) -> bool:
        """Whether the loss reads the depth of the neighbours, not only that of the target."""
        return self.both_directions or self.self_discovered_mask or self.geometry_weight > 0
