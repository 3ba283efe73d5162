# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Settings of thermal training; defaults are those of Fan et al. 2024."""

import dataclasses

from thermal_depth_ros.settings import setting
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
        'Networks from a random start: a preset (paper, small, tiny) or a YAML file with the '
        'architecture of a bundle',
        read_only=True,
    )
    start_bundle: str = setting(
        '',
        'Bundle whose architecture, weights and input mapping training begins with',
        read_only=True,
    )
    start_parts: str = setting(
        'all',
        'What is taken of the weights of start_bundle: all, or the backbone beneath a new head '
        'and pose network',
        choices=('all', 'backbone'),
        read_only=True,
    )
    variant: str = setting(
        'full',
        'The whole method or an ablation: without the pre-trained backbone, without stage two, '
        'without adapters in it, or with all of the backbone trained in it',
        choices=VARIANTS,
        read_only=True,
    )
    stage1_epochs: int = setting(400, 'Epochs of stage one', minimum=0, read_only=True)
    stage2_epochs: int = setting(400, 'Epochs of stage two', minimum=0, read_only=True)
    motion_epochs: int = setting(
        0,
        'Epochs after both stages in which the pose network alone learns from odometry, at a '
        'fraction of the cost',
        minimum=0,
        read_only=True,
    )
    stage1_backbone: str = setting(
        'frozen',
        'Backbone in stage one; trained is for backbones that start from random weights',
        choices=('frozen', 'trained'),
        read_only=True,
    )
    freeze_random_backbone: bool = setting(
        False,
        'Let stage one freeze a backbone of random weights all the same, for experiments',
        read_only=True,
    )
    learning_rate: float = setting(1e-4, 'Of Adam', minimum=0.0, maximum=1.0, read_only=True)
    stage2_learning_rate: float = setting(
        0.0,
        'Of the stages after the first; 0: that of stage one',
        minimum=0.0,
        maximum=1.0,
        read_only=True,
    )
    schedule: str = setting(
        'constant',
        'Learning rate over a stage: constant as in the paper, or falling along a cosine',
        choices=('constant', 'cosine'),
        read_only=True,
    )
    warmup_steps: int = setting(
        0, 'Steps in which the learning rate of a stage rises from 0', minimum=0, read_only=True
    )
    average_decay: float = setting(
        0.0,
        'Decay per step of the running average of the weights that is validated and exported; '
        '0: the weights themselves',
        minimum=0.0,
        maximum=0.99999,
        read_only=True,
    )
    mapping: str = setting(
        'percentile', 'Mapping from counts to network input', choices=MODES, read_only=True
    )
    low_fraction: float = setting(
        0.01,
        'Darkest part that maps to 0, for percentile',
        minimum=0.0,
        maximum=1.0,
        read_only=True,
    )
    high_fraction: float = setting(
        0.99,
        'Part that does not map to 1, for percentile',
        minimum=0.0,
        maximum=1.0,
        read_only=True,
    )
    min_celsius: float = setting(0.0, 'Maps to 0, for celsius', minimum=-199.0, read_only=True)
    max_celsius: float = setting(30.0, 'Maps to 1, for celsius', minimum=-199.0, read_only=True)
    planck_r: float = setting(380747.0, 'Constant R of the camera, for celsius', read_only=True)
    planck_b: float = setting(1428.0, 'Constant B of the camera, K', read_only=True)
    planck_f: float = setting(1.0, 'Constant F of the camera', read_only=True)
    planck_o: float = setting(-88.539, 'Constant O of the camera, counts', read_only=True)
    stage1_loss_image: str = setting(
        'window',
        'Images of the loss in stage one: one window for the triplet, temporal mapping, or what '
        'the networks see',
        choices=LOSS_IMAGES,
        read_only=True,
    )
    stage2_loss_image: str = setting(
        'temporal_mapping', 'The same of stage two', choices=LOSS_IMAGES, read_only=True
    )
    mapping_bins: int = setting(
        30, 'Bins of the temporal mapping', minimum=2, maximum=4096, read_only=True
    )
    clahe_clip: float = setting(
        2.0, 'Clip limit of its local contrast', minimum=0.0, maximum=40.0, read_only=True
    )
    clahe_tiles: int = setting(
        8, 'Tiles of its local contrast, each way', minimum=1, maximum=64, read_only=True
    )
    alpha: float = setting(
        0.85,
        'Share of structure in the photometric error',
        minimum=0.0,
        maximum=1.0,
        read_only=True,
    )
    smoothness_weight: float = setting(0.1, 'Of the smoothness loss', minimum=0.0, read_only=True)
    smooth_on: str = setting(
        'depth',
        'What is to be smooth, divided by its mean: depth as in the paper, or disparity, in which '
        'the border of the sky and other far edges cost next to nothing',
        choices=('depth', 'disp'),
        read_only=True,
    )
    geometry_weight: float = setting(
        0.5, 'Of the loss on depths that disagree between views', minimum=0.0, read_only=True
    )
    self_weight: bool = setting(
        True, 'Weigh the photometric error by how well the depths agree', read_only=True
    )
    auto_mask: bool = setting(
        True, 'Leave out pixels that look better without any motion', read_only=True
    )
    both_directions: bool = setting(
        True,
        'Reconstruct neighbours from the target as well; without it, with self_weight off and '
        'geometry_weight 0, only the depth of the target is computed',
        read_only=True,
    )
    best_source: bool = setting(
        False,
        'Take for each pixel of the target the neighbour that reconstructs it best, against '
        'occlusion; needs both_directions off',
        read_only=True,
    )
    min_valid_elements: int = setting(
        10000,
        'A pair of views with at most so many valid pixels in the batch gives no loss',
        minimum=0,
        read_only=True,
    )
    pose_source: str = setting(
        NETWORK,
        'Motion between views: the pose network as in the paper; odometry, from which the pose '
        'network learns beside; or both: the pose network with a loss on odometry',
        choices=(NETWORK, ODOMETRY, BOTH),
        read_only=True,
    )
    pose_weight: float = setting(
        1.0,
        'Of the loss of the pose network on odometry, per metre, with odometry or both',
        minimum=0.0,
        read_only=True,
    )
    rotation_weight: float = setting(
        10.0, 'Of a radian beside a metre in that loss', minimum=0.0, read_only=True
    )
    pose_interval: int = setting(
        0,
        'With odometry, the pose network learns from pairs up to so many images apart, which '
        'covers the small motions between the images of a running camera; 0: from sides of '
        'the triplets',
        minimum=0,
        maximum=1000,
        read_only=True,
    )
    velocity_weight: float = setting(
        0.0,
        'Of the loss on the distance between views by twist_topic, per metre; makes depth metric',
        minimum=0.0,
        read_only=True,
    )
    flip_probability: float = setting(
        0.5, 'Of mirrored triplets', minimum=0.0, maximum=1.0, read_only=True
    )
    max_zoom: float = setting(
        1.15, 'Largest enlargement before the crop', minimum=1.0, maximum=4.0, read_only=True
    )
    start_depth: float = setting(
        0.0,
        'Depth that a head from a random start begins at, m with odometry; at least 0.1, or 0: '
        'wherever it is',
        minimum=0.0,
        maximum=99.0,
        read_only=True,
    )
    lora_rank: int = setting(4, 'Rank of LoRA', minimum=1, maximum=1024, read_only=True)
    lora_alpha: float = setting(4.0, 'Alpha of LoRA', minimum=1e-3, read_only=True)
    adapter_channels: int = setting(
        4, 'Inner channels of the convolutional adapters', minimum=1, maximum=4096, read_only=True
    )
    protocol: str = setting(
        'thermal_outdoor',
        'How validation depth is judged: up to 80 m or up to 10 m',
        choices=PROTOCOLS,
        read_only=True,
    )
    validation_limit: int = setting(
        200,
        'Most frames that depth is judged on, spread evenly, and as many that motion is judged on, '
        'the same number of each recording; 0: all',
        minimum=0,
        read_only=True,
    )
    weights_dtype: str = setting(
        'fp32',
        'Storage of the weights of the bundle',
        choices=('fp32', 'fp16', 'bf16'),
        read_only=True,
    )
    licence: str = setting('unknown', 'Licence of the bundle', read_only=True)
    description: str = setting('', 'Of the bundle, in words', read_only=True)

    def problems(self) -> list[str]:
        """Name contradictions between settings."""
        found = []
        if self.best_source and self.both_directions:
            found.append('best_source: needs both_directions off')
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
            found.append('velocity_weight: of no use where poses come from odometry')
        if self.pose_source == BOTH and self.pose_weight == 0:
            found.append('pose_weight: 0 leaves nothing of odometry in pose_source both')
        if self.pose_interval > 0 and not self.learns_from_odometry:
            found.append('pose_interval: of use only where the pose network learns from odometry')
        if 0 < self.start_depth < 0.1:
            found.append(f'start_depth: {self.start_depth:g} is nearer than the 0.1 of a network')
        if self.motion_epochs > 0 and not self.learns_from_odometry:
            found.append('motion_epochs: of no use without odometry to learn from')
        second = 0 if self.variant == 'no_stage2' else self.stage2_epochs
        if not (self.stage1_epochs or second or self.motion_epochs):
            found.append('stage1_epochs and stage2_epochs: both are 0, nothing is trained')
        elif self.stage1_epochs == 0 and not self.start_bundle:
            found.append('stage1_epochs: 0 needs a start_bundle to go on from')
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
        return self.both_directions or self.self_weight or self.geometry_weight > 0
