# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Settings of self-supervised RGB depth training: a daytime teacher or DepthSegNet24.

Defaults are those of the paper, or of Monodepth2 where the paper gives none.
"""

import dataclasses
import functools

from thermal_depth_ros.base.settings import setting
from thermal_depth_ros.metrics.depth import PROTOCOLS

NETWORK, ODOMETRY, BOTH = 'network', 'odometry', 'both'
STEP, POLY, CONSTANT = 'step', 'poly', 'none'
_fixed = functools.partial(setting, read_only=True)


@dataclasses.dataclass(frozen=True)
class MonocularConfig:
    """Networks, schedule, losses and augmentation of self-supervised depth from RGB video."""

    start_bundle: str = _fixed(
        '', 'RGB bundle whose weights initialise the training, for each part whose shapes match'
    )
    encoder_weights: str = _fixed(
        '', 'File with an ImageNet ResNet-18 for both encoders; empty uses random weights'
    )
    encoder_width: int = _fixed(
        64,
        'Channels of the first stage of both encoders, to which all other widths are '
        'proportional; 64 as in the paper, 32 takes a quarter of the time',
        minimum=4,
        maximum=1024,
    )
    min_depth: float = _fixed(
        0.1, 'Smallest depth the network can predict', minimum=1e-3, maximum=1e3
    )
    max_depth: float = _fixed(
        100.0, 'Largest depth the network can predict', minimum=1e-2, maximum=1e5
    )
    start_depth: float = _fixed(
        0.0,
        'Initial depth of a randomly initialised decoder, m with odometry; 0 leaves it to chance',
        minimum=0.0,
        maximum=1e4,
    )
    epochs: int = _fixed(40, 'Number of epochs', minimum=1)
    learning_rate: float = _fixed(
        2.5e-4, 'Learning rate of the Adam optimiser', minimum=0.0, maximum=1.0
    )
    schedule: str = _fixed(
        STEP,
        'Learning rate schedule: step (multiplied by step_factor every step_epochs), poly ((1 '
        '- t)^poly_power), or none (constant)',
        choices=(STEP, POLY, CONSTANT),
    )
    step_epochs: int = _fixed(
        15, 'Epochs between two reductions of the learning rate (schedule step)', minimum=1
    )
    step_factor: float = _fixed(
        0.1,
        'Factor of each reduction of the learning rate (schedule step)',
        minimum=1e-6,
        maximum=1.0,
    )
    poly_power: float = _fixed(
        0.9, 'Exponent of the polynomial decay (schedule poly)', minimum=0.0, maximum=10.0
    )
    warmup_steps: int = _fixed(
        0, 'Number of steps over which the learning rate rises linearly from 0', minimum=0
    )
    average_decay: float = _fixed(
        0.0,
        'Decay per step of the exponential moving average of the weights that is validated '
        'and exported; 0 uses the weights themselves',
        minimum=0.0,
        maximum=0.99999,
    )
    alpha: float = _fixed(
        0.85,
        'Weight of SSIM in the photometric error; L1 has the weight 1 - alpha',
        minimum=0.0,
        maximum=1.0,
    )
    min_reprojection: bool = _fixed(
        True,
        'Use the lower reprojection error of the two neighbours at each pixel; otherwise '
        'their mean',
    )
    auto_mask: bool = _fixed(True, 'Mask pixels that match better without any camera motion')
    smoothness_weight: float = _fixed(
        1e-3, 'Weight of the edge-aware smoothness loss, halved at each coarser scale', minimum=0.0
    )
    smooth_on: str = _fixed(
        'disp', 'Quantity smoothed, normalised by its mean', choices=('disp', 'depth')
    )
    day_weight: float = _fixed(
        1.0, 'Weight of the reprojection loss on real daytime images', minimum=0.0
    )
    pose_source: str = _fixed(
        NETWORK,
        'Motion between views: the pose network as in the paper; odometry, which also '
        'supervises the pose network; or both: the pose network with an additional loss on '
        'odometry',
        choices=(NETWORK, ODOMETRY, BOTH),
    )
    pose_weight: float = _fixed(
        1.0,
        'Weight of the odometry loss of the pose network, per metre (pose_source odometry or both)',
        minimum=0.0,
    )
    rotation_weight: float = _fixed(
        10.0,
        'Weight of the rotation error (rad) relative to the translation error (m) in the '
        'odometry loss',
        minimum=0.0,
    )
    flip_probability: float = _fixed(
        0.5, 'Probability of flipping a sample horizontally', minimum=0.0, maximum=1.0
    )
    max_zoom: float = _fixed(
        1.0, 'Largest random zoom before cropping to the original size', minimum=1.0, maximum=4.0
    )
    jitter_probability: float = _fixed(
        0.5,
        'Probability of colour jitter in the network input: brightness, contrast and '
        'saturation by up to 20 %, hue by up to a tenth of a turn',
        minimum=0.0,
        maximum=1.0,
    )
    protocol: str = _fixed(
        'nuscenes', 'Protocol of the validation metrics', choices=tuple(sorted(PROTOCOLS))
    )
    validation_limit: int = _fixed(
        200,
        'Most validation images for each of day and night, spread evenly; 0 uses all',
        minimum=0,
    )
    weights_dtype: str = _fixed(
        'fp32', 'Data type of the weights stored in the bundle', choices=('fp32', 'fp16', 'bf16')
    )
    licence: str = _fixed('unknown', 'Licence of the bundle')
    description: str = _fixed('', 'Description of the bundle')

    def problems(self) -> list[str]:
        """Name contradictions between settings."""
        found = []
        if not self.min_depth < self.max_depth:
            found.append(f'min_depth: {self.min_depth:g} is not below max_depth {self.max_depth:g}')
        if self.start_depth and not self.min_depth < self.start_depth < self.max_depth:
            found.append(
                f'start_depth: {self.start_depth:g} is not between min_depth and max_depth'
            )
        if self.encoder_weights and self.encoder_width != 64:
            found.append(
                f'encoder_width: ImageNet weights need 64, not {self.encoder_width}; '
                'leave encoder_weights empty'
            )
        if self.pose_source == BOTH and self.pose_weight == 0:
            found.append('pose_weight: 0 disables odometry, which pose_source both requires')
        return found

    @property
    def learns_from_odometry(self) -> bool:
        """Whether the pose network has a loss on odometry."""
        return self.pose_source != NETWORK and self.pose_weight > 0

    @property
    def trains_pose(self) -> bool:
        """Whether the pose network learns at all."""
        return self.pose_source != ODOMETRY or self.pose_weight > 0


@dataclasses.dataclass(frozen=True)
class DepthTeacherConfig(MonocularConfig):
    """Networks, schedule, losses and augmentation of a daytime depth teacher (Monodepth2)."""
